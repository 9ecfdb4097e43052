import { type RefObject, useEffect, useRef } from 'react';

/** For a form: once it was refused, the focus goes to the first field that is wrong. `error` is that of the last try. */
export function useFirstWrong(error: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  return form;
}
