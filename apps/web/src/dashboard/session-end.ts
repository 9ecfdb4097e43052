import { useSyncExternalStore } from 'react';
import { noteSignedOut } from '../signed-in.ts';
import { Problem } from './api.ts';

export interface SessionEnd {
  /** Its time was over, it was ended, another tab signed out, or nothing is known. */
  readonly why: 'expired' | 'ended' | 'left' | 'gone';
  /** Something was sent that the server did not take. */
  readonly refused: boolean;
}

let current: SessionEnd | null = null;
const listeners = new Set<() => void>();

function set(end: SessionEnd | null): void {
  current = end;
  for (const listener of listeners) listener();
}

/**
 * To be called with an answer that shows that the session is over. The pages stay, and a sign-in opens over them.
 * @param refused whether a person had sent something, and did not only read
 */
export function tellSessionEnd(error: unknown, refused = false): void {
  noteSignedOut();
  if (current === null) set({ why: reasonOf(error), refused });
  else if (refused) set({ ...current, refused });
}

/** Another tab signed out: the reason is known, whatever the server answers. */
export function tellLeft(): void {
  set({ why: 'left', refused: current?.refused ?? false });
}

export function tellSessionBegun(): void {
  if (current !== null) set(null);
}

/** null: there is a session, for all that is known. */
export function useSessionEnd(): SessionEnd | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

function reasonOf(error: unknown): SessionEnd['why'] {
  const code = error instanceof Problem ? error.code : null;
  if (code === 'token_expired') return 'expired';
  return code === 'token_invalid' ? 'ended' : 'gone';
}
