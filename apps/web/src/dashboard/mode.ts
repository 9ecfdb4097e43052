import type { Middleware } from 'openapi-fetch';
import { useSyncExternalStore } from 'react';

/** The halves of an account: real users, or made-up ones with a clock of their own. */
export type Mode = 'live' | 'test';

/** Kept for the tab alone: another one begins with the live half. */
const STORED = 'kanda-mode';
const HEADER = 'Kanda-Mode';

/** Which half the dashboard shows. */
function currentMode(): Mode {
  try {
    return sessionStorage.getItem(STORED) === 'test' ? 'test' : 'live';
  } catch {
    return 'live';
  }
}

export function useMode(): Mode {
  // It changes with the page alone, see `showHalf`.
  return useSyncExternalStore(() => () => {}, currentMode);
}

/** Shows a half, from its first page on if no other is named. The page is loaded anew, so that nothing of the other half is left on it. */
export function showHalf(mode: Mode, page = '/dashboard'): void {
  try {
    if (mode === 'test') sessionStorage.setItem(STORED, mode);
    else sessionStorage.removeItem(STORED);
  } catch {
    // Storage is closed to this page: it stays with the live half.
  }
  location.assign(page);
}

/** To be called before the page is left by its account: the next one to sign in in this tab begins with its live half. */
export function forgetHalf(): void {
  try {
    sessionStorage.removeItem(STORED);
  } catch {
    // As above: it is the live half.
  }
}

/** For the colours of the page. */
export function markPage(): void {
  if (currentMode() === 'test') document.documentElement.dataset.mode = 'test';
}

/** Has every call say which half it is for. Those about the account itself take no notice. */
export const inItsMode: Middleware = {
  onRequest({ request }) {
    if (currentMode() === 'test') request.headers.set(HEADER, 'test');
    return request;
  },
};

/** The same for a `fetch` of one's own. */
export function modeHeader(): Record<string, string> {
  return currentMode() === 'test' ? { [HEADER]: 'test' } : {};
}

/** The same for links and EventSource, which send no headers of their own. */
export function modeQuery(): Record<string, string> {
  return currentMode() === 'test' ? { mode: 'test' } : {};
}
