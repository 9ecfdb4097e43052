import { queryOptions, useQuery } from '@tanstack/react-query';
import { noteLeft, noteSignedIn } from '../signed-in.ts';
import { type Account, api, ask } from './api.ts';
import { forgetPhone } from './kept-phone.ts';
import { forgetHalf } from './mode.ts';

/** Who is signed in. */
export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => ask(api.GET('/api/auth/me')),
  staleTime: 60_000,
  // Another tab may have signed in as another account.
  refetchOnWindowFocus: 'always' as const,
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

/** A new session in the place of the one that there is, which ends: a copy of its cookie is worth nothing then. */
export async function logInAgain(credentials: Credentials): Promise<void> {
  const { data } = await ask(api.GET('/api/auth/sessions'));
  const before = data.find(({ current }) => current);
  await signIn(credentials);
  if (before === undefined) return;
  const params = { path: { id: before.id } };
  await ask(api.DELETE('/api/auth/sessions/{id}', { params })).catch(() => {});
}

/** Ends the session. One that has ended already is no problem. */
export async function signOut(): Promise<void> {
  await ask(api.POST('/api/auth/logout')).catch(() => {});
  forgetPhone();
  forgetHalf();
  noteLeft();
}
