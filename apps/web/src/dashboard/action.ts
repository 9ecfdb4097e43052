import { useCallback, useEffect, useRef, useState } from 'react';
import { isSignedOut } from './api.ts';
import { tellSessionEnd } from './session-end.ts';

export interface Action<Args extends unknown[], Result> {
  /** Resolves to the result, or to undefined when it failed: then `error` tells why. */
  run: (...args: Args) => Promise<Result | undefined>;
  pending: boolean;
  error: unknown;
  reset: () => void;
}

/**
 * Something that changes the server, and waits for its word. Nothing is remembered: neither what was sent, such as
 * a password, nor what came back, such as a key. While it runs it cannot be run again.
 */
export function useAction<Args extends unknown[], Result>(
  act: (...args: Args) => Promise<Result>,
): Action<Args, Result> {
  const [state, setState] = useState<{ pending: boolean; error: unknown }>({ pending: false, error: null });
  const running = useRef(false);
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  const run = useCallback(async (...args: Args) => {
    if (running.current) return undefined;
    running.current = true;
    setState({ pending: true, error: null });
    try {
      const result = await latest.current(...args);
      setState({ pending: false, error: null });
      return result;
    } catch (error) {
      // The sign-in that opens over the page says what happened.
      const isOver = isSignedOut(error);
      setState({ pending: false, error: isOver ? null : error });
      if (isOver) tellSessionEnd(error, true);
      return undefined;
    } finally {
      running.current = false;
    }
  }, []);
  const reset = useCallback(() => setState({ pending: false, error: null }), []);
  return { run, reset, ...state };
}
