import type { paths } from '../../../../packages/sdk/src/schema.d.ts';
import { maybeSignedIn, noteSignedOut } from '../signed-in.ts';
import { all } from './elements.ts';

type AnswerOf<Path extends '/api/auth/me' | '/api/info'> =
  paths[Path]['get']['responses'][200]['content']['application/json'];

export type Account = AnswerOf<'/api/auth/me'>;

/** Who is signed in, or null; sends no request where no one can be. */
export async function signedIn(): Promise<Account | null> {
  if (!maybeSignedIn()) return null;
  const answer = await ask('/api/auth/me');
  if (answer === null || answer.ok) return (answer?.json() as Promise<Account> | undefined) ?? null;
  noteSignedOut();
  return null;
}

/** Makes masthead and foot true: the dashboard for who is signed in, a sign-up where the server takes new accounts. */
export async function showAccount(account: Account | null): Promise<void> {
  if (account !== null) {
    for (const link of all<HTMLAnchorElement>('[data-sign-in]')) {
      link.href = '/dashboard';
      link.textContent = 'Dashboard';
      link.title = account.email;
    }
  }
  const answer = await ask('/api/info');
  if (answer?.ok !== true) return showStart(account, false);
  const { registrationOpen, securityContact } = (await answer.json()) as AnswerOf<'/api/info'>;
  showStart(account, registrationOpen);
  for (const link of all('[data-sign-up]')) link.hidden = account !== null || !registrationOpen;
  for (const link of all('[data-security-contact]')) link.hidden = securityContact === null;
}

/** Has the main button of the front page lead to where this visitor can go on; without either it stays the docs. */
function showStart(account: Account | null, registrationOpen: boolean): void {
  for (const link of all<HTMLAnchorElement>('[data-start]')) {
    if (account !== null) {
      link.href = '/dashboard';
      link.textContent = 'Open the dashboard';
    } else if (registrationOpen) {
      link.href = '/signup';
      link.textContent = 'Create an account';
    }
  }
}

/** Null when the server cannot be reached: a static page then stays as it is. */
async function ask(path: string): Promise<Response | null> {
  try {
    return await fetch(path, { headers: { accept: 'application/json' } });
  } catch {
    return null;
  }
}
