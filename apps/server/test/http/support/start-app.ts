/**
 * The real application for a test: the real store on a real file, the real crypto, the wiring of
 * `installation.ts`, and a clock that the test moves. Every answer that passes through `call` is held
 * against the OpenAPI document of the routes, so that no test can see what is not documented.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Algorithm, createHotpKey, type Digits, decodeBase32, totp } from '@kanda/otp';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, expect } from 'vitest';
import { type Installation, openInstallation, readErrorPages } from '../../../src/compose/installation.ts';
import { DATABASE_FILE } from '../../../src/compose/open-store.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { type AppOptions, createApp } from '../../../src/http/server/app.ts';
import type { App } from '../../../src/http/server/types.ts';
import { assertAsDocumented } from './documented.ts';

export type Answer = LightMyRequestResponse;
export type Call = (
  method: NonNullable<InjectOptions['method']>,
  url: string,
  body?: unknown,
  more?: InjectOptions,
) => Promise<Answer>;

/** The middle of a step of 30 s, long after 1970. */
export const START = Date.UTC(2026, 0, 31, 9, 30, 15);
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const PASSWORD = 'seven quiet herons over the pond';
/** Argon2id as everywhere, but not the 40 ms for each sign-up and log-in of some thousand tests. */
const LITTLE_WORK = { memory: 64, passes: 1, parallelism: 1 };

export interface TestApp {
  readonly app: App;
  readonly installation: Installation;
  /** What was written to the operator's log. */
  readonly logged: { readonly fields: object; readonly message: string }[];
  readonly databaseFile: string;
  now(): number;
  /** Moves the clock, by milliseconds. */
  advance(milliseconds: number): void;
  setClock(time: number): void;
  /** A request of no one in particular. An object as the body is sent as JSON, a text as it is. */
  readonly call: Call;
  /** An account of its own, from an address of its own, so that no limit is in the way. */
  signUp(email?: string): Promise<TestAccount>;
  /** An address that no request has come from. */
  freshAddress(): string;
  close(): Promise<void>;
}

export interface TestAccount {
  readonly userId: string;
  readonly email: string;
  /** From a log-in, with every scope. */
  readonly token: string;
  readonly call: Call;
  /** The same calls with another bearer. */
  as(bearer: string): Call;
  createKey(more?: object): Promise<{ id: string; apiKey: string; call: Call }>;
  enrol(clientId: string, more?: object): Promise<EnrolledClient>;
}

export interface EnrolledClient {
  readonly clientId: string;
  readonly secret: string;
  readonly otpauthUrl: string;
  readonly qrDataUrl: string | null;
}

/** As `kanda account delete`. */
export async function deleteAccount({ installation, now }: TestApp, email: string): Promise<void> {
  const account = await installation.store.findAccountByEmail(email);
  const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
  await installation.store.deleteAccount(account?.id ?? 0, { at: now(), origin });
}

/** The calls of an account that the operator has made, where no one can sign up. */
export async function ownerAt({ installation, call, now }: TestApp): Promise<Call> {
  const email = `owner-${Math.random()}@example.com`;
  const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
  await installation.accounts.create({ email, password: new Secret(PASSWORD) }, { at: now(), origin });
  const { token } = (await call('POST', '/api/auth/login', { email, password: PASSWORD })).json();
  return (method, url, body, more = {}) =>
    call(method, url, body, { ...more, headers: { authorization: `Bearer ${token}`, ...more.headers } });
}

/** An application for all tests of a file, closed after them, and an account of it. */
export async function startAppWithAccount(): Promise<{
  readonly kanda: TestApp;
  readonly account: TestAccount;
}> {
  const kanda = await startApp();
  afterAll(() => kanda.close());
  return { kanda, account: await kanda.signUp() };
}

/** As for the servers of `test/support`: a database of its own where a file has chosen PostgreSQL. */
async function storeOf(dataDir: string): Promise<Record<string, string>> {
  if (process.env.KANDA_TEST_STORE === undefined) return {};
  const { storeVariables } = await import('../../../../../test/support/test-database.ts');
  return storeVariables(dataDir);
}

export async function startApp(options: Partial<AppOptions> & { config?: object } = {}): Promise<TestApp> {
  const { config = {}, ...appOptions } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'kanda-http-'));
  let time = START;
  const installation = await openInstallation(
    { ...loadConfig(await storeOf(dataDir), { 'data-dir': dataDir }), ...config },
    () => time,
    undefined,
    LITTLE_WORK,
  );
  const logged: { fields: object; message: string }[] = [];
  const log = (fields: object, message: string) => void logged.push({ fields, message });
  const app = await createApp(installation, {
    log: { requests: true, info: log, error: log },
    trustedProxies: [],
    rateLimit: null,
    publicUrl: null,
    bootId: 'test',
    errorPages: readErrorPages(),
    ...appOptions,
  });

  let addresses = 0;
  const freshAddress = () => `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses++ & 255}`;
  const callWith =
    (bearer: string | null): Call =>
    async (method, url, body, more = {}) => {
      const json = typeof body === 'object' && body !== null && !Buffer.isBuffer(body);
      const headers = {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(bearer?.startsWith('eyJ') ? modeFor(url) : {}),
        ...more.headers,
      };
      const payload = body === undefined ? {} : { payload: json ? JSON.stringify(body) : (body as string) };
      const answer = await app.inject({ ...more, method, url, headers, ...payload });
      assertAsDocumented(method, url, answer);
      return answer;
    };
  const call = callWith(null);

  async function signUp(email = `someone-${addresses}@example.com`): Promise<TestAccount> {
    const from = { remoteAddress: freshAddress() };
    const registered = await call('POST', '/api/auth/register', { email, password: PASSWORD }, from);
    expect(registered.statusCode, registered.body).toBe(201);
    const loggedIn = await call('POST', '/api/auth/login', { email, password: PASSWORD }, from);
    const { token } = loggedIn.json<{ token: string }>();
    return accountOf(registered.json<{ userId: string; email: string }>(), token, callWith);
  }

  return {
    app,
    installation,
    logged,
    databaseFile: join(dataDir, DATABASE_FILE),
    call,
    signUp,
    freshAddress,
    now: () => time,
    advance(milliseconds) {
      time += milliseconds;
    },
    setClock(to) {
      time = to;
    },
    async close() {
      await app.close();
      await installation.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The calls of an account by one of its log-ins. */
export function accountOf(
  { userId, email }: Pick<TestAccount, 'userId' | 'email'>,
  token: string,
  as: TestAccount['as'],
): TestAccount {
  const call = as(token);
  return {
    userId,
    email,
    token,
    call,
    as,
    async createKey(more = {}) {
      const made = await call('POST', '/api/keys', { name: 'a key', ...more });
      expect(made.statusCode, made.body).toBe(201);
      const key = made.json<{ id: string; apiKey: string }>();
      return { ...key, call: as(key.apiKey) };
    },
    async enrol(clientId, more = {}) {
      const body = { clientId, label: 'alice@example.com', issuer: 'MyApp', qr: 'none', ...more };
      const enrolled = await call('POST', '/api/totp/register', body);
      expect(enrolled.statusCode, enrolled.body).toBe(201);
      return enrolled.json<EnrolledClient>();
    },
  };
}

/** What a log-in says to the calls of test mode, which are there for the test half alone. */
export function modeFor(path: string): Record<string, string> {
  return path.startsWith('/api/test/') ? { 'kanda-mode': 'test' } : {};
}

/** The code that an authenticator app shows at `time` (ms). */
export function codeAt(
  secret: string,
  time: number,
  more: { algorithm?: Algorithm; digits?: Digits; period?: number } = {},
): string {
  const parameters = { algorithm: 'SHA1', digits: 6, period: 30, ...more } as const;
  return totp(createHotpKey(decodeBase32(secret), parameters.algorithm), time, parameters);
}

/** A code of as many digits that is right in no step near `time`. */
export function wrongCodeAt(secret: string, time: number): string {
  const right = new Set([-2, -1, 0, 1, 2].map((steps) => codeAt(secret, time + steps * 30 * SECOND)));
  for (let guess = 0; ; guess++) {
    const code = String(guess).padStart(6, '0');
    if (!right.has(code)) return code;
  }
}

/** Asserts that an answer is a problem of this kind, and gives its body. */
export function expectProblem(answer: Answer, status: number, code: string): Problem {
  expect({ status: answer.statusCode, code: bodyOf(answer).code }, answer.body).toEqual({ status, code });
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  return answer.json<Problem>();
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

function bodyOf(answer: Answer): Partial<Problem> {
  try {
    return answer.json<Problem>();
  } catch {
    return {};
  }
}
