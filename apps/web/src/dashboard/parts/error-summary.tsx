import { useEffect, useRef } from 'react';
import { ErrorPanel } from './failed.tsx';

/** What was refused, above the form. It takes the focus, so that it is read and the keyboard is near. */
export function ErrorSummary({ error }: { error: unknown }) {
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error != null) summary.current?.focus();
  }, [error]);
  if (error == null) return null;
  return (
    <div ref={summary} tabIndex={-1} className="mb-5 rounded-control">
      <ErrorPanel error={error} />
    </div>
  );
}
