/** What is said of a body's fields names the fault that they have. */
import { describe, expect, test } from 'vitest';
import { expectProblem, startAppWithAccount } from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

const CLIENT = { clientId: 'alice', label: 'Alice', issuer: 'MyApp' };

describe('a body that is no object', () => {
  test.each([
    ['nothing, declared as JSON', '', 'application/json'],
    ['nothing at all', undefined, undefined],
    ['null', 'null', 'application/json'],
    ['a list', '[]', 'application/json'],
    ['a text', '"text"', 'application/json'],
  ])('%s', async (_, payload, type) => {
    for (const url of ['/api/auth/login', '/api/auth/register', '/api/totp/validate', '/api/keys']) {
      const answer = await kanda.app.inject({
        method: 'POST',
        url,
        headers: { authorization: `Bearer ${account.token}`, ...(type && { 'content-type': type }) },
        ...(payload === undefined ? {} : { payload }),
        remoteAddress: kanda.freshAddress(),
      });
      const problem = expectProblem(answer, 400, 'body_invalid');
      expect(problem.detail).toBe('The body is missing, or is not a JSON object.');
      expect(problem.errors).toEqual([{ path: '', message: 'is missing, or is not a JSON object' }]);
    }
  });
});

describe('a field', () => {
  test.each<[string, object, string, string]>([
    ['/api/totp/register', { ...CLIENT, clientId: 42 }, 'clientId', 'must be a string'],
    ['/api/totp/register', { ...CLIENT, clientId: null }, 'clientId', 'must be a string'],
    ['/api/totp/register', { ...CLIENT, clientId: '' }, 'clientId', 'must not be empty'],
    [
      '/api/totp/register',
      { ...CLIENT, clientId: 'a\u200bb' },
      'clientId',
      'must not have an invisible character: character 2 is U+200B',
    ],
    ['/api/totp/register', { ...CLIENT, issuer: '' }, 'issuer', 'must not be empty'],
    ['/api/totp/register', { ...CLIENT, label: ['x'] }, 'label', 'must be a string'],
    [
      '/api/totp/register',
      { ...CLIENT, label: 'a:b' },
      'label',
      'must be 1–128 characters without ":" and control characters, one of them visible',
    ],
    [
      '/api/totp/register',
      { ...CLIENT, name: 'a:b' },
      'name',
      'must be 1–128 characters without ":" and control characters, one of them visible',
    ],
    ['/api/totp/register', { ...CLIENT, counter: 7 }, 'counter', 'needs "type": "hotp"'],
    [
      '/api/totp/register',
      { ...CLIENT, type: 'hotp', period: 30 },
      'period',
      'cannot be combined with type hotp, whose codes have no period',
    ],
    [
      '/api/totp/confirm',
      { clientId: 'alice', token: '847291', authenticatorId: '17' },
      'authenticatorId',
      'must be the id of an authenticator, such as aut_17',
    ],
    ['/api/totp/rotate/alice', { proof: {} }, 'proof', 'must have a field of this call'],
    [
      '/api/totp/rotate/alice',
      { proof: { token: '847291', recoveryCode: '4KQ7-ZX0M-9TRB-2HWD' } },
      'proof',
      'must have only one field',
    ],
    [
      '/api/totp/clients/alice/authenticators/aut_17/resync',
      { tokens: ['847291'] },
      'tokens',
      'must have 2 entries at least',
    ],
    ['/api/totp/register', { ...CLIENT, digits: '6' }, 'digits', 'must be one of the numbers 6, 8'],
    ['/api/totp/register', { ...CLIENT, algorithm: 1 }, 'algorithm', 'must be one of SHA1, SHA256, SHA512'],
    ['/api/totp/register', { ...CLIENT, period: 1 }, 'period', 'must be 15 or more'],
    ['/api/totp/register', { ...CLIENT, period: 1_000 }, 'period', 'must be 300 or less'],
    ['/api/totp/register', { ...CLIENT, period: 30.5 }, 'period', 'must be an integer'],
    [
      '/api/totp/register',
      { ...CLIENT, secret: 'A'.repeat(513) },
      'secret',
      'must have 512 characters at most',
    ],
    ['/api/auth/login', { email: 42, password: 'x' }, 'email', 'must be a string'],
    ['/api/auth/login', { email: '', password: 'x' }, 'email', 'must not be empty'],
    ['/api/auth/login', { email: 'you', password: 'x' }, 'email', 'must be an e-mail address'],
    ['/api/keys', { name: '' }, 'name', 'must not be empty'],
    [
      '/api/keys',
      { name: 'a\u0000' },
      'name',
      'must be 1–128 characters without control characters, one of them visible',
    ],
    ['/api/keys', { name: 'a', scopes: 'logs:read' }, 'scopes', 'must be an array'],
    ['/api/keys', { name: 'a', scopes: [] }, 'scopes', 'must not be empty'],
    [
      '/api/keys',
      { name: 'a', scopes: ['logs:read', 'logs:read'] },
      'scopes',
      'must not have the same entry twice',
    ],
    [
      '/api/keys',
      { name: 'a', expiresAt: 'tomorrow' },
      'expiresAt',
      'must be a time as in RFC 3339, such as 2026-01-31T09:30:00Z',
    ],
  ])('%s %j', async (url, body, field, message) => {
    const problem = expectProblem(await account.call('POST', url, body), 400, 'body_invalid');
    expect(problem.errors).toEqual([{ path: `/${field}`, message }]);
    expect(problem.detail).toBe(`The body is invalid: ${field} ${message}.`);
  });

  test.each([847291, '', '84729', null])(
    'a code that is %j is still told as a malformed code',
    async (token) => {
      const answer = await account.call('POST', '/api/totp/validate', { clientId: 'alice', token });
      expect(expectProblem(answer, 400, 'totp_code_malformed').errors).toEqual([
        {
          path: '/token',
          message: 'must be the digits of the code as a string: 6, or 8 for an authenticator enrolled with 8',
        },
      ]);
    },
  );

  test.each<[string, object, string]>([
    ['/api/totp/confirm', { clientId: 'alice', token: '84729' }, '/token'],
    ['/api/totp/rotate/alice', { proof: { token: '84729' } }, '/proof/token'],
    ['/api/totp/clients/alice/diagnose', { token: 847291 }, '/token'],
    ['/api/totp/clients/alice/authenticators/aut_17/resync', { tokens: ['847291', '84729'] }, '/tokens/1'],
  ])('a malformed code sent to %s has the same code, and its own path', async (url, body, path) => {
    const problem = expectProblem(await account.call('POST', url, body), 400, 'totp_code_malformed');
    expect(problem.errors?.map((error) => error.path)).toEqual([path]);
  });

  test('a code with more digits than the authenticator shows has the path of its field', async () => {
    await account.call('POST', '/api/totp/register', { ...CLIENT, clientId: 'bob', type: 'hotp' });
    const { data } = (await account.call('GET', '/api/totp/clients/bob/authenticators')).json();
    const resync = `/api/totp/clients/bob/authenticators/${data[0].id}/resync`;
    for (const [url, body, path] of [
      ['/api/totp/validate', { clientId: 'bob', token: '84729100' }, '/token'],
      ['/api/totp/rotate/bob', { proof: { token: '84729100' } }, '/proof/token'],
      [resync, { tokens: ['84729100', '847291'] }, '/tokens/0'],
      [resync, { tokens: ['847291', '84729100'] }, '/tokens/1'],
    ] as const) {
      const problem = expectProblem(await account.call('POST', url, body), 400, 'totp_code_malformed');
      expect(problem.errors).toEqual([{ path, message: 'must be exactly 6 digits for this user' }]);
    }
  });

  test('of a query is reported in the same words', async () => {
    const answer = await account.call('GET', '/api/logs?limit=many');
    expect(expectProblem(answer, 400, 'query_invalid').detail).toBe(
      'The query is invalid: limit must be an integer.',
    );
  });
});
