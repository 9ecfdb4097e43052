/** Recovery codes of clients: made and shown once, used in place of a code, counted, deleted. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  MINUTE,
  START,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

const CODE = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/;
const INVALID = { valid: false, reason: 'invalid_code' };
const WRONG = '0000-0000-0000-0000';

let kanda: TestApp;
let account: TestAccount;
let clientId: string;
let secret: string;
let url: string;
let numbers = 0;

beforeAll(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
});
beforeEach(async () => {
  kanda.setClock(START);
  ({ clientId, secret } = await account.enrol(`client-${++numbers}`));
  url = `/api/totp/clients/${clientId}/recovery-codes`;
});
afterAll(() => kanda.close());

const make = async (body?: object) => {
  const answer = await account.call('POST', url, body);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json<{ codes: string[]; generation: number }>();
};
const codesOf = async () => (await make()).codes as [string, string, ...string[]];
const verdict = async (recoveryCode: string, id = clientId) => {
  const answer = await account.call('POST', '/api/totp/validate', { clientId: id, recoveryCode });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
};
const accepted = (left: number) => ({ valid: true, method: 'recovery_code', remainingRecoveryCodes: left });
const remaining = async () => (await account.call('GET', url)).json();
const events = async () =>
  (await account.call('GET', `/api/logs?clientId=${clientId}`)).json<{ data: { event: string }[] }>().data;

describe('recovery codes', () => {
  test('are ten unless asked otherwise, all different, in the shape that people can copy', async () => {
    const { codes, generation } = await make();
    expect(codes).toHaveLength(10);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(CODE);
    expect(generation).toBe(1);
    expect((await make({})).codes).toHaveLength(10);
    for (const count of [5, 20]) expect((await make({ count })).codes).toHaveLength(count);
    expect(await remaining()).toEqual({
      remaining: 20,
      generation: 4,
      createdAt: '2026-01-31T09:30:15.000Z',
    });
  });

  test.each([4, 21, 5.5, '10', null])('are not %j: 400 that says how many', async (count) => {
    const problem = expectProblem(await account.call('POST', url, { count }), 400, 'body_invalid');
    expect(problem.errors).toEqual([
      { path: '/count', message: expect.stringMatching(/^must be (5 or more|20 or less|an integer)$/) },
    ]);
    expect(await remaining()).toEqual({ remaining: 0, generation: 0, createdAt: null });
  });

  test('are shown once: no read, list, event or export holds one', async () => {
    const { codes } = await make();
    await verdict(codes[0] as string);
    const bare = codes.flatMap((code) => [code, code.replaceAll('-', '')]);
    for (const path of [
      url,
      `/api/totp/clients/${clientId}`,
      '/api/totp/clients',
      '/api/logs',
      '/api/stats',
    ]) {
      const { body } = await account.call('GET', path);
      for (const code of bare) expect(body).not.toContain(code);
    }
    for (const code of bare) expect(JSON.stringify(kanda.logged)).not.toContain(code);
  });

  test('are each accepted once, however they are typed, and the last one says so', async () => {
    const { codes } = await make({ count: 5 });
    const spellings = [
      (code: string) => code,
      (code: string) => code.toLowerCase(),
      (code: string) => code.replaceAll('-', ' '),
      (code: string) => code.replaceAll('-', '').replaceAll('0', 'o').replaceAll('1', 'l'),
    ];
    for (const [index, spell] of spellings.entries()) {
      const typed = spell(codes[index] as string);
      expect(await verdict(typed)).toEqual(accepted(4 - index));
      expect(await verdict(typed)).toEqual(INVALID);
    }
    expect(await verdict(codes[4] as string)).toEqual({ ...accepted(0), lastRecoveryCode: true });
    expect(await remaining()).toMatchObject({ remaining: 0, generation: 1 });
  });

  test('of an earlier generation are void, and so are deleted ones', async () => {
    const [first] = await codesOf();
    const { codes, generation } = await make();
    expect(generation).toBe(2);
    expect(await verdict(first)).toEqual(INVALID);
    for (let time = 0; time < 2; time++) {
      expect((await account.call('DELETE', url)).statusCode).toBe(204);
      expect(await remaining()).toEqual({ remaining: 0, generation: 2, createdAt: null });
    }
    expect(await verdict(codes[0] as string)).toEqual(INVALID);
  });

  test('are no one else’s: not of another client, nor of another account’s client of that name', async () => {
    const [code] = await codesOf();
    const other = await kanda.signUp();
    await other.enrol(clientId);
    await account.enrol(`other-${clientId}`);
    expect(await verdict(code, `other-${clientId}`)).toEqual(INVALID);
    const body = { clientId, recoveryCode: code };
    expect((await other.call('POST', '/api/totp/validate', body)).json()).toEqual(INVALID);
    expect(await verdict(code)).toEqual(accepted(9));
  });

  test('are kept by a rotation, and go with the client', async () => {
    const [first, second] = await codesOf();
    await account.call('POST', `/api/totp/rotate/${clientId}`);
    expect(await verdict(first)).toEqual(accepted(9));
    await account.call('DELETE', `/api/totp/clients/${clientId}`);
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      expectProblem(await account.call(method, url), 404, 'client_not_found');
    }
    const body = { clientId, recoveryCode: second };
    expectProblem(await account.call('POST', '/api/totp/validate', body), 404, 'client_not_found');
    await account.enrol(clientId);
    expect(await verdict(second)).toEqual(INVALID);
  });

  test('need the scopes of their calls', async () => {
    const [code] = await codesOf();
    const calls = [
      ['POST', url, undefined, 'totp:write'],
      ['DELETE', url, undefined, 'totp:write'],
      ['GET', url, undefined, 'totp:read'],
      ['POST', '/api/totp/validate', { clientId, recoveryCode: code }, 'totp:validate'],
    ] as const;
    for (const [method, path, body, scope] of calls) {
      const others = ['totp:write', 'totp:read', 'totp:validate'].filter((one) => one !== scope);
      const { call } = await account.createKey({ scopes: others });
      expectProblem(await call(method, path, body), 403, 'scope_missing');
    }
    expect(await remaining()).toMatchObject({ remaining: 10 });
  });

  test('are events with who made and used them', async () => {
    const { id, call } = await account.createKey();
    const { codes } = (await call('POST', url)).json<{ codes: string[] }>();
    for (const recoveryCode of [codes[0], WRONG]) {
      await call('POST', '/api/totp/validate', { clientId, recoveryCode });
    }
    await call('DELETE', url);
    const by = { clientId, actor: `key:${id}` };
    expect((await events()).slice(0, 4)).toMatchObject([
      { event: 'client.recovery_codes_deleted', outcome: 'success', ...by },
      { event: 'client.recovery_code_used', outcome: 'failure', reason: 'invalid_code', ...by },
      { event: 'client.recovery_code_used', outcome: 'success', reason: null, ...by },
      { event: 'client.recovery_codes_created', outcome: 'success', ...by },
    ]);
  });
});

describe('a recovery code in place of a token', () => {
  test('works while wrong tokens have locked the client, and ends that', async () => {
    const [code] = await codesOf();
    for (let count = 0; count < 5; count++) {
      const token = wrongCodeAt(secret, kanda.now());
      await account.call('POST', '/api/totp/validate', { clientId, token });
    }
    const token = codeAt(secret, START);
    const validate = async () =>
      (await account.call('POST', '/api/totp/validate', { clientId, token })).json();
    expect(await validate()).toEqual({ valid: false, reason: 'locked', retryAfter: 30 });
    expect(await verdict(code)).toEqual(accepted(9));
    expect((await account.call('GET', `/api/totp/clients/${clientId}`)).json()).toMatchObject({
      status: 'active',
      failures: 0,
      failuresToday: 5,
    });
    expect(await validate()).toEqual({ valid: true });
  });

  test('has limits of its own: ten wrong ones, then delays, and the phone goes on', async () => {
    const [code] = await codesOf();
    for (let count = 0; count < 10; count++) expect(await verdict(WRONG)).toEqual(INVALID);
    expect(await verdict(code)).toEqual({ valid: false, reason: 'locked', retryAfter: 60 });
    const body = { clientId, token: codeAt(secret, START) };
    expect((await account.call('POST', '/api/totp/validate', body)).json()).toEqual({ valid: true });
    kanda.advance(MINUTE);
    expect(await verdict(code)).toEqual(accepted(9));
  });

  test('is refused for a disabled client, and stays unused', async () => {
    const [code] = await codesOf();
    await account.call('POST', `/api/totp/clients/${clientId}/disable`);
    expect(await verdict(code)).toEqual({ valid: false, reason: 'disabled' });
    await account.call('POST', `/api/totp/clients/${clientId}/enable`);
    expect(await verdict(code)).toEqual(accepted(9));
  });

  test('waits for the first code of a phone that is not confirmed, and is not there when its time is over', async () => {
    const id = `pending-${clientId}`;
    const { secret: fresh } = await account.enrol(id, { confirm: true });
    const path = `/api/totp/clients/${id}/recovery-codes`;
    const { codes } = (await account.call('POST', path)).json<{ codes: [string] }>();
    expect(await verdict(codes[0], id)).toEqual({ valid: false, reason: 'pending' });
    const token = codeAt(fresh, kanda.now());
    await account.call('POST', '/api/totp/confirm', { clientId: id, token });
    expect(await verdict(codes[0], id)).toEqual(accepted(9));

    await account.enrol(`over-${id}`, { confirm: true });
    kanda.advance(15 * MINUTE);
    const gone = await account.call('GET', `/api/totp/clients/over-${id}/recovery-codes`);
    expectProblem(gone, 404, 'client_not_found');
  });

  test('that no code can look like is a wrong one, not a 400: a user typed it', async () => {
    for (const typed of ['847291', 'UUUU-UUUU-UUUU-UUUU', 'I lost my phone', '🙂']) {
      expect(await verdict(typed)).toEqual(INVALID);
    }
  });

  test.each([
    [{}, '/token', 'is missing: send token, or recoveryCode or deviceToken in its place'],
    [{ token: '123456', recoveryCode: WRONG }, '/recoveryCode', 'cannot be combined with token'],
    [{ recoveryCode: '' }, '/recoveryCode', 'must not be empty'],
    [{ recoveryCode: 'A'.repeat(65) }, '/recoveryCode', 'must have 64 characters at most'],
    [{ recoveryCode: 123456 }, '/recoveryCode', 'must be a string'],
    [{ recoveryCode: null }, '/recoveryCode', 'must be a string'],
  ])('%j is 400, and nothing is counted', async (fields, path, message) => {
    const answer = await account.call('POST', '/api/totp/validate', { clientId, ...fields });
    expect(expectProblem(answer, 400, 'body_invalid').errors).toEqual([{ path, message }]);
    expect((await events()).map(({ event }) => event)).toEqual(['client.registered']);
  });

  test('64 times at once is accepted once; of the others ten are wrong', async () => {
    const [code] = await codesOf();
    const verdicts = await Promise.all(Array.from({ length: 64 }, () => verdict(code)));
    expect(verdicts.filter(({ valid }) => valid)).toEqual([accepted(9)]);
    expect(verdicts.filter(({ reason }) => reason === 'invalid_code')).toHaveLength(10);
  });

  test('is counted by verdict in the metrics', async () => {
    const counts = async () => {
      const { body } = await kanda.call('GET', '/metrics');
      return ['valid', 'invalid_code'].map((name) =>
        Number(body.match(`kanda_recovery_verdicts_total{verdict="${name}"} (\\d+)`)?.[1]),
      ) as [number, number];
    };
    const [valid, invalid] = await counts();
    await verdict((await codesOf())[0]);
    await verdict(WRONG);
    expect(await counts()).toEqual([valid + 1, invalid + 1]);
  });
});

describe('a token with details', () => {
  const validate = async (fields: object) =>
    (await account.call('POST', '/api/totp/validate', { clientId, ...fields })).json();

  test('says what it rests on and how many recovery codes are left; without, { valid: true } to the letter', async () => {
    const token = codeAt(secret, START);
    const authenticatorId = expect.stringMatching(/^aut_\d+$/);
    const left = { valid: true, method: 'totp', authenticatorId, remainingRecoveryCodes: 0 };
    expect(await validate({ token, details: true })).toEqual(left);
    await make({ count: 7 });
    kanda.advance(MINUTE);
    const next = codeAt(secret, kanda.now());
    expect(await validate({ token: next, details: true })).toEqual({ ...left, remainingRecoveryCodes: 7 });
    kanda.advance(MINUTE);
    const answer = await account.call('POST', '/api/totp/validate', {
      clientId,
      token: codeAt(secret, kanda.now()),
      details: false,
    });
    expect(answer.body).toBe('{"valid":true}');
  });

  test('that is wrong is answered as ever', async () => {
    expect(await validate({ token: wrongCodeAt(secret, START), details: true })).toEqual(INVALID);
  });
});
