import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { onOtherTab } from '../signed-in.ts';
import { accountQuery } from './account.ts';
import type { Account } from './api.ts';
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
      tellSessionBegun();
    }
    const id = (query.state.data as Account | undefined)?.userId;
    if (type !== 'updated' || id === undefined) return;
    if (known !== null && known !== id) onOther();
    known ??= id;
  });
  const look = (left: boolean) => {
    if (queries.getQueryData(accountQuery.queryKey) === undefined) return;
    if (left) tellLeft();
    else void lookAgain(queries).catch(() => {});
  };
  onOtherTab(look);
  // A page that the browser had put away has heard nothing of other tabs.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) look(false);
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
