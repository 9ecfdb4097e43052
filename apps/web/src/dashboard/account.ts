import { queryOptions, useQuery } from '@tanstack/react-query';
import { noteSignedIn, noteSignedOut } from '../signed-in.ts';
import { type Account, api, ask } from './api.ts';

/** Who is signed in. */
export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => ask(api.GET('/api/auth/me')),
  staleTime: 60_000,
  meta: { gate: true },
});

/** The account of the pages behind the sign-in, which are shown only once it is known. */
export function useAccount(): Account {
  const { data } = useQuery(accountQuery);
  if (data === undefined) throw new Error('useAccount outside the dashboard');
  return data;
}

export interface Credentials {
  email: string;
  password: string;
  totp?: string;
  recoveryCode?: string;
}

/** Signs in; the session is a cookie that no script can read. */
export async function signIn(credentials: Credentials): Promise<void> {
  await ask(api.POST('/api/auth/login', { body: { ...credentials, session: 'cookie' } }));
  noteSignedIn();
}

/** Ends the session. One that has ended already is no problem. */
export async function signOut(): Promise<void> {
  await ask(api.POST('/api/auth/logout')).catch(() => {});
  noteSignedOut();
}
