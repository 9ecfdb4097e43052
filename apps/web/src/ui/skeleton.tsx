import { type ReactNode, useEffect, useState } from 'react';
import { t } from '../texts/ui.ts';
import { classes } from './classes.ts';

/** What comes sooner than this needs no skeleton: a flash is worse than a short wait. */
const SHOWN_AFTER_MS = 200;

/** A grey block of the final height. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={classes('rounded-badge bg-sunken', className)} />;
}

/** A grey block as large as this content, which is not to be seen: however its lines break at the width at hand. */
export function Held({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div aria-hidden="true" inert className={classes('flow-root rounded-dialog bg-sunken', className)}>
      <div className="invisible">{children}</div>
    </div>
  );
}

/** Holds the final height from the start and shows its skeletons after 200 ms. */
export function Loading({ children, label = t.loading }: { children: ReactNode; label?: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy="true" className={classes(!shown && 'invisible')}>
      <span className="sr-only" role="status">
        {shown ? label : ''}
      </span>
      {children}
    </div>
  );
}

/** Rows as high as those of a list that is loading. */
export function SkeletonRows({ rows, height }: { rows: number; height: string }) {
  return (
    <div className="divide-y divide-border">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never move
        <div key={row} className={classes('flex items-center px-4', height)}>
          <Skeleton className="h-4 w-2/5" />
          <Skeleton className="ml-auto h-4 w-1/5" />
        </div>
      ))}
    </div>
  );
}
