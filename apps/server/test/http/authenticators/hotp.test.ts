/** Hardware tokens, as an application enrols them. */
import { createHotpKey, decodeBase32, encodeBase32, formatCode, hotp, parseOtpauthUri } from '@kanda/otp';
import { describe, expect, test } from 'vitest';
import { codeAt, expectProblem, startAppWithAccount } from '../support/start-app.ts';

/** RFC 4226, appendix D. */
const SECRET = encodeBase32(new TextEncoder().encode('12345678901234567890'));
const CODES = ['755224', '287082', '359152', '969429'];

const { kanda, account } = await startAppWithAccount();

let clients = 0;
const freshId = () => `user-${clients++}`;
const post = (path: string, body: object) => account.call('POST', path, body);
const register = (clientId: string, more = {}) =>
  post('/api/totp/register', { clientId, label: 'ada', issuer: 'MyApp', qr: 'none', type: 'hotp', ...more });
const validate = async (clientId: string, token: string) =>
  (await post('/api/totp/validate', { clientId, token })).json();

describe('a client enrolled with type hotp', () => {
  test('has the codes of RFC 4226, and no period', async () => {
    const clientId = freshId();
    const enrolled = await register(clientId, { secret: SECRET });
    expect(enrolled.statusCode, enrolled.body).toBe(201);
    expect(enrolled.json().otpauthUrl).toBe(
      `otpauth://hotp/MyApp:ada?secret=${SECRET}&issuer=MyApp&algorithm=SHA1&digits=6&counter=0`,
    );
    for (const code of CODES) {
      expect(await validate(clientId, code)).toEqual({ valid: true });
      expect(await validate(clientId, code)).toMatchObject({ valid: false, reason: 'invalid_code' });
    }
    const client = (await account.call('GET', `/api/totp/clients/${clientId}`)).json();
    expect(client).toMatchObject({ period: null, clockAheadUntil: null });
    const { data } = (await account.call('GET', `/api/totp/clients/${clientId}/authenticators`)).json();
    expect(data).toMatchObject([{ type: 'hotp', period: null, counter: 4, drift: 0 }]);
  });

  test('begins at its counter, and its URL says so', async () => {
    const clientId = freshId();
    const enrolled = (await register(clientId, { secret: SECRET, counter: 2 })).json();
    expect(parseOtpauthUri(enrolled.otpauthUrl)).toMatchObject({ type: 'hotp', counter: 2 });
    expect(await validate(clientId, CODES[1] as string)).toMatchObject({ valid: false });
    expect(await validate(clientId, CODES[2] as string)).toEqual({ valid: true });
  });

  test('waits for its first code with confirm, and shows the same secret and counter again', async () => {
    const clientId = freshId();
    const first = (await register(clientId, { counter: 5, confirm: true })).json();
    const again = (await register(clientId, { counter: 5, confirm: true })).json();
    expect(again.otpauthUrl).toBe(first.otpauthUrl);
    const key = createHotpKey(decodeBase32(first.secret), 'SHA1');
    const token = formatCode(hotp(key, 6, 6), 6);
    expect((await post('/api/totp/confirm', { clientId, token })).json()).toMatchObject({ confirmed: true });
    expect(await validate(clientId, formatCode(hotp(key, 7, 6), 6))).toEqual({ valid: true });
  });

  test('is rotated to one with a new secret and counter 0, with confirm too', async () => {
    const clientId = freshId();
    await register(clientId, { counter: 9 });
    for (const body of [{ qr: 'none' }, { qr: 'none', confirm: true }]) {
      const { otpauthUrl } = (await post(`/api/totp/rotate/${clientId}`, body)).json();
      expect(parseOtpauthUri(otpauthUrl)).toMatchObject({ type: 'hotp', counter: 0 });
    }
  });

  test('has another label without a new secret', async () => {
    const clientId = freshId();
    await register(clientId);
    const changed = await account.call('PATCH', `/api/totp/clients/${clientId}`, { label: 'Ada' });
    expect(changed.json()).toMatchObject({ label: 'Ada', period: null });
  });

  test('may have a phone beside it', async () => {
    const clientId = freshId();
    await register(clientId, { secret: SECRET });
    const path = `/api/totp/clients/${clientId}/authenticators`;
    const { secret } = (await post(path, { qr: 'none' })).json();
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toEqual({ valid: true });
    expect(await validate(clientId, CODES[0] as string)).toEqual({ valid: true });
  });
});

test.each([
  [{ period: 30 }, 'period'],
  [{ lastUsedStep: 1 }, 'lastUsedStep'],
  [{ type: 'totp', counter: 0 }, 'counter'],
  [{ type: undefined, counter: 0 }, 'counter'],
  [{ counter: -1 }, 'counter'],
  [{ counter: 1_000_000_000_001 }, 'counter'],
  [{ type: 'steam' }, 'type'],
])('refuses %j, and names the field', async (fields, named) => {
  const clientId = freshId();
  const refused = await register(clientId, fields);
  expectProblem(refused, 400, 'body_invalid');
  expect(refused.json().errors).toMatchObject([{ path: `/${named}` }]);
  const { clientId: other } = await account.enrol(freshId());
  expectProblem(
    await post(`/api/totp/clients/${other}/authenticators`, { type: 'hotp', ...fields }),
    400,
    'body_invalid',
  );
});

test('a token and more phones than the odds of guessing allow are refused with the number', async () => {
  const clientId = freshId();
  await register(clientId);
  const path = `/api/totp/clients/${clientId}/authenticators`;
  expect((await post(path, { qr: 'none' })).statusCode).toBe(201);
  const refused = await post(path, { qr: 'none' });
  expectProblem(refused, 409, 'authenticator_odds');
  expect(refused.json().detail).toMatch(/26\.7 %.*23\.9 % is allowed/);
  const policy = await account.call('PUT', '/api/policy', { dailyFailures: 60, maxAuthenticators: 4 });
  expectProblem(policy, 400, 'policy_invalid');
  expect(policy.json().errors).toMatchObject([{ path: '/dailyFailures' }]);
  expect(policy.json().detail).toMatch(/2 authenticators .* 26\.4 %.*now it is 22\.5 %/);
  expect((await account.call('PUT', '/api/policy', { lookAhead: 5 })).statusCode).toBe(200);
  expect((await post(path, { qr: 'none' })).statusCode).toBe(201);
});
