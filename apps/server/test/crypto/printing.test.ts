import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { createApiKey, parseApiKey } from '../../src/crypto/api-key.ts';
import { createAuthenticatorKeys } from '../../src/crypto/authenticator-keys.ts';
import { createTokenIssuer } from '../../src/crypto/bearer-token.ts';
import { Keyring } from '../../src/crypto/keyring.ts';
import { parseMasterKey } from '../../src/crypto/master-key.ts';
import { readOrCreateMasterKeyFile } from '../../src/crypto/master-key-file.ts';
import { verifyPassword } from '../../src/crypto/password.ts';
import { createSecretBox } from '../../src/crypto/secret-box.ts';
import { createServerKeys, openServerKeys } from '../../src/crypto/server-keys.ts';
import { Secret } from '../../src/domain/secret.ts';
import { bytesFrom, masterKey, masterKeyText, seeded, temporaryDirectory, thrownBy } from './fixtures.ts';

/** Everything that a logger, a template or a curious developer may turn `value` into. */
function printed(value: unknown): string {
  const error = value instanceof Error ? [value.message, value.stack, printed(value.cause)] : [];
  const forms = [
    inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null }),
    String(value),
    `${JSON.stringify(value)}`,
  ];
  return [...forms, ...error].join('\n');
}

/** The ways to write `secret` down that `text` is searched for; 12 bytes or characters in a row are a leak. */
function leaks(text: string, secret: Uint8Array | string): boolean {
  const bytes = Buffer.from(secret as string);
  const hex = bytes.toString('hex');
  const forms = [
    typeof secret === 'string' ? secret.slice(0, 12) : bytes.toString('latin1').slice(0, 12),
    hex.slice(0, 24),
    (hex.match(/../g) ?? []).slice(0, 12).join(' '),
    bytes.toString('base64').slice(0, 16),
    bytes.toString('base64url').slice(0, 16),
    [...bytes.subarray(0, 12)].join(','),
    [...bytes.subarray(0, 12)].join(', '),
  ];
  const oneLine = text.replace(/\s+/g, ' ');
  return forms.some((form) => oneLine.includes(form));
}

const masterBytes = bytesFrom('m', 32);
const keyring = new Keyring(masterKey('m'), [masterKey('older')], seeded('keyring'));
const box = createSecretBox(keyring, seeded('box'));
const dataKey = { accountPublicId: 'acc_one', ...box.createDataKey('acc_one') };
const place = {
  accountId: 7,
  clientId: 'user-1',
  authenticatorId: 42,
  secretVersion: 3,
  parameters: DEFAULT_PARAMETERS,
};
const secret = bytesFrom('shared secret', 20);
const sealed = box.seal(dataKey, place, secret);

describe('nothing that can be printed holds a secret', () => {
  it('and this test would see it if it did', () => {
    for (const leak of [{ masterBytes }, { a: [Buffer.from(masterBytes)] }, new Error(masterKeyText('m'))]) {
      expect(leaks(printed(leak), masterBytes)).toBe(true);
    }
    expect(leaks(printed({ masterBytes: [...masterBytes] }), masterBytes)).toBe(true);
    expect(leaks(printed(new Error('x', { cause: 'kan_aaaaaaaaaaaaaaaa' })), 'kan_aaaaaaaaaaaaaaaa_b')).toBe(
      true,
    );
  });

  it('master keys, keyrings and server keys', () => {
    const file = readOrCreateMasterKeyFile(join(temporaryDirectory(), 'master.key'), () =>
      bytesFrom('m', 32),
    );
    const wrapped = createServerKeys(keyring, () => bytesFrom('server key', 32));
    for (const value of [masterKey('m'), file, keyring])
      expect(leaks(printed(value), masterBytes)).toBe(false);
    for (const value of [wrapped, openServerKeys(keyring, wrapped)]) {
      expect(leaks(printed(value), bytesFrom('server key', 32))).toBe(false);
    }
  });

  it('boxes, opened authenticators, and what remembers them', () => {
    const keys = createAuthenticatorKeys(box, 10);
    const opened = keys.open({
      ...place,
      dataKey,
      sealed,
      parameters: { algorithm: 'SHA1', digits: 6, period: 30 },
    });
    for (const value of [box, dataKey, sealed, keys, opened]) {
      expect(leaks(printed(value), secret)).toBe(false);
      expect(leaks(printed(value), masterBytes)).toBe(false);
    }
  });

  it('API keys, created and parsed', () => {
    const created = createApiKey(seeded('api key'), createSecretKey(masterBytes));
    const text = created.text.reveal();
    const secretPart = text.slice('kan_'.length + created.id.length + 1);
    expect(leaks(printed(created), secretPart)).toBe(false);
    expect(leaks(printed(parseApiKey(text)), secretPart)).toBe(false);
  });

  it('a token issuer, and the refusal of a token', async () => {
    const issuer = createTokenIssuer({
      kid: 'kid-1',
      key: createSecretKey(masterBytes),
      ttlSeconds: 60,
      issuer: 'kanda',
      audience: 'kanda',
    });
    expect(leaks(printed(issuer), masterBytes)).toBe(false);
    const { token } = await issuer.issue(
      { accountPublicId: 'acc_one', holder: { sessionId: 'ses_one' }, scopes: [] },
      0,
    );
    const signature = token.slice(token.lastIndexOf('.') + 1);
    for (const refused of [token, `${token} `]) {
      const error = await issuer.verify(refused, 3_600_000).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(Error);
      expect(leaks(printed(error), signature)).toBe(false);
      expect(leaks(printed(error), token)).toBe(false);
    }
  });

  it('errors about master keys, sealed secrets and stored hashes', async () => {
    const damaged = masterKeyText('m').replace(/.$/, '!');
    const stranger = new Keyring(masterKey('stranger'), [], seeded('stranger'));
    const hash = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$damaged-but-still-a-hash';
    const errors = [
      thrownBy(() => parseMasterKey(new Secret(damaged), 'KANDA_MASTER_KEY')),
      thrownBy(() => stranger.unwrap('data key of acc_one', dataKey)),
      thrownBy(() => box.open(dataKey, { ...place, accountId: 8 }, sealed)),
      thrownBy(() => createSecretBox(stranger, seeded('s')).open(dataKey, place, sealed)),
      await verifyPassword(hash, new Secret('a long password'), '192.0.2.1').catch((error: unknown) => error),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(leaks(printed(error), masterBytes)).toBe(false);
      expect(leaks(printed(error), bytesFrom('stranger', 32))).toBe(false);
      expect(leaks(printed(error), secret)).toBe(false);
      expect(leaks(printed(error), 'a long password')).toBe(false);
      expect(leaks(printed(error), 'damaged-but-still-a-hash')).toBe(false);
    }
  });
});
