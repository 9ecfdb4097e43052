import { createHotpKey, hotp, type TotpParameters } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { createAuthenticatorKeys } from '../../src/crypto/authenticator-keys.ts';
import { Keyring } from '../../src/crypto/keyring.ts';
import { createSecretBox } from '../../src/crypto/secret-box.ts';
import type { SealedAuthenticator, SealedPlace } from '../../src/domain/clients/secret-box.ts';
import { bytesFrom, masterKey, seeded } from './fixtures.ts';

const box = createSecretBox(new Keyring(masterKey('m'), [], seeded('keyring')), seeded('box'));
const dataKey = { accountPublicId: 'acc_one', ...box.createDataKey('acc_one') };
const parameters: TotpParameters = { algorithm: 'SHA1', digits: 6, period: 30 };
const place: SealedPlace = {
  accountId: 7,
  clientId: 'user-1',
  authenticatorId: 42,
  secretVersion: 3,
  parameters,
};

function authenticator(changes: Partial<SealedAuthenticator> = {}): SealedAuthenticator {
  const at = { ...place, ...changes };
  return { ...at, dataKey, sealed: box.seal(dataKey, at, secretOf(at)), ...changes };
}

function secretOf({ accountId, authenticatorId, secretVersion }: SealedPlace): Uint8Array {
  return bytesFrom(`${accountId} ${authenticatorId} ${secretVersion}`, 20);
}

describe('authenticator keys', () => {
  it.each(['SHA1', 'SHA256', 'SHA512'] as const)(
    'open into a key that computes the codes of the secret (%s)',
    (algorithm) => {
      const opened = createAuthenticatorKeys(box).open(
        authenticator({ parameters: { ...parameters, algorithm } }),
      );
      const expected = createHotpKey(secretOf(place), algorithm);
      expect(opened.parameters).toEqual({ ...parameters, algorithm });
      for (const step of [0, 1, 59_000_000]) expect(hotp(opened.key, step, 6)).toBe(hotp(expected, step, 6));
    },
  );

  it('are remembered for their account, authenticator and secret version, and for no other', () => {
    const keys = createAuthenticatorKeys(box);
    expect(keys.remembered(7, 42, 3)).toBeUndefined();
    const opened = keys.open(authenticator());
    expect(keys.remembered(7, 42, 3)).toBe(opened);
    for (const [account, id, version] of [
      [8, 42, 3],
      [7, 43, 3],
      [7, 42, 2],
      [7, 42, 4],
      [42, 7, 3],
      [7 + 2 ** 32, 42, 3],
      [7, 42 + 2 ** 32, 3],
      [7, 42, 3 + 2 ** 32],
    ] as const) {
      expect(keys.remembered(account, id, version), `${account} ${id} ${version}`).toBeUndefined();
    }
  });

  it('are opened anew for each secret version', () => {
    const keys = createAuthenticatorKeys(box);
    const old = keys.open(authenticator());
    const rotated = keys.open(authenticator({ secretVersion: 4 }));
    expect(keys.remembered(7, 42, 4)).toBe(rotated);
    expect(hotp(rotated.key, 1, 6)).not.toBe(hotp(old.key, 1, 6));
  });

  it('of a ciphertext that was moved are not opened, even when the right one is remembered', () => {
    const keys = createAuthenticatorKeys(box);
    keys.open(authenticator());
    const moved = { ...authenticator({ authenticatorId: 43 }), ...place };
    expect(() => keys.open(moved)).toThrow(expect.objectContaining({ code: 'secret_unreadable' }));
    const elsewhere = { ...authenticator(), clientId: 'user-2', secretVersion: 4 };
    expect(() => keys.open(elsewhere)).toThrow(expect.objectContaining({ code: 'secret_unreadable' }));
    expect(keys.remembered(7, 42, 4)).toBeUndefined();
  });

  it('are no more than the capacity', () => {
    const keys = createAuthenticatorKeys(box, 10);
    for (let id = 0; id < 30; id++) keys.open(authenticator({ authenticatorId: id }));
    const kept = Array.from({ length: 30 }, (_, id) => keys.remembered(7, id, 3)).filter(Boolean);
    expect(kept).toHaveLength(10);
  });
});
