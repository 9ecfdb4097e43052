/** The applications and accounts on which the statuses of `status-ways.ts` are brought about, and how to call them. */
import { DatabaseSync } from 'node:sqlite';
import { LogKeeper } from '../../../src/background/log-keeper.ts';
import { noFigures } from '../../../src/background/log-keeper-parts.ts';
import { OwnFactor } from '../accounts/own-factor.ts';
import { type Answer, PASSWORD, startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

export let kanda: TestApp;
export let closed: TestApp;
export let limited: TestApp;
export let full: TestApp;
export let account: TestAccount;

export async function startApps(): Promise<void> {
  kanda = await startApp({ config: { secretExport: 'on' } });
  closed = await startApp({ config: { registration: 'closed' } });
  limited = await startApp({ rateLimit: 1 });
  // More than any disk has: as if this one were almost full.
  full = await startApp({ config: { diskReserve: 999e12, secretExport: 'on' } });
  account = await kanda.signUp();
}

export async function closeApps(): Promise<void> {
  await closed.close();
  await limited.close();
  await full.close();
  await kanda.close();
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Way = () => Promise<Answer>;

export let numbers = 0;
export const fresh = () => `client-${++numbers}`;
export const from = () => ({ remoteAddress: kanda.freshAddress() });
export const register = (email: string, more = from()) =>
  kanda.call('POST', '/api/auth/register', { email, password: PASSWORD }, more);
export const logIn = (email: string, password: string, more = from()) =>
  kanda.call('POST', '/api/auth/login', { email, password }, more);
export const exchange = (apiKey: string, more = from()) =>
  kanda.call('POST', '/api/auth/token', { apiKey }, more);
export const enrolment = (clientId: string) => ({ clientId, label: 'Alice', issuer: 'MyApp', qr: 'none' });

/** Records that are imported by one call. */
export const importing = (clientId: string) => ({
  records: [{ clientId, issuer: 'MyApp', secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' }],
});

/** A log-in's calls, for the test half of its account. */
export const inTestHalf =
  (call: TestApp['call']): TestApp['call'] =>
  (method, url, body, more = {}) =>
    call(method, url, body, { ...more, headers: { 'kanda-mode': 'test', ...more.headers } });

export async function enrolled(method: Method, path: (clientId: string) => string): Promise<Answer> {
  const { clientId } = await account.enrol(fresh());
  return account.call(method, path(clientId));
}

export async function untilRefused(attempt: Way): Promise<Answer> {
  for (let number = 0; number < 25; number++) {
    const answer = await attempt();
    if (answer.statusCode === 429) return answer;
  }
  throw new Error('never refused');
}

export const NEW_PASSWORD = 'another sentence of my own';

/** A call of an account of its own, which may end its log-ins or change its password. */
export async function alone(method: Method, url: string, body?: object): Promise<Answer> {
  return (await kanda.signUp()).call(method, url, body, from());
}

/** The same of an account that uses two-factor login. */
export async function protectedBy(
  work: (owner: TestAccount, factor: OwnFactor) => Promise<Answer>,
): Promise<Answer> {
  const owner = await kanda.signUp();
  return work(owner, await OwnFactor.turnOn(kanda, owner));
}

/** An account whose second factor has lost its secret. */
export function unreadable(send: (owner: TestAccount, totp: string) => Promise<Answer>): Promise<Answer> {
  return protectedBy((owner) => {
    inDatabase((sqlite) =>
      sqlite.exec('update authenticator_state set secret_version = 99 where account_id = 0'),
    );
    return send(owner, '000000');
  });
}

/** Covers every log with a checkpoint, as a running server does. */
export function coverLogs(): Promise<void> {
  const { store, logTrees } = kanda.installation;
  const log = { info() {}, error() {} };
  const keeper = new LogKeeper({ store, trees: logTrees, sink: null, log, figures: noFigures() });
  return keeper.sequence({ evenIfNotDue: true });
}

export function inDatabase(work: (sqlite: DatabaseSync) => void): void {
  const sqlite = new DatabaseSync(kanda.databaseFile);
  work(sqlite);
  sqlite.close();
}

/** A store whose tables are not there fails every query at once, reads too. */
export async function withoutTables(work: Way): Promise<Answer> {
  const tables = [
    'account',
    'account_authenticator',
    'account_head',
    'account_session',
    'api_key',
    'client',
    'event',
    'hosted_pages',
    'limit_use',
    'link',
    'log_checkpoint',
    'log_tree',
    'server_key',
    'webhook',
  ];
  const rename = (change: (table: string) => string) =>
    inDatabase((sqlite) => {
      for (const table of tables) sqlite.exec(`alter table ${change(table)}`);
    });
  rename((table) => `${table} rename to ${table}_gone`);
  try {
    return await work();
  } finally {
    rename((table) => `${table}_gone rename to ${table}`);
  }
}
