import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { lastLeft, maybeSignedIn, onOtherTab } from '../signed-in.ts';
import { accountQuery } from './account.ts';
import { actFor, onRefusedSession } from './acting-account.ts';
import { type Account, api } from './api.ts';
import { isLeft, leaveTo } from './leave.ts';
import { tellLeft, tellSessionBegun } from './session-end.ts';

/**
 * Sees to it that what is on the page belongs to the account of the browser's session. All tabs share one cookie, so
 * another tab may end the session, begin it anew, or sign in as another person. For the last nothing of this page may
 * stay: neither what was read nor what was typed, which would be sent as the other account.
 * @param onOther called once another account is found; it drops everything
 */
export function watchAccount(queries: QueryClient, onOther: () => void): void {
  let known: string | null = null;
  queries.getQueryCache().subscribe(({ type, query }) => {
    if (query.queryKey[0] !== accountQuery.queryKey[0]) return;
    if (type === 'removed') {
      known = null;
      actFor(null);
      tellSessionBegun();
    }
    const id = (query.state.data as Account | undefined)?.userId;
    if (type !== 'updated' || id === undefined) return;
    if (known !== null && known !== id) onOther();
    known ??= id;
    actFor(known);
  });
  const look = (left: boolean) => {
    if (queries.getQueryData(accountQuery.queryKey) === undefined) return;
    if (left) tellLeft();
    else void lookAgain(queries).catch(() => {});
  };
  onOtherTab(look);
  api.use(onRefusedSession(() => look(false)));
  watchPutAway(queries);
}

/**
 * A page that the browser puts away, and takes out with Back, has heard nothing of other tabs meanwhile. It is hidden until
 * it is known whether its session is still there. After a sign-out nothing of it is shown again.
 */
function watchPutAway(queries: QueryClient): void {
  const leftBefore = lastLeft();
  let before = { focused: document.activeElement, top: scrollY };
  addEventListener('pagehide', ({ persisted }) => {
    if (!persisted) return;
    before = { focused: document.activeElement, top: scrollY };
    // Not by its visibility: for a moment a transition would leave it in sight.
    document.body.hidden = true;
  });
  addEventListener('pageshow', async ({ persisted }) => {
    if (!persisted) return;
    if (isLeft()) return location.reload();
    if (!maybeSignedIn() && lastLeft() !== leftBefore) return leaveTo('/signin');
    await lookAgain(queries).catch(() => {});
    document.body.hidden = false;
    scrollTo({ top: before.top, behavior: 'instant' });
    if (before.focused instanceof HTMLElement) before.focused.focus({ preventScroll: true });
  });
}

/**
 * Asks whose session the browser has now. With the same account the page goes on: the sign-in over it closes, and all
 * that is shown is read again.
 */
export async function lookAgain(queries: QueryClient): Promise<void> {
  await queries.fetchQuery({ ...accountQuery, staleTime: 0 });
  tellSessionBegun();
  await queries.invalidateQueries();
}

/** The same, for what is refused outside the queries. */
export function useLookAgain(): () => void {
  const queries = useQueryClient();
  return useCallback(() => void lookAgain(queries).catch(() => {}), [queries]);
}
