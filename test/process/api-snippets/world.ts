/** What snippets run against: a server, and an account with keys of its own for each language. */
import { DatabaseSync } from 'node:sqlite';
import { type Answer, Caller, codeOf, type Enrolled } from '../../support/caller.ts';
import { KandaProcess } from '../../support/kanda-process.ts';

/** The examples' own, so that it need not be put in. */
export const PASSWORD = 'a sentence that nobody else would write';
export const CLIENT = 'user-123';

const SCOPES = [
  'totp:write',
  'totp:validate',
  'totp:read',
  'totp:support',
  'totp:import',
  'receipts:redeem',
  'links:write',
  'webhooks:read',
  'webhooks:write',
  'logs:read',
  'keys:write',
];

let names = 0;
/** A network address that no one has called from: sign-ups and log-ins are counted by it. */
export const freshAddress = () => `198.51.${++names >> 8}.${names & 255}`;
export const freshEmail = () => `owner-${++names}@example.com`;

export interface Owner {
  readonly email: string;
  readonly token: string;
  /** With the token, each call from another address. */
  readonly call: (method: string, path: string, body?: unknown, test?: boolean) => Promise<Answer>;
}

export interface World {
  readonly server: KandaProcess;
  readonly owner: Owner;
  readonly apiKey: string;
  readonly testKey: string;
}

/** Checkpoints come within a second, and secrets may leave. */
export function startServer(): Promise<KandaProcess> {
  return KandaProcess.start({
    flags: ['--trusted-proxies', '127.0.0.1', '--checkpoint-interval', '1s', '--secret-export', 'on'],
  });
}

/** A new account with one log-in. */
export async function newOwner(server: KandaProcess): Promise<Owner> {
  const email = freshEmail();
  const caller = new Caller(server.url, {}, 1);
  const from = { 'x-forwarded-for': freshAddress() };
  const registered = await caller.post('/api/auth/register', { email, password: PASSWORD }, from);
  if (registered.status !== 201) throw new Error(`sign-up got ${registered.status}: ${registered.text}`);
  return logIn(server, email);
}

/** Another log-in of an account. */
export async function logIn(server: KandaProcess, email: string, more: object = {}): Promise<Owner> {
  const caller = new Caller(server.url, {}, 1);
  const body = { email, password: PASSWORD, ...more };
  const answer = await caller.post('/api/auth/login', body, { 'x-forwarded-for': freshAddress() });
  if (answer.status !== 200) throw new Error(`log-in got ${answer.status}: ${answer.text}`);
  const { token } = answer.json;
  const bearer = caller.withBearer(token, 1);
  return {
    email,
    token,
    async call(method, path, sent, test = false) {
      const headers = { 'x-forwarded-for': freshAddress(), ...(test ? { 'kanda-mode': 'test' } : {}) };
      const answered = await bearer.call(method, path, sent, headers);
      if (answered.status >= 300 && answered.status !== 404)
        throw new Error(`${method} ${path} got ${answered.status}: ${answered.text}`);
      return answered;
    },
  };
}

export async function newWorld(server: KandaProcess): Promise<World> {
  const owner = await newOwner(server);
  makeOperator(server, owner.email);
  const key = async (mode: string) =>
    (await owner.call('POST', '/api/keys', { name: 'snippets', mode, scopes: SCOPES })).json.apiKey as string;
  return { server, owner, apiKey: await key('live'), testKey: await key('test') };
}

/** Before the first call of its log-in, which is remembered for a second. */
function makeOperator(server: KandaProcess, email: string): void {
  const database = new DatabaseSync(`${server.dataDir}/kanda.db`);
  database.exec('pragma busy_timeout = 5000');
  database.prepare('update account set operator_at = ? where email = ?').run(Date.now(), email);
  database.close();
}

/** The client of the examples, anew. @param test in the test half */
export async function enrolled({ owner }: World, test = false): Promise<Enrolled> {
  await owner.call('DELETE', `/api/totp/clients/${CLIENT}`, undefined, test);
  const body = { clientId: CLIENT, label: 'alice@example.com', issuer: 'MyApp', qr: 'none' };
  const answer = await owner.call('POST', '/api/totp/register', body, test);
  return { ...answer.json, period: 30 };
}

/** An account whose two-factor login is on. @returns a log-in of it, and its phone */
export async function protectedOwner(server: KandaProcess) {
  const owner = await newOwner(server);
  const started = await owner.call('POST', '/api/auth/two-factor', { password: PASSWORD });
  const phone = { secret: started.json.secret as string, period: 30 };
  await owner.call('POST', '/api/auth/two-factor/confirm', { totp: codeOf(phone) });
  return { owner, phone };
}

/** Sets two-factor login of all accounts back by days: it must have been on for a while before secrets leave. */
export function ageTwoFactor(server: KandaProcess, days: number): void {
  const database = new DatabaseSync(`${server.dataDir}/kanda.db`);
  database.exec('pragma busy_timeout = 5000');
  database
    .prepare('update account_authenticator set confirmed_at = confirmed_at - ?')
    .run(days * 24 * 3_600 * 1_000);
  database.close();
}
