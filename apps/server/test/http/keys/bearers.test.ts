/** Who may call: bearers that are good, forged, revoked, expired, and what each scope opens (security.md, cases 11 and 13). */
import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dirname, join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MASTER_KEY_FILE } from '../../../src/compose/master-keys.ts';
import { Keyring } from '../../../src/crypto/keyring.ts';
import { readMasterKeyFile } from '../../../src/crypto/master-key-file.ts';
import { openServerKeys } from '../../../src/crypto/server-keys.ts';
import { SCOPES } from '../../../src/domain/keys/scopes.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { OwnFactor } from '../accounts/own-factor.ts';
import { CALLS } from '../support/contract-calls.ts';
import { openApi } from '../support/documented.ts';
import {
  type Answer,
  type Call,
  expectProblem,
  HOUR,
  PASSWORD,
  SECOND,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp({ config: { secretExport: 'on' } });
});
beforeEach(async () => {
  kanda.setClock(START);
  account = await kanda.signUp();
});
afterAll(() => kanda.close());

const me = (call: Call) => call('GET', '/api/auth/me');
const trade = async (apiKey: string) => {
  const answer = await kanda.call(
    'POST',
    '/api/auth/token',
    { apiKey },
    { remoteAddress: kanda.freshAddress() },
  );
  return account.as(answer.json().token);
};

/** 401 with the challenge that RFC 6750 §3 asks for. */
function expectRefused(answer: Answer, code: string): void {
  const problem = expectProblem(answer, 401, code);
  const challenge =
    code === 'credentials_missing' ? 'Bearer realm="kanda"' : 'Bearer realm="kanda", error="invalid_token"';
  expect(answer.headers['www-authenticate']).toBe(challenge);
  expect(problem.detail).not.toMatch(/kan_[a-z2-7]{16}|eyJ/);
}

describe('the Authorization header', () => {
  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic eW91OnBhc3M=', 'Token abcdefgh', 'Bearerabcdefgh'])(
    '%j presents no bearer',
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization };
      expectRefused(await kanda.call('GET', '/api/auth/me', undefined, { headers }), 'credentials_missing');
    },
  );

  test('takes the scheme in any case, with a token or with an API key', async () => {
    const { apiKey } = await account.createKey();
    for (const bearer of [account.token, apiKey]) {
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        const headers = { authorization: `${scheme} ${bearer}` };
        expect((await kanda.call('GET', '/api/auth/me', undefined, { headers })).statusCode).toBe(200);
      }
    }
  });
});

describe('a forged token', () => {
  let key: KeyObject;
  let kid: string;
  let claims: Record<string, unknown>;

  beforeEach(async () => {
    const [masterKey] = readMasterKeyFile(join(dirname(kanda.databaseFile), MASTER_KEY_FILE));
    const keyring = new Keyring(masterKey, [], () => new Uint8Array(12));
    ({ key, kid } = openServerKeys(keyring, await kanda.installation.store.serverKeys([])).tokenSigning);
    claims = JSON.parse(Buffer.from(account.token.split('.')[1] ?? '', 'base64url').toString());
  });

  const sign = (change: object, header: object = {}, signedWith: KeyObject | Uint8Array = key) =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid, ...header })
      .sign(signedWith);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  async function expectForgery(token: string, code = 'token_invalid'): Promise<void> {
    expectRefused(await me(account.as(token)), code);
  }

  test('is what the others differ from: signed alike with the same key, it would be taken', async () => {
    expect((await me(account.as(await sign({})))).statusCode).toBe(200);
  });

  test.each(['none', 'None', 'NONE', 'nOnE'])('with alg %s and no signature is refused', async (alg) => {
    for (const signature of ['', 'AA']) {
      await expectForgery(`${encode({ alg, typ: 'JWT', kid })}.${encode(claims)}.${signature}`);
    }
  });

  test('with RS256, and with the public key as the HMAC secret, is refused', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await expectForgery(await sign({}, { alg: 'RS256' }, pair.privateKey));
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
    await expectForgery(await sign({}, {}, createSecretKey(Buffer.from(pem))));
  });

  test.each(['HS384', 'HS512'])('with %s, signed with the right key, is refused', async (alg) => {
    const text = `${encode({ alg, typ: 'JWT', kid })}.${encode(claims)}`;
    const signature = createHmac(`sha${alg.slice(2)}`, key)
      .update(text)
      .digest('base64url');
    await expectForgery(`${text}.${signature}`);
  });

  test('signed with another key is refused', async () => {
    await expectForgery(await sign({}, {}, createSecretKey(Buffer.alloc(32))));
  });

  test.each([
    { crit: ['b64'], b64: true },
    { crit: ['exp'], exp: 1 },
    { kid: 'another' },
    { kid: undefined },
    { kid: '../../dev/null' },
    { typ: 'at+jwt' },
    { typ: 'jwt' },
    { typ: undefined },
    { jwk: { kty: 'oct', k: 'AA' } },
    { jku: 'https://example.com/keys' },
    { x5u: 'https://example.com/keys' },
    { cty: 'JWT' },
  ])('with the header %j, rightly signed, is refused', async (header) => {
    const { alg, typ, kid: ours, ...rest } = { alg: 'HS256', typ: 'JWT', kid, ...header };
    const protectedHeader = { alg, ...(typ && { typ }), ...(ours && { kid: ours }), ...rest };
    const text = `${encode(protectedHeader)}.${encode(claims)}`;
    await expectForgery(`${text}.${createHmac('sha256', key).update(text).digest('base64url')}`);
  });

  test.each([
    { aud: 'another' },
    { aud: ['kanda', 'another'] },
    { aud: undefined },
    { iss: 'another' },
    { iss: undefined },
    { sub: undefined },
    { sub: 'acc_000000000000000000000000000000' },
    { exp: undefined },
    { iat: undefined },
    { exp: '9999999999' },
    { sid: 'ses_000000000000000000000000000000' },
    { sid: undefined },
    { sid: 1 },
    { sid: null },
    // A log-in's token that would be a key's too, whichever way it is read.
    { key: 'aaaaaaaaaaaaaaaa' },
    { cv: 1 },
    { sid: undefined, key: 'aaaaaaaaaaaaaaaa', cv: 1 },
    { nbf: START / SECOND + 60 },
  ])('with the claims %j, rightly signed, is refused', async (change) => {
    await expectForgery(await sign(change));
  });

  test('that has expired is refused as expired', async () => {
    await expectForgery(await sign({ exp: START / SECOND }), 'token_expired');
  });

  test.each([
    (token: string) => ` ${token}`,
    (token: string) => `\t${token}`,
    (token: string) => `${token}.`,
    (token: string) => `${token}=`,
    (token: string) => token.replace('.', '..'),
    (token: string) => token.replace('.', ' .'),
    (token: string) => `${token.split('.').slice(0, 2).join('.')}.`,
    (token: string) => token.split('.').slice(0, 2).join('.'),
    (token: string) => `${token}.${token}`,
    (token: string) => JSON.stringify({ token }),
    (token: string) => `${token}, ${token}`,
    (token: string) => 'A'.repeat(5_000) + token,
  ])('written otherwise (%s) is refused', async (rewrite) => {
    await expectForgery(rewrite(account.token));
  });

  test('tampered with in any of its three parts is refused', async () => {
    const parts = account.token.split('.');
    for (const [index, part] of parts.entries()) {
      // The first character: the last one of a part may hold bits that mean nothing.
      const tampered = (part[0] === 'A' ? 'B' : 'A') + part.slice(1);
      await expectForgery(parts.with(index, tampered).join('.'));
    }
    const mightier = encode({ ...claims, scope: 'totp:write keys:write', sub: 'acc_0' });
    await expectForgery([parts[0], mightier, parts[2]].join('.'));
  });
});

describe('a token', () => {
  test('lives for its hour and not a millisecond longer', async () => {
    kanda.setClock(START + HOUR - 1);
    expect((await me(account.call)).statusCode).toBe(200);
    kanda.setClock(START + HOUR);
    expectRefused(await me(account.call), 'token_expired');
  });

  test('that was made by a clock that ran ahead ends with its being put right, used meanwhile or not', async () => {
    const { apiKey } = await account.createKey();
    const apart = 300 * SECOND;
    kanda.setClock(START + 24 * 365 * HOUR);
    const { email } = account;
    const logIn = () =>
      kanda.call(
        'POST',
        '/api/auth/login',
        { email, password: PASSWORD },
        { remoteAddress: kanda.freshAddress() },
      );
    const unused = [account.as((await logIn()).json().token), await trade(apiKey)];
    const used = [account.as((await logIn()).json().token), await trade(apiKey)];
    for (const call of used) expect((await me(call)).statusCode).toBe(200);
    kanda.setClock(START);
    for (const call of [...used, ...unused]) expectRefused(await me(call), 'token_expired');
    // Two nodes' clocks may be a little apart.
    kanda.setClock(START + apart);
    const ahead = [account.as((await logIn()).json().token), await trade(apiKey)];
    kanda.setClock(START);
    for (const call of ahead) expect((await me(call)).statusCode).toBe(200);
    kanda.setClock(START - SECOND);
    for (const call of ahead) expectRefused(await me(call), 'token_expired');
  });

  test('of a log-in or of a key ends within two seconds of a changed password; a key itself does not', async () => {
    const key = await account.createKey();
    const traded = await trade(key.apiKey);
    for (const call of [account.call, traded, key.call]) expect((await me(call)).statusCode).toBe(200);
    await kanda.installation.accounts.resetPassword(
      { email: account.email, password: new Secret('another sentence for the lock') },
      { at: kanda.now(), origin: { actor: 'cli', ip: null, userAgent: null, requestId: null } },
    );
    kanda.advance(2 * SECOND);
    expectRefused(await me(account.call), 'token_invalid');
    expectRefused(await me(traded), 'token_invalid');
    expect((await me(key.call)).statusCode).toBe(200);
  });
});

describe('an API key', () => {
  test('that is revoked stops at once, and so do its tokens; other keys go on', async () => {
    const key = await account.createKey();
    const other = await account.createKey();
    const traded = await trade(key.apiKey);
    for (const call of [key.call, traded, other.call]) expect((await me(call)).statusCode).toBe(200);

    await account.call('DELETE', `/api/keys/${key.id}`);
    expectRefused(await me(key.call), 'key_invalid');
    expectRefused(await me(traded), 'token_invalid');
    expect((await me(other.call)).statusCode).toBe(200);
    expectProblem(
      await kanda.call('POST', '/api/auth/token', { apiKey: key.apiKey }, { remoteAddress: '10.9.9.9' }),
      401,
      'key_invalid',
    );
  });

  test('that is revoked while a call with it is being looked up is not remembered by that call', async () => {
    const key = await account.createKey();
    const { store } = kanda.installation;
    const lookUp = store.findApiKey.bind(store);
    const found = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    vi.spyOn(store, 'findApiKey').mockImplementationOnce(async (id) => {
      const credential = await lookUp(id);
      found.resolve();
      await goOn.promise;
      return credential;
    });
    const early = me(key.call);
    await found.promise;
    await account.call('DELETE', `/api/keys/${key.id}`);
    goOn.resolve();
    // The key stood when this call asked for it; every later one asks anew.
    expect((await early).statusCode).toBe(200);
    expectRefused(await me(key.call), 'key_invalid');
  });

  test('that is revoked by another process stops within two seconds, with its tokens', async () => {
    const key = await account.createKey();
    const traded = await trade(key.apiKey);
    for (const call of [key.call, traded]) expect((await me(call)).statusCode).toBe(200);
    const found = await kanda.installation.store.findApiKey(key.id);
    const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
    await kanda.installation.store.revokeApiKey(found?.accountId ?? 0, key.id, { at: kanda.now(), origin });
    kanda.advance(2 * SECOND);
    expectRefused(await me(key.call), 'key_invalid');
    expectRefused(await me(traded), 'token_invalid');
  });

  test('stops when it expires, and so do its tokens, however long they have', async () => {
    const expiresAt = new Date(START + 10 * SECOND).toISOString();
    const key = await account.createKey({ expiresAt });
    const traded = await trade(key.apiKey);
    kanda.setClock(START + 10 * SECOND - 1);
    for (const call of [key.call, traded]) expect((await me(call)).statusCode).toBe(200);
    kanda.setClock(START + 12 * SECOND);
    expectRefused(await me(key.call), 'key_invalid');
    expectRefused(await me(traded), 'token_invalid');
  });

  test('as the bearer itself stops to the millisecond when it expires', async () => {
    const key = await account.createKey({ expiresAt: new Date(START + 500).toISOString() });
    kanda.setClock(START + 499);
    expect((await me(key.call)).statusCode).toBe(200);
    kanda.setClock(START + 500);
    expectRefused(await me(key.call), 'key_invalid');
  });

  test('with one character changed is refused', async () => {
    const { apiKey } = await account.createKey();
    for (const place of [0, 4, 10, 20, 21, 30, apiKey.length - 1]) {
      const changed = apiKey.slice(0, place) + (apiKey[place] === 'a' ? 'b' : 'a') + apiKey.slice(place + 1);
      expect((await me(account.as(changed))).statusCode, String(place)).toBe(401);
    }
    for (const changed of [apiKey.toUpperCase(), `${apiKey}a`, ` ${apiKey}`, apiKey.slice(0, -1)]) {
      expect((await me(account.as(changed))).statusCode).toBe(401);
    }
  });

  test('of another installation is refused', async () => {
    const other = await startApp();
    try {
      const { apiKey } = await (await other.signUp()).createKey();
      expectRefused(await me(account.as(apiKey)), 'key_invalid');
    } finally {
      await other.close();
    }
  });
});

const guarded = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { security }]) => {
    // Each of several scopes is enough.
    const scopes = (security ?? []).flatMap(({ bearer = [] }) => bearer);
    const [scope] = scopes;
    const name = `${method.toUpperCase()} ${path}`;
    return scope === undefined ? [] : [{ name, method, path, scope, scopes }];
  }),
);

describe.each(guarded)('$name', ({ method, path, scopes: any }) => {
  const known = path
    .replace('{id}', 'aaaaaaaaaaaaaaaa')
    .replace('{clientId}', 'unknown')
    .replace('{authenticatorId}', 'aut_1');
  // A stream would never end; with a parameter that it does not know it is refused, once the bearer was looked at.
  const url = known.endsWith('/stream') ? `${known}?unknown=1` : known;
  const send = (call: Call) => call(method.toUpperCase() as 'GET', url);
  const mode = path.startsWith('/api/test/') ? 'test' : 'live';

  test(`is closed to a key with every scope but ${any.join(' and ')}, and to its tokens`, async () => {
    const scopes = SCOPES.filter((one) => !any.includes(one));
    ({ account } = await OwnFactor.longOn(kanda));
    const { apiKey, call } = await account.createKey({ scopes, mode });
    expectProblem(await send(call), 403, 'scope_missing');
    expectProblem(await send(await trade(apiKey)), 403, 'scope_missing');
  });

  test.each(any)('is open to a key with %s alone, and to its tokens', async (scope) => {
    ({ account } = await OwnFactor.longOn(kanda));
    const { apiKey, call } = await account.createKey({ scopes: [scope], mode });
    for (const one of [call, await trade(apiKey)])
      expect([401, 403]).not.toContain((await send(one)).statusCode);
  });
});

test('the scopes of the routes are those of the contract', () => {
  const scoped = Object.entries(CALLS).filter(([, scope]) => scope !== null);
  expect(Object.fromEntries(guarded.map(({ name, scope }) => [name, scope]))).toEqual(
    Object.fromEntries(scoped),
  );
});
