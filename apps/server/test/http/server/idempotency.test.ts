/** What a caller can rely on that sends a request again with its Idempotency-Key. */
import { describe, expect, test } from 'vitest';
import { parseIdempotencyKey } from '../../../src/http/server/idempotency.ts';
import {
  type Answer,
  type Call,
  codeAt,
  expectProblem,
  HOUR,
  MINUTE,
  SECOND,
  startAppWithAccount,
  wrongCodeAt,
} from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

let numbers = 0;
const fresh = () => `idempotent-${numbers++}`;
const NAMES = { label: 'ada@example.com', issuer: 'MyApp' };

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });
const register = (clientId: string, key: string, call: Call = account.call, more = {}) =>
  call('POST', '/api/totp/register', { clientId, ...NAMES, ...more }, withKey(key));
const validate = (clientId: string, token: string, key: string, call: Call = account.call) =>
  call('POST', '/api/totp/validate', { clientId, token }, withKey(key));
const isReplayed = ({ headers }: Answer) => headers['idempotent-replayed'] === 'true';

async function events(clientId: string): Promise<string[]> {
  const { data } = (await account.call('GET', `/api/logs?clientId=${clientId}`)).json<{
    data: { event: string; outcome: string }[];
  }>();
  return data.map(({ event, outcome }) => `${event} ${outcome}`);
}

describe('the same request with the same key', () => {
  test('shows the same secret, and enrols once', async () => {
    const clientId = fresh();
    const first = await register(clientId, clientId);
    const again = await register(clientId, clientId);
    expect([first.statusCode, again.statusCode]).toEqual([201, 201]);
    expect(again.body).toBe(first.body);
    expect([isReplayed(first), isReplayed(again)]).toEqual([false, true]);
    expect(await events(clientId)).toEqual(['client.registered success']);
  });

  test('is given the verdict that it earned, and so is nothing else', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    kanda.advance(MINUTE);
    const code = codeAt(secret, kanda.now());
    expect((await validate(clientId, code, 'one')).json()).toEqual({ valid: true });
    const again = await validate(clientId, code, 'one');
    expect(again.json()).toEqual({ valid: true });
    expect(isReplayed(again)).toBe(true);
    expect((await validate(clientId, code, 'two')).json()).toMatchObject({ valid: false });
    expect(await events(clientId)).toHaveLength(3);
  });

  test('counts a wrong code once', async () => {
    const { clientId, secret } = await account.enrol(fresh());
    const wrong = wrongCodeAt(secret, kanda.now());
    const answers = [await validate(clientId, wrong, 'wrong'), await validate(clientId, wrong, 'wrong')];
    expect(answers[1]?.body).toBe(answers[0]?.body);
    expect(await events(clientId)).toEqual(['totp.validated failure', 'client.registered success']);
  });

  test('gets a refusal again that was recorded, with the same detail', async () => {
    const { clientId } = await account.enrol(fresh());
    const key = fresh();
    const first = expectProblem(await register(clientId, key), 409, 'client_exists');
    await account.call('DELETE', `/api/totp/clients/${clientId}`);
    const again = await register(clientId, key);
    expect(expectProblem(again, 409, 'client_exists').detail).toBe(first.detail);
    expect(isReplayed(again)).toBe(true);
  });

  test('is tried anew when nothing was done: the body was refused', async () => {
    const key = fresh();
    expectProblem(await register(fresh(), key, account.call, { digits: 9 }), 400, 'body_invalid');
    expect((await register(fresh(), key)).statusCode).toBe(201);
  });

  test('uses a recovery code up once', async () => {
    const { clientId } = await account.enrol(fresh());
    const made = await account.call('POST', `/api/totp/clients/${clientId}/recovery-codes`, {});
    const [recoveryCode] = made.json<{ codes: string[] }>().codes;
    const use = () =>
      account.call('POST', '/api/totp/validate', { clientId, recoveryCode }, withKey('lost phone'));
    const answers = [await use(), await use()];
    expect(answers.map((answer) => answer.json().valid)).toEqual([true, true]);
    expect(answers.map(isReplayed)).toEqual([false, true]);
  });
});

describe('the same key', () => {
  test('with another body is refused, and so is another path', async () => {
    const key = fresh();
    const clientId = fresh();
    await register(clientId, key);
    expectProblem(await register(fresh(), key), 422, 'idempotency_key_reused');
    const remove = account.call('DELETE', `/api/totp/clients/${clientId}`, undefined, withKey(key));
    expectProblem(await remove, 422, 'idempotency_key_reused');
    const judge = validate(clientId, '000000', key);
    expectProblem(await judge, 422, 'idempotency_key_reused');
    expect(await events(clientId)).toEqual(['client.registered success']);
  });

  test('of another API key is another key; a token that the key was traded for is the same', async () => {
    const [one, other] = [await account.createKey(), await account.createKey()];
    const clientId = fresh();
    expect((await register(clientId, 'shared', one.call)).statusCode).toBe(201);
    expectProblem(await register(clientId, 'shared', other.call), 409, 'client_exists');
    expectProblem(await register(clientId, 'shared', account.call), 409, 'client_exists');
    const from = { remoteAddress: kanda.freshAddress() };
    const traded = await kanda.call('POST', '/api/auth/token', { apiKey: one.apiKey }, from);
    const again = await register(clientId, 'shared', account.as(traded.json<{ token: string }>().token));
    expect([again.statusCode, isReplayed(again)]).toEqual([201, true]);
  });

  test('is of no use to a bearer that may no longer do this', async () => {
    const { apiKey, call, id } = await account.createKey();
    const clientId = fresh();
    await register(clientId, 'revoked', call);
    await account.call('DELETE', `/api/keys/${id}`);
    expectProblem(await register(clientId, 'revoked', account.as(apiKey)), 401, 'key_invalid');
  });

  test('is refused while the first request is under way, which many at once show', async () => {
    const clientId = fresh();
    const answers = await Promise.all(Array.from({ length: 16 }, () => register(clientId, clientId)));
    const [done = [], refused = []] = [201, 409].map((status) =>
      answers.filter(({ statusCode }) => statusCode === status),
    );
    expect(done.length + refused.length).toBe(16);
    expect(new Set(done.map(({ body }) => body)).size).toBe(1);
    for (const answer of refused) {
      expectProblem(answer, 409, 'idempotency_key_in_use');
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(await events(clientId)).toEqual(['client.registered success']);
  });
});

describe('the header', () => {
  test.each([
    ['', 'empty'],
    ['""', 'an empty string'],
    ['"open', 'a string without its end'],
    ['k'.repeat(256), 'too long'],
    ['schlüssel', 'not ASCII'],
  ])('%j is refused: %s', async (key) => {
    expectProblem(await register(fresh(), key), 400, 'idempotency_key_invalid');
  });

  test('may be a string of structured fields, which is the same as the bare text', async () => {
    const clientId = fresh();
    await register(clientId, clientId);
    expect(isReplayed(await register(clientId, `"${clientId}"`))).toBe(true);
    expect(parseIdempotencyKey('"a \\"b\\" \\\\"')).toBe('a "b" \\');
  });

  test('is not looked at where there is no account yet', async () => {
    const { email } = await kanda.signUp();
    const logIn = () =>
      kanda.call(
        'POST',
        '/api/auth/login',
        { email, password: 'wrong' },
        { ...withKey('login'), remoteAddress: kanda.freshAddress() },
      );
    expect(isReplayed(await logIn())).toBe(false);
    expect(isReplayed(await logIn())).toBe(false);
  });
});

// The last one, as the time that it takes ends the log-in of the others.
describe('a key whose time is over', () => {
  test('is free again after a day, after ten minutes where codes are judged', async () => {
    const { call } = await account.createKey();
    const key = fresh();
    const clientId = fresh();
    const { secret } = (await register(clientId, key, call)).json<{ secret: string }>();
    kanda.advance(MINUTE);
    const code = codeAt(secret, kanda.now());
    await validate(clientId, code, 'code', call);
    kanda.advance(10 * MINUTE - SECOND);
    expect(isReplayed(await validate(clientId, code, 'code', call))).toBe(true);
    kanda.advance(SECOND);
    expect(isReplayed(await validate(clientId, code, 'code', call))).toBe(false);
    kanda.advance(24 * HOUR - 11 * MINUTE - SECOND);
    expect(isReplayed(await register(clientId, key, call))).toBe(true);
    kanda.advance(SECOND);
    expectProblem(await register(clientId, key, call), 409, 'client_exists');
  });
});
