/**
 * Every route with every status that is documented for it. The list of tests is made from the OpenAPI
 * document: a status without a way to bring it about is a failing test.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LogKeeper } from '../../../src/background/log-keeper.ts';
import { noFigures } from '../../../src/background/log-keeper-parts.ts';
import { OwnFactor, startOn } from '../accounts/own-factor.ts';
import { operations } from '../support/documented.ts';
import {
  type Answer,
  codeAt,
  ownerAt,
  PASSWORD,
  SECOND,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

let kanda: TestApp;
let closed: TestApp;
let limited: TestApp;
let full: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
  closed = await startApp({ config: { registration: 'closed' } });
  limited = await startApp({ rateLimit: 1 });
  // More than any disk has: as if this one were almost full.
  full = await startApp({ config: { diskReserve: 999e12 } });
  account = await kanda.signUp();
});
afterAll(async () => {
  await closed.close();
  await limited.close();
  await full.close();
  await kanda.close();
});

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Way = () => Promise<Answer>;

let numbers = 0;
const fresh = () => `client-${++numbers}`;
const from = () => ({ remoteAddress: kanda.freshAddress() });
const register = (email: string, more = from()) =>
  kanda.call('POST', '/api/auth/register', { email, password: PASSWORD }, more);
const logIn = (email: string, password: string, more = from()) =>
  kanda.call('POST', '/api/auth/login', { email, password }, more);
const exchange = (apiKey: string, more = from()) => kanda.call('POST', '/api/auth/token', { apiKey }, more);
const enrolment = (clientId: string) => ({ clientId, label: 'Alice', issuer: 'MyApp', qr: 'none' });

async function enrolled(method: Method, path: (clientId: string) => string): Promise<Answer> {
  const { clientId } = await account.enrol(fresh());
  return account.call(method, path(clientId));
}

async function untilRefused(attempt: Way): Promise<Answer> {
  for (let number = 0; number < 25; number++) {
    const answer = await attempt();
    if (answer.statusCode === 429) return answer;
  }
  throw new Error('never refused');
}

const NEW_PASSWORD = 'another sentence of my own';

/** A call of an account of its own, which may end its log-ins or change its password. */
async function alone(method: Method, url: string, body?: object): Promise<Answer> {
  return (await kanda.signUp()).call(method, url, body, from());
}

/** The same of an account that uses two-factor login. */
async function protectedBy(
  work: (owner: TestAccount, factor: OwnFactor) => Promise<Answer>,
): Promise<Answer> {
  const owner = await kanda.signUp();
  return work(owner, await OwnFactor.turnOn(kanda, owner));
}

/** An account whose second factor has lost its secret. */
function unreadable(send: (owner: TestAccount, totp: string) => Promise<Answer>): Promise<Answer> {
  return protectedBy((owner) => {
    inDatabase((sqlite) =>
      sqlite.exec('update authenticator_state set secret_version = 99 where account_id = 0'),
    );
    return send(owner, '000000');
  });
}

/** Bodies that reach what is behind the schema, by route. */
const BODIES: Record<string, () => object> = {
  'POST /api/auth/register': () => ({ email: `${fresh()}@example.com`, password: PASSWORD }),
  'POST /api/auth/login': () => ({ email: account.email, password: PASSWORD }),
  'POST /api/auth/token': () => ({ apiKey: 'kan_something' }),
  'POST /api/auth/password': () => ({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  'POST /api/auth/two-factor': () => ({ password: PASSWORD }),
  'POST /api/auth/two-factor/confirm': () => ({ totp: '000000' }),
  'DELETE /api/auth/two-factor': () => ({ password: PASSWORD }),
  'POST /api/auth/two-factor/recovery-codes': () => ({ password: PASSWORD }),
  'POST /api/keys': () => ({ name: 'a key' }),
  'POST /api/totp/register': () => enrolment(fresh()),
  'POST /api/totp/validate': () => ({ clientId: 'unknown', token: '000000' }),
  'PUT /api/policy': () => ({}),
};
const PUBLIC = [
  '/api/auth/register',
  '/api/auth/login',
  '/api/auth/token',
  '/api/info',
  '/healthz',
  '/readyz',
  '/metrics',
];

const WAYS: Record<string, Way> = {
  'POST /api/auth/register 201': () => register(`${fresh()}@example.com`),
  'POST /api/auth/register 403': () =>
    closed.call('POST', '/api/auth/register', { email: 'you@example.com', password: PASSWORD }),
  'POST /api/auth/register 409': () => register(account.email),
  'POST /api/auth/register 507': () =>
    full.call('POST', '/api/auth/register', { email: 'you@example.com', password: PASSWORD }),
  'POST /api/totp/register 507': async () =>
    (await ownerAt(full))('POST', '/api/totp/register', { clientId: 'ada', label: 'ada', issuer: 'MyApp' }),
  'POST /api/keys 507': async () => (await ownerAt(full))('POST', '/api/keys', { name: 'a key' }),
  'POST /api/auth/register 429': () => {
    const same = from();
    return untilRefused(() => register(account.email, same));
  },
  'POST /api/auth/login 200': () => logIn(account.email, PASSWORD),
  'POST /api/auth/login 401': () => logIn(`${fresh()}@example.com`, 'a wrong password'),
  'POST /api/auth/login 500': () =>
    unreadable(({ email }, totp) =>
      kanda.call('POST', '/api/auth/login', { email, password: PASSWORD, totp }, from()),
    ),
  'POST /api/auth/password 204': () =>
    alone('POST', '/api/auth/password', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  'POST /api/auth/password 500': () =>
    unreadable(({ call }, totp) => {
      const passwords = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      return call('POST', '/api/auth/password', { ...passwords, totp }, from());
    }),
  'POST /api/auth/logout 204': () => alone('POST', '/api/auth/logout'),
  'GET /api/auth/sessions 200': () => account.call('GET', '/api/auth/sessions'),
  'DELETE /api/auth/sessions 204': () => alone('DELETE', '/api/auth/sessions'),
  'DELETE /api/auth/sessions/{id} 204': async () => {
    const { call } = await kanda.signUp();
    const { data } = (await call('GET', '/api/auth/sessions')).json<{ data: { id: string }[] }>();
    return call('DELETE', `/api/auth/sessions/${data[0]?.id}`);
  },
  'DELETE /api/auth/sessions/{id} 404': () => account.call('DELETE', '/api/auth/sessions/ses_00'),
  'DELETE /api/auth/sessions/{id} 503': () =>
    withoutTables(() => account.call('DELETE', '/api/auth/sessions/ses_00')),
  'POST /api/auth/two-factor 201': () => alone('POST', '/api/auth/two-factor', { password: PASSWORD }),
  'POST /api/auth/two-factor 409': () => protectedBy(({ call }) => startOn(kanda, call)),
  'POST /api/auth/two-factor/confirm 200': async () => {
    const { call } = await kanda.signUp();
    const { secret } = (await startOn(kanda, call)).json<{ secret: string }>();
    return call('POST', '/api/auth/two-factor/confirm', { totp: codeAt(secret, kanda.now()) });
  },
  'POST /api/auth/two-factor/confirm 409': () =>
    alone('POST', '/api/auth/two-factor/confirm', { totp: '000000' }),
  'POST /api/auth/two-factor/confirm 500': async () => {
    const { call } = await kanda.signUp();
    await startOn(kanda, call);
    inDatabase((sqlite) => sqlite.exec("update authenticator set sealed = x'00' where account_id = 0"));
    return call('POST', '/api/auth/two-factor/confirm', { totp: '000000' });
  },
  'DELETE /api/auth/two-factor 204': () =>
    protectedBy(({ call }, factor) =>
      call('DELETE', '/api/auth/two-factor', { password: PASSWORD, totp: factor.nextCode() }, from()),
    ),
  'DELETE /api/auth/two-factor 409': () => alone('DELETE', '/api/auth/two-factor', { password: PASSWORD }),
  'DELETE /api/auth/two-factor 500': () =>
    unreadable(({ call }, totp) =>
      call('DELETE', '/api/auth/two-factor', { password: PASSWORD, totp }, from()),
    ),
  'POST /api/auth/two-factor/recovery-codes 200': () =>
    protectedBy(({ call }, factor) => {
      const proof = { password: PASSWORD, totp: factor.nextCode() };
      return call('POST', '/api/auth/two-factor/recovery-codes', proof, from());
    }),
  'POST /api/auth/two-factor/recovery-codes 409': () =>
    alone('POST', '/api/auth/two-factor/recovery-codes', { password: PASSWORD }),
  'POST /api/auth/two-factor/recovery-codes 500': () =>
    unreadable(({ call }, totp) =>
      call('POST', '/api/auth/two-factor/recovery-codes', { password: PASSWORD, totp }, from()),
    ),
  'POST /api/auth/login 403': () =>
    kanda.call(
      'POST',
      '/api/auth/login',
      { email: account.email, password: PASSWORD, session: 'cookie' },
      { headers: { host: 'kanda.example.com' }, ...from() },
    ),
  'POST /api/auth/login 429': () => {
    const same = from();
    return untilRefused(() => logIn(`${fresh()}@example.com`, 'a wrong password', same));
  },
  'POST /api/auth/token 200': async () => exchange((await account.createKey()).apiKey),
  'POST /api/auth/token 401': () => exchange('kan_nothing'),
  'POST /api/auth/token 429': () => {
    const same = from();
    return untilRefused(() => exchange('kan_nothing', same));
  },
  'GET /api/auth/me 200': () => account.call('GET', '/api/auth/me'),
  'GET /api/auth/me 403': () =>
    kanda.call('GET', '/api/auth/me', undefined, {
      headers: { cookie: `kanda_session=${account.token}`, 'sec-fetch-site': 'cross-site' },
    }),
  'GET /api/auth/me 503': () => {
    // Until then the bearer is remembered, and nothing else is asked of the store.
    kanda.advance(SECOND);
    return withoutTables(() => account.call('GET', '/api/auth/me'));
  },
  'POST /api/keys 201': () => account.call('POST', '/api/keys', { name: 'a key' }),
  'GET /api/keys 200': () => account.call('GET', '/api/keys'),
  'DELETE /api/keys/{id} 204': async () =>
    account.call('DELETE', `/api/keys/${(await account.createKey()).id}`),
  'POST /api/totp/register 201': () => account.call('POST', '/api/totp/register', enrolment(fresh())),
  'POST /api/totp/register 409': async () => {
    const { clientId } = await account.enrol(fresh());
    return account.call('POST', '/api/totp/register', enrolment(clientId));
  },
  'POST /api/totp/validate 200': async () => {
    const { clientId, secret } = await account.enrol(fresh());
    return account.call('POST', '/api/totp/validate', { clientId, token: codeAt(secret, kanda.now()) });
  },
  'POST /api/totp/validate 404': () =>
    account.call('POST', '/api/totp/validate', { clientId: fresh(), token: '000000' }),
  'POST /api/totp/validate 500': async () => {
    const { clientId, secret } = await account.enrol(fresh());
    inDatabase((sqlite) =>
      sqlite.exec("update authenticator set sealed = x'00' where id = (select max(id) from authenticator)"),
    );
    return account.call('POST', '/api/totp/validate', { clientId, token: wrongCodeAt(secret, kanda.now()) });
  },
  'POST /api/totp/rotate/{clientId} 200': () => enrolled('POST', (id) => `/api/totp/rotate/${id}`),
  'GET /api/totp/clients 200': () => account.call('GET', '/api/totp/clients'),
  'GET /api/totp/clients/{clientId} 200': () => enrolled('GET', (id) => `/api/totp/clients/${id}`),
  'DELETE /api/totp/clients/{clientId} 204': () => enrolled('DELETE', (id) => `/api/totp/clients/${id}`),
  'POST /api/totp/clients/{clientId}/unlock 200': () =>
    enrolled('POST', (id) => `/api/totp/clients/${id}/unlock`),
  'POST /api/totp/clients/{clientId}/disable 200': () =>
    enrolled('POST', (id) => `/api/totp/clients/${id}/disable`),
  'POST /api/totp/clients/{clientId}/enable 200': () =>
    enrolled('POST', (id) => `/api/totp/clients/${id}/enable`),
  'GET /api/policy 200': () => account.call('GET', '/api/policy'),
  'PUT /api/policy 200': () => account.call('PUT', '/api/policy', { skew: 1 }),
  'GET /api/logs 200': () => account.call('GET', '/api/logs'),
  'GET /api/logs/{id} 200': () => account.call('GET', '/api/logs/1'),
  'GET /api/logs/{id} 404': () => account.call('GET', '/api/logs/999999'),
  'GET /api/logs/{id} 503': () => withoutTables(() => account.call('GET', '/api/logs/1')),
  // HEAD: the stream itself has no end.
  'GET /api/logs/stream 200': () => account.call('HEAD', '/api/logs/stream'),
  'GET /api/logs/stream 503': () => withoutTables(() => account.call('GET', '/api/logs/stream')),
  'GET /api/stats 200': () => account.call('GET', '/api/stats'),
  'GET /api/info 200': () => kanda.call('GET', '/api/info'),
  'GET /api/logs/checkpoint 200': async () => {
    await coverLogs();
    return account.call('GET', '/api/logs/checkpoint');
  },
  'GET /api/logs/checkpoint 409': async () => (await kanda.signUp()).call('GET', '/api/logs/checkpoint'),
  'GET /api/logs/{id}/proof 200': async () => {
    await coverLogs();
    return account.call('GET', '/api/logs/1/proof');
  },
  'GET /api/logs/{id}/proof 404': () => account.call('GET', '/api/logs/999999/proof'),
  'GET /api/logs/{id}/proof 409': async () => (await kanda.signUp()).call('GET', '/api/logs/1/proof'),
  'GET /api/logs/consistency 200': async () => {
    await coverLogs();
    return account.call('GET', '/api/logs/consistency?from=1&to=2');
  },
  'GET /api/logs/consistency 409': async () =>
    (await kanda.signUp()).call('GET', '/api/logs/consistency?from=1&to=1'),
  'GET /api/logs/{id}/proof 503': () => withoutTables(() => account.call('GET', '/api/logs/1/proof')),
  'GET /api/logs/consistency 503': () =>
    withoutTables(() => account.call('GET', '/api/logs/consistency?from=1&to=1')),
  'GET /healthz 200': () => kanda.call('GET', '/healthz'),
  'GET /readyz 200': () => kanda.call('GET', '/readyz'),
  'GET /readyz 503': async () => {
    // A probe that was answered holds for a moment, for all who ask.
    await sleep(300);
    return withoutTables(() => kanda.call('GET', '/readyz'));
  },
  'GET /metrics 200': () => kanda.call('GET', '/metrics'),
};

/** Covers every log with a checkpoint, as a running server does. */
function coverLogs(): Promise<void> {
  const { store, logTrees } = kanda.installation;
  const log = { info() {}, error() {} };
  const keeper = new LogKeeper({ store, trees: logTrees, sink: null, log, figures: noFigures() });
  return keeper.sequence({ evenIfNotDue: true });
}

function inDatabase(work: (sqlite: DatabaseSync) => void): void {
  const sqlite = new DatabaseSync(kanda.databaseFile);
  work(sqlite);
  sqlite.close();
}

/** A store whose tables are not there fails every query at once, reads too. */
async function withoutTables(work: Way): Promise<Answer> {
  const tables = [
    'account',
    'account_authenticator',
    'account_head',
    'account_session',
    'api_key',
    'client',
    'event',
    'limit_use',
    'log_checkpoint',
    'log_tree',
    'server_key',
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

/** How a status that means the same on many routes is brought about on one of them. */
function commonWay(method: Method, path: string, status: number): Way | undefined {
  const name = `${method} ${path}`;
  const url = path.replace('{id}', 'aaaaaaaaaaaaaaaa').replace('{clientId}', 'unknown');
  const bearer = PUBLIC.includes(path) ? kanda.call : account.call;
  const send = (call: TestApp['call']) => call(method, url, BODIES[name]?.(), from());
  switch (status) {
    case 400: {
      if (path.includes('{')) {
        return () => bearer(method, path.replace(/\{\w+\}/, 'a%2Fb'), undefined, from());
      }
      return method === 'GET'
        ? () => bearer('GET', `${url}?limit=0`)
        : () => bearer(method, url, '{', from());
    }
    case 401:
      return () => send(kanda.call);
    case 403:
      return async () => {
        const needsKeys = name.includes('/api/keys') || name === 'PUT /api/policy';
        const scopes = needsKeys ? ['totp:read'] : ['keys:write'];
        return send((await account.createKey({ scopes })).call);
      };
    case 404:
      return () => send(bearer);
    case 413:
      return () => bearer(method, url, JSON.stringify({ padding: 'x'.repeat(16 * 1024) }), from());
    case 415:
      return () =>
        bearer(method, url, 'name=value', { headers: { 'content-type': 'text/plain' }, ...from() });
    case 429:
      return async () => {
        const { call } = await limited.signUp();
        await call('GET', '/api/auth/me');
        return send(call);
      };
    case 503:
      return () => withoutTables(() => send(bearer));
    default:
      return undefined;
  }
}

describe.each(operations)('$name', ({ name, method, path, statuses }) => {
  test.each(statuses)('answers %i', async (status) => {
    const way = WAYS[`${name} ${status}`] ?? commonWay(method as Method, path, status);
    if (way === undefined) throw new Error('documented, but this file knows no way to bring it about');
    const answer = await way();
    expect(answer.statusCode, answer.body).toBe(status);
    if (!PUBLIC.includes(path)) expect(answer.headers['cache-control']).toBe('no-store');
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="kanda"/);
    if (status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    if (status === 503) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

test('no way is left over for a status that is not documented', () => {
  const documented = operations.flatMap(({ name, statuses }) =>
    statuses.map((status) => `${name} ${status}`),
  );
  expect(Object.keys(WAYS).filter((way) => !documented.includes(way))).toEqual([]);
});
