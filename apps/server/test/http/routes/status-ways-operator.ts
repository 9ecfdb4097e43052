/** As status-ways.ts, for what operators see. */
import type { Answer } from '../support/start-app.ts';
import { account, kanda, type Way, withoutTables } from './status-apps.ts';

/** With the operator mark while it is asked. */
async function asOperator(operator: boolean): Promise<void> {
  const { store } = kanda.installation;
  const found = await store.findAccountByEmail(account.email);
  const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
  await store.setOperator(found?.id ?? 0, operator, { at: kanda.now(), origin });
  kanda.installation.bearers.forgetAccount(found?.id ?? 0);
}

const STATUS = '/api/admin/status';

/** What an operator is answered. */
async function toOperator(path: string): Promise<Answer> {
  await asOperator(true);
  const answer = await account.call('GET', path);
  await asOperator(false);
  return answer;
}

export const OPERATOR_WAYS: Record<string, Way> = {
  'GET /api/admin/status 200': () => toOperator(STATUS),
  'GET /api/admin/status 400': () => toOperator(`${STATUS}?limit=0`),
  // By a cookie, from a page of another site.
  'GET /api/admin/status 403': () =>
    kanda.call('GET', STATUS, undefined, {
      headers: {
        cookie: `kanda_session=${account.token}`,
        host: 'localhost',
        origin: 'https://evil.example',
      },
    }),
  'GET /api/admin/status 404': async () => {
    await asOperator(false);
    return account.call('GET', STATUS);
  },
  'GET /api/admin/status 503': () => {
    // The session is asked about anew.
    kanda.advance(2_000);
    return withoutTables(() => account.call('GET', STATUS));
  },
};
