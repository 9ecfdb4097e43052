/** Is this code valid? The answers of the contract, and what is not even looked at (security.md, cases 1 and 3). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  MINUTE,
  SECOND,
  START,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;
let clientId: string;
let secret: string;
let numbers = 0;

beforeAll(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
});
beforeEach(async () => {
  kanda.setClock(START);
  ({ clientId, secret } = await account.enrol(`client-${++numbers}`));
});
afterAll(() => kanda.close());

const validate = (token: unknown, id: unknown = clientId) =>
  account.call('POST', '/api/totp/validate', { clientId: id, token });
const verdict = async (token: string, id = clientId) => {
  const answer = await validate(token, id);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
};
const wrong = () => wrongCodeAt(secret, kanda.now());
const client = async () => (await account.call('GET', `/api/totp/clients/${clientId}`)).json();
const events = async () => (await account.call('GET', `/api/logs?clientId=${clientId}`)).json().data;

describe('the answer', () => {
  test('to the right code is 200 { valid: true } and nothing else', async () => {
    expect(await verdict(codeAt(secret, START))).toEqual({ valid: true });
  });

  test('to a wrong code is 200 { valid: false, reason: "invalid_code" }', async () => {
    expect(await verdict(wrong())).toEqual({ valid: false, reason: 'invalid_code' });
  });

  test('to the codes one step away is valid, two steps away not', async () => {
    for (const [steps, valid] of [
      [-2, false],
      [2, false],
      [-1, true],
      [1, true],
    ] as const) {
      expect((await verdict(codeAt(secret, START + steps * 30 * SECOND))).valid, String(steps)).toBe(valid);
    }
  });

  test('to a used code reads invalid_code, and code_already_used in the log', async () => {
    const code = codeAt(secret, START);
    await verdict(code);
    for (const later of [0, 15 * SECOND, 30 * SECOND]) {
      kanda.setClock(START + later);
      expect(await verdict(code)).toEqual({ valid: false, reason: 'invalid_code' });
      expect((await events())[0]).toMatchObject({ outcome: 'failure', reason: 'code_already_used' });
    }
  });

  test('after a sixth failure is locked with the seconds to wait, to the right code too', async () => {
    for (let count = 0; count < 5; count++) await verdict(wrong());
    expect(await verdict(codeAt(secret, START))).toEqual({ valid: false, reason: 'locked', retryAfter: 30 });
    kanda.advance(29 * SECOND + 1);
    expect(await verdict(codeAt(secret, kanda.now()))).toEqual({
      valid: false,
      reason: 'locked',
      retryAfter: 1,
    });
    kanda.advance(SECOND);
    expect(await verdict(codeAt(secret, kanda.now()))).toEqual({ valid: true });
  });

  test('after 50 failures in a day is locked without an end, until someone unlocks', async () => {
    for (let count = 1; count <= 50; count++) {
      expect(await verdict(wrong()), String(count)).toEqual({ valid: false, reason: 'invalid_code' });
      if (count % 4 !== 0) continue;
      // A success ends the run of failures, so that no delay begins, but not the count of the day.
      kanda.advance(30 * SECOND);
      expect(await verdict(codeAt(secret, kanda.now()))).toEqual({ valid: true });
    }
    kanda.advance(50 * MINUTE);
    expect(await verdict(codeAt(secret, kanda.now()))).toEqual({ valid: false, reason: 'locked' });
    expect(await client()).toMatchObject({ status: 'locked', lockedUntil: null });
    const locked = await account.call('GET', `/api/logs?clientId=${clientId}&event=client.locked`);
    expect(locked.json().data).toHaveLength(1);
    const unlocked = await account.call('POST', `/api/totp/clients/${clientId}/unlock`);
    expect(unlocked.json().status).toBe('active');
    expect(await verdict(codeAt(secret, kanda.now()))).toEqual({ valid: true });
  });

  test('for a disabled client is { valid: false, reason: "disabled" }, to the right code too', async () => {
    await account.call('POST', `/api/totp/clients/${clientId}/disable`);
    expect(await verdict(codeAt(secret, START))).toEqual({ valid: false, reason: 'disabled' });
    await account.call('POST', `/api/totp/clients/${clientId}/enable`);
    expect(await verdict(codeAt(secret, START))).toEqual({ valid: true });
  });

  test('for an unknown client is 404 client_not_found, and an event', async () => {
    expectProblem(await validate('123456', 'unknown-here'), 404, 'client_not_found');
    const { data } = (await account.call('GET', '/api/logs?clientId=unknown-here')).json();
    expect(data).toMatchObject([
      { event: 'totp.validated', outcome: 'failure', reason: 'client_not_found', clientId: 'unknown-here' },
    ]);
  });

  test('is one event each, with who asked, from where, and in which request', async () => {
    const { id, call } = await account.createKey();
    const sent = { headers: { 'user-agent': 'shop/1.0' }, remoteAddress: '192.0.2.7' };
    const body = { clientId, token: codeAt(secret, START) };
    await call('POST', '/api/totp/validate', body, sent);
    expect((await events())[0]).toEqual({
      id: expect.any(Number),
      event: 'totp.validated',
      outcome: 'success',
      reason: null,
      clientId,
      actor: `key:${id}`,
      ip: '192.0.2.7',
      userAgent: 'shop/1.0',
      requestId: expect.stringMatching(/^req_test_/),
      createdAt: '2026-01-31T09:30:15.000Z',
    });
  });

  test('to 20 copies of one right code at once is valid exactly once', async () => {
    const code = codeAt(secret, START);
    const answers = await Promise.all(Array.from({ length: 20 }, () => verdict(code)));
    expect(answers.filter(({ valid }) => valid)).toHaveLength(1);
  });
});

describe('a token that is not exactly the digits as a string', () => {
  const right = () => codeAt(secret, START);
  const arabic = (digits: string) =>
    digits.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  const fullWidth = (digits: string) =>
    digits.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));

  test.each<[string, (code: string) => unknown]>([
    ['a number', (code) => Number(code)],
    ['an array', (code) => [code]],
    ['an array of digits', (code) => [...code]],
    ['an object', (code) => ({ code })],
    ['null', () => null],
    ['true', () => true],
    ['empty', () => ''],
    ['five digits', (code) => code.slice(1)],
    ['seven digits', (code) => `0${code}`],
    ['eight digits, for a client of six', (code) => `00${code}`],
    ['twelve digits', (code) => code + code],
    ['a space before', (code) => ` ${code}`],
    ['a space after', (code) => `${code} `],
    ['a space within', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['a no-break space before', (code) => `\u00a0${code}`],
    ['a no-break space after', (code) => `${code}\u00a0`],
    ['a line feed after', (code) => `${code}\n`],
    ['a NUL after', (code) => `${code}\u0000`],
    ['a zero-width space after', (code) => `${code}\u200b`],
    ['a byte order mark before', (code) => `\ufeff${code}`],
    ['full-width digits', fullWidth],
    ['one full-width digit', (code) => fullWidth(code.slice(0, 1)) + code.slice(1)],
    ['Arabic-Indic digits', arabic],
    ['a sign before five digits', (code) => `+${code.slice(1)}`],
    ['a point within', (code) => `${code.slice(0, 5)}.`],
    ['an exponent', () => '1e5000'],
    ['hexadecimal', () => '0x1234'],
    ['letters', () => 'abcdef'],
    ['a percent-encoded code', (code) => `%3${code[0]}${code.slice(1)}`],
  ])('is 400 totp_code_malformed, counts nothing and is no event: %s', async (_, rewrite) => {
    const before = { client: await client(), events: await events() };
    const problem = expectProblem(await validate(rewrite(right())), 400, 'totp_code_malformed');
    expect(problem.errors?.map(({ path }) => path)).toEqual(['/token']);
    expect({ client: await client(), events: await events() }).toEqual(before);
    // The code itself was not used up by its disguise.
    expect(await verdict(right())).toEqual({ valid: true });
  });

  test('stays refused when the code itself has been used', async () => {
    const code = right();
    await verdict(code);
    for (const token of [` ${code}`, `${code}\u00a0`, fullWidth(code), arabic(code), Number(code), [code]]) {
      expectProblem(await validate(token), 400, 'totp_code_malformed');
    }
  });

  test('is six digits for a client of eight, and the answer tells how many', async () => {
    const eight = await account.enrol(`client-${++numbers}`, { digits: 8 });
    const code = codeAt(eight.secret, START, { digits: 8 });
    const problem = expectProblem(await validate(code.slice(2), eight.clientId), 400, 'totp_code_malformed');
    expect(problem.detail).toContain('8 digits');
    expect(await verdict(code, eight.clientId)).toEqual({ valid: true });
  });

  test('is not echoed', async () => {
    const answer = await validate(` ${right()}`);
    expect(answer.body).not.toContain(right());
  });
});

test.each([
  {},
  { clientId: 'x' },
  { token: '123456' },
  { clientId: '..', token: '123456' },
  { clientId: ['x'], token: '123456' },
  { clientId: 'x', token: '123456', skew: 10 },
  { clientId: 'x', token: '123456', code: '123456' },
])('the body %j is refused', async (body) => {
  const answer = await account.call('POST', '/api/totp/validate', body);
  expect([answer.statusCode, answer.json().errors.length]).toEqual([400, expect.any(Number)]);
});

test('a bearer that is not in the account may not ask', async () => {
  const stranger = await kanda.signUp();
  kanda.advance(MINUTE);
  const body = { clientId, token: codeAt(secret, kanda.now()) };
  expectProblem(await stranger.call('POST', '/api/totp/validate', body), 404, 'client_not_found');
  expect(await verdict(codeAt(secret, kanda.now()))).toEqual({ valid: true });
});
