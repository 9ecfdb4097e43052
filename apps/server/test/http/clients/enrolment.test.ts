/** Enrolling a client and replacing its secret: what comes in, what is shown once. */
import { decodeBase32, encodeBase32, parseOtpauthUri } from '@kanda/otp';
import { describe, expect, test } from 'vitest';
import { codeAt, expectProblem, START, startAppWithAccount } from '../support/start-app.ts';

const { account } = await startAppWithAccount();

let numbers = 0;
const fresh = () => `client-${++numbers}`;
const register = (body: object) =>
  account.call('POST', '/api/totp/register', {
    clientId: fresh(),
    label: 'alice@example.com',
    issuer: 'MyApp',
    ...body,
  });
const validate = async (clientId: string, token: string) =>
  (await account.call('POST', '/api/totp/validate', { clientId, token })).json();

describe('register', () => {
  test('answers 201 with clientId, secret, otpauthUrl and qrDataUrl, not to be stored', async () => {
    const answer = await register({ clientId: 'user-123' });
    expect(answer.statusCode).toBe(201);
    const { secret } = answer.json();
    expect(answer.json()).toEqual({
      clientId: 'user-123',
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      otpauthUrl: `otpauth://totp/MyApp:alice%40example.com?secret=${secret}&issuer=MyApp&algorithm=SHA1&digits=6&period=30`,
      qrDataUrl: expect.stringMatching(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/),
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(decodeBase32(secret)).toHaveLength(160 / 8);
  });

  test('gives every client a secret of its own', async () => {
    const secrets = new Set<string>();
    for (let count = 0; count < 20; count++) secrets.add((await account.enrol(fresh())).secret);
    expect(secrets.size).toBe(20);
  });

  test('gives null for the QR code when qr is "none", and an SVG when it is "svg"', async () => {
    expect((await register({ qr: 'none' })).json().qrDataUrl).toBeNull();
    expect((await register({ qr: 'svg' })).json().qrDataUrl).toMatch(/^data:image\/svg\+xml;base64,/);
  });

  test.each([
    ['SHA1', 6, 30],
    ['SHA256', 8, 15],
    ['SHA512', 6, 300],
    ['SHA1', 8, 60],
  ] as const)(
    'enrols with %s, %i digits and %i seconds, and the codes agree',
    async (algorithm, digits, period) => {
      const clientId = fresh();
      const { secret, otpauthUrl } = (await register({ clientId, algorithm, digits, period })).json();
      expect(parseOtpauthUri(otpauthUrl)).toMatchObject({ algorithm, digits, period });
      const code = codeAt(secret, START, { algorithm, digits, period });
      expect(await validate(clientId, code)).toEqual({ valid: true });
    },
  );

  test('refuses a clientId that is enrolled with 409 client_exists, and leaves its secret as it is', async () => {
    const clientId = fresh();
    const { secret } = await account.enrol(clientId);
    expectProblem(await register({ clientId }), 409, 'client_exists');
    expect(await validate(clientId, codeAt(secret, START))).toEqual({ valid: true });
  });

  test('takes a clientId of 128 characters of [A-Za-z0-9._:@+-], compared byte for byte', async () => {
    const every = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@+-';
    for (const clientId of [every, 'x'.repeat(128), '...', '.x', '-', 'Bob', 'bob', 'BOB', 'bob.']) {
      expect((await register({ clientId, qr: 'none' })).statusCode, clientId).toBe(201);
      const path = `/api/totp/clients/${encodeURIComponent(clientId)}`;
      expect((await account.call('GET', path)).json().clientId).toBe(clientId);
    }
  });

  test.each([
    '',
    'x'.repeat(129),
    '.',
    '..',
    'a\n',
    '\na',
    'a\u0000',
    ' a',
    'a/../b',
    'a\u200bb',
    '\u202ea',
    '\ud800',
    '\ue000',
    '\u0378',
    7,
    null,
    ['a'],
    {},
    true,
  ])('refuses the clientId %j', async (clientId) => {
    const problem = expectProblem(await register({ clientId }), 400, 'body_invalid');
    expect(problem.errors?.map(({ path }) => path)).toEqual(['/clientId']);
  });

  test.each([
    { algorithm: 'MD5' },
    { algorithm: 'sha1' },
    { digits: 7 },
    { digits: '6' },
    { digits: 6.5 },
    { period: 14 },
    { period: 301 },
    { period: 30.5 },
    { period: '30' },
    { period: null },
    { qr: 'gif' },
    { qr: true },
    { skew: 5 },
    { secret: 7 },
    { secret: 'A'.repeat(513) },
  ])('refuses %j', async (body) => {
    const problem = expectProblem(await register(body), 400, 'body_invalid');
    expect(problem.errors?.map(({ path }) => path)).toEqual([`/${Object.keys(body)[0]}`]);
  });

  test('says all that is wrong at once', async () => {
    const problem = expectProblem(
      await register({ clientId: '', label: 'a:b', period: 1, extra: 1 }),
      400,
      'body_invalid',
    );
    const paths = problem.errors?.map(({ path }) => path).sort();
    expect(paths).toEqual(['/clientId', '/extra', '/label', '/period']);
  });

  test('needs clientId, label and issuer', async () => {
    const problem = expectProblem(await account.call('POST', '/api/totp/register', {}), 400, 'body_invalid');
    expect(problem.errors?.map(({ path }) => path)).toEqual(['/clientId', '/label', '/issuer']);
  });
});

describe('an imported secret', () => {
  const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 37 + 11) & 255);

  test.each([
    ['of 128 bits', encodeBase32(bytes(16))],
    ['of 160 bits', encodeBase32(bytes(20))],
    ['of 128 bytes', encodeBase32(bytes(128))],
    ['in lower case', encodeBase32(bytes(20)).toLowerCase()],
    ['with padding', `${encodeBase32(bytes(16))}======`],
    ['in groups', encodeBase32(bytes(20)).replace(/(.{4})(?=.)/g, '$1 ')],
  ])('%s is taken, shown in its plain form, and its codes are good', async (_, secret) => {
    const clientId = fresh();
    const answer = await register({ clientId, secret, qr: 'none' });
    expect(answer.statusCode, answer.body).toBe(201);
    const plain = secret.toUpperCase().replace(/[ =]/g, '');
    expect(answer.json().secret).toBe(plain);
    expect(new URL(answer.json().otpauthUrl).searchParams.get('secret')).toBe(plain);
    expect(await validate(clientId, codeAt(plain, START))).toEqual({ valid: true });
  });

  test.each([
    ['empty', ''],
    ['of 120 bits', encodeBase32(bytes(15))],
    ['of 129 bytes', encodeBase32(bytes(129))],
    ['of characters that are not base32', 'MZXW6YTBOI0189!!MZXW6YTBOIMZXW6YTBOI'],
    ['of a length that no bytes give', `${encodeBase32(bytes(20))}A`],
    ['with padding in its middle', `${encodeBase32(bytes(16))}======${encodeBase32(bytes(16))}`],
    ['of full-width letters', 'ＭＺＸＷ６ＹＴＢＯＩＭＺＸＷ６ＹＴＢＯＩＭＺＸＷ６ＹＴＢＯＩＡＡ'],
  ])('%s is refused as secret_invalid, unquoted, and nothing is enrolled', async (_, secret) => {
    const clientId = fresh();
    const answer = await register({ clientId, secret });
    const problem = expectProblem(answer, 400, 'secret_invalid');
    expect(problem.errors?.[0]?.path).toBe('/secret');
    if (secret !== '') expect(answer.body).not.toContain(secret.slice(0, 16));
    expectProblem(await account.call('GET', `/api/totp/clients/${clientId}`), 404, 'client_not_found');
  });
});

describe('rotate', () => {
  test('answers 200 in the shape of register with another secret, not to be stored', async () => {
    const clientId = fresh();
    const old = await account.enrol(clientId, { algorithm: 'SHA256', digits: 8, period: 60, issuer: 'Büro' });
    const answer = await account.call('POST', `/api/totp/rotate/${clientId}`);
    expect(answer.statusCode).toBe(200);
    const rotated = answer.json();
    expect(Object.keys(rotated)).toEqual(['clientId', 'secret', 'otpauthUrl', 'qrDataUrl']);
    expect(rotated.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(rotated.secret).not.toBe(old.secret);
    expect(rotated.otpauthUrl).toBe(old.otpauthUrl.replace(old.secret, rotated.secret));
    expect(rotated.qrDataUrl).toMatch(/^data:image\/png;base64,/);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('ends the old secret, and the new one is good at once', async () => {
    const clientId = fresh();
    const old = await account.enrol(clientId);
    const { secret } = (await account.call('POST', `/api/totp/rotate/${clientId}`)).json();
    expect(await validate(clientId, codeAt(old.secret, START))).toEqual({
      valid: false,
      reason: 'invalid_code',
    });
    expect(await validate(clientId, codeAt(secret, START))).toEqual({ valid: true });
  });

  test('of a client with an imported secret gives one of 160 bits', async () => {
    const clientId = fresh();
    await account.enrol(clientId, { secret: 'A'.repeat(26) });
    const { secret } = (await account.call('POST', `/api/totp/rotate/${clientId}`)).json();
    expect(decodeBase32(secret)).toHaveLength(20);
  });

  test('of an unknown client is 404 client_not_found', async () => {
    expectProblem(await account.call('POST', `/api/totp/rotate/${fresh()}`), 404, 'client_not_found');
  });

  test('is reported by the client and by the log', async () => {
    const clientId = fresh();
    await account.enrol(clientId);
    expect((await account.call('GET', `/api/totp/clients/${clientId}`)).json().rotatedAt).toBeNull();
    await account.call('POST', `/api/totp/rotate/${clientId}`);
    const client = (await account.call('GET', `/api/totp/clients/${clientId}`)).json();
    expect(client.rotatedAt).toBe(new Date(START).toISOString());
    const { data } = (await account.call('GET', `/api/logs?clientId=${clientId}`)).json();
    expect(data.map(({ event }: { event: string }) => event)).toEqual([
      'client.rotated',
      'client.registered',
    ]);
  });

  test('takes no body, but minds none that a client library sends along', async () => {
    const { clientId } = await account.enrol(fresh());
    const headers = { 'content-type': 'application/json' };
    const path = `/api/totp/rotate/${clientId}`;
    for (const body of [undefined, '', {}]) {
      expect((await account.call('POST', path, body, { headers })).statusCode).toBe(200);
    }
  });
});
