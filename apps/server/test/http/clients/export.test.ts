/**
 * Secrets over HTTP: to whom they are given, encrypted to whom, and what is written about it. Seen to fail: without
 * `assertMayExport` a log-in without a second factor got all of them; without `assertMayGrant` a key made one that could.
 * With the factor asked for at the moment alone, a stolen password got all of them through a factor of the thief's own.
 */
import { parseFile } from '@kanda/formats';
import { encodeBase32 } from '@kanda/otp';
import { Decrypter, generateHybridIdentity, generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logIn, OwnFactor } from '../accounts/own-factor.ts';
import { events } from '../support/events.ts';
import {
  type Answer,
  expectProblem,
  HOUR,
  PASSWORD,
  SECOND,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

let kanda: TestApp;
let identity: string;
let path: string;
const apps: TestApp[] = [];

async function startWith(secretExport: 'on' | 'off' | null): Promise<TestApp> {
  const app = await startApp({ config: { secretExport } });
  apps.push(app);
  return app;
}

beforeAll(async () => {
  kanda = await startWith('on');
  identity = await generateIdentity();
  path = `/api/totp/export?recipient=${await identityToRecipient(identity)}`;
});
afterAll(async () => {
  for (const app of apps) await app.close();
});

/** An account whose log-in has shown a second factor that is old enough. */
async function guarded(app = kanda): Promise<TestAccount> {
  return (await OwnFactor.longOn(app)).account;
}

const secretOf = (number: number) =>
  encodeBase32(Buffer.from(`kanda-export-${String(number).padStart(7, '0')}`));

/** Enrols `count` clients, user-0 and so on. */
async function enrolMany({ call }: TestAccount, count: number): Promise<void> {
  for (let from = 0; from < count; from += 50) {
    const records = Array.from({ length: Math.min(50, count - from) }, (_, index) => ({
      clientId: `user-${from + index}`,
      issuer: 'MyApp',
      secret: secretOf(from + index),
      lastUsedStep: 100 + index,
    }));
    const answer = await call('POST', '/api/totp/import', { records });
    expect(answer.statusCode, answer.body).toBe(200);
  }
}

async function opened(answer: Answer, by = identity) {
  expect(answer.statusCode, answer.body).toBe(200);
  const decrypter = new Decrypter();
  decrypter.addIdentity(by);
  return parseFile(await decrypter.decrypt(answer.rawPayload), 'kanda');
}

async function turnOff({ call }: TestAccount, factor: OwnFactor): Promise<void> {
  const proof = { password: PASSWORD, totp: factor.nextCode() };
  const answer = await call('DELETE', '/api/auth/two-factor', proof, { remoteAddress: kanda.freshAddress() });
  expect(answer.statusCode, answer.body).toBe(204);
}

describe('an export over HTTP', () => {
  test('has every client with what was used of its secret, and only its recipient can read it', async () => {
    const account = await guarded();
    await enrolMany(account, 120);
    await account.call('POST', '/api/totp/register', {
      clientId: 'waits',
      label: 'x',
      issuer: 'y',
      confirm: true,
    });
    const answer = await account.call('GET', path);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="kanda-export.ndjson.age"',
      'cache-control': 'no-store',
    });
    expect(answer.body).toContain('age-encryption.org/v1');
    expect(answer.body).not.toContain('user-7');
    const { records, problems } = await opened(answer);
    expect(problems).toEqual([]);
    expect(
      records.map(({ record }) => [record.clientId, encodeBase32(record.secret), record.lastUsedStep]),
    ).toEqual(
      Array.from({ length: 120 }, (_, index) => [`user-${index}`, secretOf(index), 100 + (index % 50)]),
    );
    await expect(opened(answer, await generateIdentity())).rejects.toThrow();

    const [exported, ...more] = await events(account, 'account.secrets_exported');
    expect(more).toEqual([]);
    expect(exported).toMatchObject({
      outcome: 'success',
      actor: `account:${account.userId}`,
      clientId: null,
    });
    const named = (await events(account, 'client.secret_exported')).map(({ clientId }) => clientId);
    expect(named.sort()).toEqual(records.map(({ record }) => record.clientId).sort());
  });

  test('is empty where no one is enrolled, and may be for a recipient of the hybrid kind', async () => {
    const account = await guarded();
    const hybrid = await generateHybridIdentity();
    const recipient = await identityToRecipient(hybrid);
    const answer = await account.call('GET', `/api/totp/export?recipient=${recipient}`);
    expect((await opened(answer, hybrid)).records).toEqual([]);
  });

  test.each([
    '',
    'age1',
    'AGE-SECRET-KEY-1',
    'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q',
  ])('is refused for the recipient «%s», and nothing is written', async (recipient) => {
    const account = await guarded();
    expectProblem(await account.call('GET', `/api/totp/export?recipient=${recipient}`), 400, 'query_invalid');
    expectProblem(await account.call('GET', '/api/totp/export'), 400, 'query_invalid');
    expect(await events(account, 'account.secrets_exported')).toEqual([]);
  });

  test('gives nothing and writes nothing when it is asked for by HEAD', async () => {
    const account = await guarded();
    await account.enrol('user-1');
    const answer = await account.call('HEAD', path);
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect(await events(account, 'account.secrets_exported')).toEqual([]);
    expect((await account.call('GET', path)).statusCode).toBe(200);
  });

  test('takes part of its own account alone, and of its test half by itself', async () => {
    const [account, other] = [await guarded(), await guarded()];
    await account.enrol('mine');
    await other.enrol('theirs');
    const { records } = await opened(await account.call('GET', path));
    expect(records.map(({ record }) => record.clientId)).toEqual(['mine']);
    const half = await account.call('GET', path, undefined, { headers: { 'kanda-mode': 'test' } });
    expect((await opened(half)).records).toEqual([]);
  });
});

describe('who may export', () => {
  test('no log-in without a second factor', async () => {
    const account = await kanda.signUp();
    await account.enrol('user-1');
    const refused = expectProblem(await account.call('GET', path), 403, 'second_factor_required');
    expect(refused.detail).toContain('Turn it on, with POST /api/auth/two-factor');
    expectProblem(
      await account.call('POST', '/api/keys', { name: 'a key', scopes: ['totp:export'] }),
      403,
      'second_factor_required',
    );
    expect(await events(account, 'client.secret_exported')).toEqual([]);
  });

  test('no log-in that began before the second factor was turned on', async () => {
    const account = await kanda.signUp();
    const early = (await logIn(kanda, account.email)).json<{ token: string }>().token;
    await OwnFactor.turnOn(kanda, account);
    expectProblem(await account.as(early)('GET', path), 401, 'token_invalid');
  });

  const ask = { name: 'a key', scopes: ['totp:export'] };
  const timeOf = (at: number) => new Date(at).toISOString();
  /** Neither secrets nor a key for them, and the answer says why. */
  async function expectRefused({ call }: TestAccount, why: string): Promise<void> {
    for (const answer of [await call('GET', path), await call('POST', '/api/keys', ask)]) {
      expect(expectProblem(answer, 403, 'second_factor_required').detail).toContain(why);
    }
  }

  test('no thief of a password who turns a second factor on, at once or with another log-in', async () => {
    const thief = await kanda.signUp();
    await thief.enrol('user-1');
    const from = timeOf(kanda.now() + 72 * HOUR);
    const factor = await OwnFactor.turnOn(kanda, thief);
    await expectRefused(thief, `from ${from} on`);
    const again = await factor.logIn(thief);
    await expectRefused(again, `from ${from} on`);
    // His clock is not the one that counts.
    const half = (bearer: TestAccount['call'], method: 'GET' | 'POST', url: string, body?: object) =>
      bearer(method, url, body, { headers: { 'kanda-mode': 'test' } });
    const ahead = await half(again.call, 'POST', '/api/test/clock', { advanceSeconds: 80 * 3600 });
    expect(ahead.statusCode, ahead.body).toBe(200);
    expectProblem(await half(again.call, 'GET', path), 403, 'second_factor_required');
    expect(await events(again, 'client.secret_exported')).toEqual([]);
  });

  test('no log-in before the second factor has been on for 72 hours, to the millisecond', async () => {
    const owner = await kanda.signUp();
    const on = kanda.now();
    const factor = await OwnFactor.turnOn(kanda, owner);
    kanda.setClock(on + 72 * HOUR - 30 * SECOND - 1);
    const later = await factor.logIn(owner);
    expect(kanda.now()).toBe(on + 72 * HOUR - 1);
    await expectRefused(later, `from ${timeOf(on + 72 * HOUR)} on`);
    kanda.advance(1);
    expect((await later.call('GET', path)).statusCode).toBe(200);
    expect((await later.call('POST', '/api/keys', ask)).statusCode).toBe(201);
  });

  test('turned off and on, it starts anew', async () => {
    const { account: early, factor } = await OwnFactor.longOn(kanda);
    const key = await early.createKey({ scopes: ['totp:export'] });
    await turnOff(early, factor);
    await expectRefused(early, 'Turn it on');
    const from = timeOf(kanda.now() + 72 * HOUR);
    const anew = await OwnFactor.turnOn(kanda, early);
    await expectRefused(await anew.logIn(early), `from ${from} on`);
    expectProblem(await key.call('GET', path), 403, 'second_factor_required');
  });

  test('not the log-in that turned it on, however long it lasts', async () => {
    const app = await startApp({ config: { secretExport: 'on', tokenTtlSeconds: 100 * 3600 } });
    apps.push(app);
    const owner = await app.signUp();
    const factor = await OwnFactor.turnOn(app, owner);
    app.advance(73 * HOUR);
    await expectRefused(owner, 'Log in again, with a code');
    expect((await (await factor.logIn(owner)).call('GET', path)).statusCode).toBe(200);
  });

  test('no key once the second factor is off, nor a token of it', async () => {
    const { account, factor } = await OwnFactor.longOn(kanda);
    const key = await account.createKey({ scopes: ['totp:export'] });
    const { token } = (await kanda.call('POST', '/api/auth/token', { apiKey: key.apiKey })).json<{
      token: string;
    }>();
    expect((await key.call('GET', path)).statusCode).toBe(200);
    await turnOff(account, factor);
    for (const call of [key.call, account.as(token)]) {
      const refused = expectProblem(await call('GET', path), 403, 'second_factor_required');
      expect(refused.detail).toContain('Turn it on');
    }
  });

  test('a key that such a log-in gave the scope, also by its tokens, and no other key', async () => {
    const account = await guarded();
    await account.enrol('user-1');
    const usual = await account.createKey();
    expectProblem(await usual.call('GET', path), 403, 'scope_missing');
    const key = await account.createKey({ scopes: ['totp:export'] });
    expect((await opened(await key.call('GET', path))).records).toHaveLength(1);
    const { token } = (await kanda.call('POST', '/api/auth/token', { apiKey: key.apiKey })).json<{
      token: string;
    }>();
    expect((await opened(await account.as(token)('GET', path))).records).toHaveLength(1);
    const [last] = await events(account, 'account.secrets_exported');
    expect(last).toMatchObject({ actor: `key:${key.id}` });
  });

  test('no key can give the scope on, not even one that has it', async () => {
    const account = await guarded();
    const mighty = await account.createKey({ scopes: ['totp:export', 'keys:write'] });
    const asked = { name: 'another', scopes: ['totp:export'] };
    expectProblem(await mighty.call('POST', '/api/keys', asked), 403, 'login_required');
    const writer = await account.createKey({ scopes: ['keys:write'] });
    expectProblem(await writer.call('POST', '/api/keys', asked), 403, 'scope_missing');
  });
});

describe('KANDA_SECRET_EXPORT', () => {
  test('off: no export, and no key for one', async () => {
    const app = await startWith('off');
    const account = await guarded(app);
    const refused = expectProblem(await account.call('GET', path), 403, 'secret_export_off');
    expect(refused.detail).toContain('KANDA_SECRET_EXPORT=off');
    expectProblem(
      await account.call('POST', '/api/keys', { name: 'a key', scopes: ['totp:export'] }),
      403,
      'secret_export_off',
    );
  });

  test('not set: on as long as there is one account, test halves not counted, and off from the second one on', async () => {
    const app = await startWith(null);
    const account = await guarded(app);
    await account.call('GET', '/api/totp/clients', undefined, { headers: { 'kanda-mode': 'test' } });
    const key = await account.createKey({ scopes: ['totp:export'] });
    expect((await key.call('GET', path)).statusCode).toBe(200);
    await app.signUp('second@example.com');
    const { detail } = expectProblem(await key.call('GET', path), 403, 'secret_export_off');
    expect(detail).toContain('several accounts');
  });
});
