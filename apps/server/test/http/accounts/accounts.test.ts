/** Signing up, logging in, trading a key for a token, and asking who one is. */
import { crc32 } from 'node:zlib';
import { encodeBase32 } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '../../../src/domain/keys/scopes.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { expectProblem, PASSWORD, START, startApp, type TestApp } from '../support/start-app.ts';

let kanda: TestApp;

beforeAll(async () => {
  kanda = await startApp();
});
afterAll(() => kanda.close());

let numbers = 0;
const freshEmail = () => `person-${++numbers}@example.com`;
/** A key's text that reads as one: its checksum is right, only its secret is not. */
function guessFor(id: string): string {
  const text = `kan_${id}_${'a'.repeat(32)}`;
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(text));
  return text + encodeBase32(checksum).toLowerCase();
}

const post = (path: string, body: object) =>
  kanda.call('POST', path, body, { remoteAddress: kanda.freshAddress() });
const register = (body: object) => post('/api/auth/register', body);
const logIn = (body: object) => post('/api/auth/login', body);

describe('register', () => {
  test('answers 201 with the userId and the email, and nothing else', async () => {
    const email = freshEmail();
    const answer = await register({ email, password: PASSWORD });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ userId: expect.stringMatching(/^acc_[0-9a-f]{30}$/), email });
  });

  test('keeps an address in lower case, and another spelling of it is taken', async () => {
    expect((await register({ email: 'Grace@Example.COM', password: PASSWORD })).json()).toMatchObject({
      email: 'grace@example.com',
    });
    for (const email of ['grace@example.com', 'GRACE@EXAMPLE.COM']) {
      expectProblem(await register({ email, password: PASSWORD }), 409, 'email_taken');
    }
  });

  test.each([
    'no-at',
    '@example.com',
    'you@',
    'you@two@example.com',
    'a b@example.com',
    'you@example.com\r\nBcc: x',
    'you@exam\u0000ple.com',
    'moc.elpmaxe@\u202euoy',
    'y\u200bou@example.com',
    '\ud800@example.com',
    `${'x'.repeat(65)}@example.com`,
    '',
    7,
    null,
    ['you@example.com'],
    undefined,
  ])('refuses the e-mail address %j', async (email) => {
    const problem = expectProblem(await register({ email, password: PASSWORD }), 400, 'body_invalid');
    expect(problem.errors?.map(({ path }) => path)).toEqual(['/email']);
  });

  test('refuses a password of 14 characters and takes one of 15, counted in characters, not bytes', async () => {
    const fifteen = ['🐘🐊🦒🦓🐆🐅🐃🐂🐄🐪🐫🦙🐐🐏🐑', 'wet grey hat 42'];
    for (const password of fifteen) {
      expect([...password]).toHaveLength(15);
      const short = [...password].slice(0, 14).join('');
      const problem = expectProblem(
        await register({ email: freshEmail(), password: short }),
        400,
        'password_too_short',
      );
      expect(problem.errors?.[0]?.path).toBe('/password');
      expect((await register({ email: freshEmail(), password })).statusCode).toBe(201);
    }
  });

  test.each([
    'passwordpassword',
    'PasswordPassword',
    '123456789012345',
    'abcdefghijklmnop',
    'zyxwvutsrqponmlk',
    'aaaaaaaaaaaaaaaaaaaa',
    'abababababababab',
  ])('refuses %j as one of the first that an attacker tries', async (password) => {
    expectProblem(await register({ email: freshEmail(), password }), 400, 'password_too_common');
  });

  test('refuses the e-mail address as the password', async () => {
    const email = 'a.rather.long.name@example.com';
    expectProblem(await register({ email, password: email.toUpperCase() }), 400, 'password_too_common');
  });

  test('refuses a password of more than 1,024 characters without hashing it', async () => {
    const password = 'a long sentence. '.repeat(61);
    expectProblem(await register({ email: freshEmail(), password }), 400, 'body_invalid');
  });

  test('names every field that is missing or unknown', async () => {
    const problem = expectProblem(await register({ mail: 'you@example.com' }), 400, 'body_invalid');
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual(['/email', '/mail', '/password']);
  });

  describe('where others than this machine may reach the server', () => {
    const credentials = (name: string) => ({ email: `${name}@example.com`, password: PASSWORD });

    test.each([
      ['it listens to others', { host: '0.0.0.0' }],
      ['it has a public URL', { publicUrl: 'https://kanda.example.com' }],
    ])('takes the first account and no other: %s', async (_, config) => {
      const exposed = await startApp({ config });
      const isOpen = async () => (await exposed.call('GET', '/api/info')).json().registrationOpen;
      try {
        expect(await isOpen()).toBe(true);
        const answers = await Promise.all(
          ['a', 'b', 'c'].map((name) => exposed.call('POST', '/api/auth/register', credentials(name))),
        );
        expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403, 403]);
        expect(await isOpen()).toBe(false);
        const refused = await exposed.call('POST', '/api/auth/register', credentials('late'));
        const { detail } = expectProblem(refused, 403, 'registration_closed');
        expect(detail).toContain('KANDA_REGISTRATION=open');
        expect(detail).toContain('kanda account create');
        const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
        const made = { email: 'made@example.com', password: new Secret(PASSWORD) };
        await exposed.installation.accounts.create(made, { at: START, origin });
        expect((await exposed.call('POST', '/api/auth/login', credentials('made'))).statusCode).toBe(200);
      } finally {
        await exposed.close();
      }
    });

    test('takes all where the operator says so', async () => {
      const open = await startApp({ config: { host: '0.0.0.0', registration: 'open' } });
      try {
        await open.signUp();
        await open.signUp();
        expect((await open.call('GET', '/api/info')).json().registrationOpen).toBe(true);
      } finally {
        await open.close();
      }
    });
  });

  test('answers 403 registration_closed where registration is closed, and accounts there still log in', async () => {
    const closed = await startApp({ config: { registration: 'closed' } });
    try {
      const credentials = { email: 'you@example.com', password: PASSWORD };
      expectProblem(await closed.call('POST', '/api/auth/register', credentials), 403, 'registration_closed');
      const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
      await closed.installation.accounts.create(
        { email: credentials.email, password: new Secret(PASSWORD) },
        { at: START, origin },
      );
      expect((await closed.call('POST', '/api/auth/login', credentials)).statusCode).toBe(200);
    } finally {
      await closed.close();
    }
  });
});

describe('login', () => {
  test('answers 200 with a token and how long it is good, and nothing else, not to be stored', async () => {
    const { email } = await kanda.signUp();
    const answer = await logIn({ email, password: PASSWORD });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      ...{ session: 'token', expiresIn: '1h', expiresInSeconds: 3600 },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('takes the address in any case and the password in any normal form', async () => {
    const email = freshEmail();
    await register({ email, password: 'caf\u00e9 au lait s\u2019il vous pla\u00eet' });
    const answer = await logIn({
      email: email.toUpperCase(),
      password: 'cafe\u0301 au lait s\u2019il vous plai\u0302t',
    });
    expect(answer.statusCode).toBe(200);
  });

  test('answers an unknown address exactly as a wrong password', async () => {
    const { email } = await kanda.signUp();
    const [wrong, unknown] = await Promise.all([
      logIn({ email, password: 'not the password at all' }),
      logIn({ email: freshEmail(), password: 'not the password at all' }),
    ]);
    expectProblem(wrong, 401, 'credentials_invalid');
    const { requestId: _, ...shown } = wrong.json();
    const { requestId: __, ...shownForUnknown } = unknown.json();
    expect(shownForUnknown).toEqual(shown);
    expect(Object.keys(unknown.headers)).toEqual(Object.keys(wrong.headers));
    expect(unknown.headers.ratelimit).toBe(wrong.headers.ratelimit);
  });

  test('tells the lifetime that KANDA_TOKEN_TTL sets', async () => {
    const short = await startApp({ config: { tokenTtlSeconds: 900 } });
    try {
      const { email } = await short.signUp();
      const answer = await short.call('POST', '/api/auth/login', { email, password: PASSWORD });
      expect(answer.json()).toMatchObject({ expiresIn: '15m', expiresInSeconds: 900 });
    } finally {
      await short.close();
    }
  });

  test('writes successes and failures that reached the account into its log', async () => {
    const account = await kanda.signUp();
    await logIn({ email: account.email, password: 'not the password at all' });
    const { data } = (await account.call('GET', '/api/logs')).json();
    const named = { clientId: null, createdAt: '2026-01-31T09:30:15.000Z' };
    expect(data).toMatchObject([
      {
        ...named,
        event: 'account.login',
        outcome: 'failure',
        reason: 'credentials_invalid',
        actor: 'anonymous',
      },
      {
        ...named,
        event: 'account.login',
        outcome: 'success',
        reason: null,
        actor: `account:${account.userId}`,
      },
      { ...named, event: 'account.registered', outcome: 'success', actor: `account:${account.userId}` },
    ]);
  });
});

describe('token', () => {
  test('trades an API key for a token, says how long it is good, and nothing else, not to be stored', async () => {
    const { apiKey } = await (await kanda.signUp()).createKey();
    const answer = await post('/api/auth/token', { apiKey });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      ...{ expiresIn: '1h', expiresInSeconds: 3600 },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('records the trade, and the refusal of a wrong secret behind a real id, in the log of the account', async () => {
    const account = await kanda.signUp();
    const { id, apiKey } = await account.createKey();
    await post('/api/auth/token', { apiKey });
    expectProblem(await post('/api/auth/token', { apiKey: guessFor(id) }), 401, 'key_invalid');
    const { data } = (await account.call('GET', '/api/logs?event=token.issued')).json();
    expect(data).toMatchObject([
      { outcome: 'failure', reason: 'key_invalid', actor: 'anonymous' },
      { outcome: 'success', reason: null, actor: `key:${id}` },
    ]);
  });

  test.each([
    'kan_nothing',
    '',
    'a'.repeat(256),
    'kan_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  ])('refuses %j as a key', async (apiKey) => {
    expectProblem(await post('/api/auth/token', { apiKey }), 401, 'key_invalid');
  });

  test.each([7, null, ['kan_nothing'], 'a'.repeat(257)])(
    'refuses what cannot be the text of a key: %j',
    async (apiKey) => {
      expectProblem(await post('/api/auth/token', { apiKey }), 400, 'body_invalid');
    },
  );
});

describe('me', () => {
  test('tells who a log-in is: every scope', async () => {
    const { userId, email, call } = await kanda.signUp();
    expect((await call('GET', '/api/auth/me')).json()).toMatchObject({
      ...{ userId, email, createdAt: '2026-01-31T09:30:15.000Z' },
      scopes: SCOPES,
      twoFactor: { active: false, recoveryCodesLeft: 0 },
    });
  });

  test('tells who a key is and what it may do, and needs no scope', async () => {
    const account = await kanda.signUp();
    const { call } = await account.createKey({ scopes: ['totp:validate'] });
    expect((await call('GET', '/api/auth/me')).json()).toMatchObject({
      userId: account.userId,
      scopes: ['totp:validate'],
    });
  });
});
