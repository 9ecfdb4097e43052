import { describe, expect, it } from 'vitest';
import { Keyring } from '../../src/crypto/keyring.ts';
import { MasterKeyError } from '../../src/crypto/master-key.ts';
import {
  createServerKeys,
  missingServerKeys,
  openServerKeys,
  rewrapServerKey,
} from '../../src/crypto/server-keys.ts';
import { masterKey, seeded } from './fixtures.ts';

const keyring = new Keyring(masterKey('m'), [], seeded('keyring'));
const wrapped = createServerKeys(keyring, seeded('server keys'));

describe('server keys', () => {
  it('are one each for signing tokens, for the MACs of API keys, for signing logs and for signing receipts', () => {
    expect(wrapped.map((key) => key.name)).toEqual([
      'token-signing',
      'api-key-mac',
      'log-signing',
      'receipt-signing',
    ]);
    const { tokenSigning, apiKeyMac } = openServerKeys(keyring, wrapped);
    expect(tokenSigning.key.symmetricKeySize).toBe(32);
    expect(apiKeyMac.symmetricKeySize).toBe(32);
    expect(tokenSigning.key.equals(apiKeyMac)).toBe(false);
  });

  it('open to the same keys and the same kid at every start, in whatever order the store gives them', () => {
    const one = openServerKeys(keyring, wrapped);
    const two = openServerKeys(new Keyring(masterKey('m'), [], seeded('restart')), wrapped.toReversed());
    expect(two.tokenSigning.kid).toBe(one.tokenSigning.kid);
    expect(two.tokenSigning.key.equals(one.tokenSigning.key)).toBe(true);
    expect(two.apiKeyMac.equals(one.apiKeyMac)).toBe(true);
  });

  it('of two installations differ, and so do their kids', () => {
    const other = openServerKeys(keyring, createServerKeys(keyring, seeded('another installation')));
    expect(other.tokenSigning.kid).not.toBe(openServerKeys(keyring, wrapped).tokenSigning.kid);
  });

  it('of a store that was made before logs or receipts were signed are completed with a key for that, and with nothing else', () => {
    const older = wrapped.slice(0, 2);
    const missing = missingServerKeys(keyring, older, seeded('later'));
    expect(missing.map((key) => key.name)).toEqual(['log-signing', 'receipt-signing']);
    const turned = [
      ...wrapped.slice(0, 3),
      { ...(wrapped[3] as (typeof wrapped)[number]), name: 'receipt-signing 7' },
    ];
    expect(() => missingServerKeys(keyring, turned, seeded('later'))).toThrow(MasterKeyError);
    expect(missingServerKeys(keyring, wrapped.slice(0, 3), seeded('later'))).toMatchObject([
      { name: 'receipt-signing', signsFrom: 0 },
    ]);
    expect(openServerKeys(keyring, [...older, ...missing]).tokenSigning.kid).toBe(
      openServerKeys(keyring, wrapped).tokenSigning.kid,
    );
    expect(missingServerKeys(keyring, wrapped, seeded('later'))).toEqual([]);
    expect(() => missingServerKeys(keyring, wrapped.slice(0, 1), seeded('later'))).toThrow(/"api-key-mac"/);
    const stranger = new Keyring(masterKey('stranger'), [], seeded('stranger'));
    expect(() => missingServerKeys(stranger, older, seeded('later'))).toThrow(MasterKeyError);
  });

  it('do not open with the wrong master key', () => {
    const stranger = new Keyring(masterKey('stranger'), [], seeded('stranger'));
    expect(() => openServerKeys(stranger, wrapped)).toThrow(MasterKeyError);
  });

  it('do not open in each other’s place', () => {
    const swapped = wrapped.map((key, index) => ({ ...key, name: wrapped[1 - index]?.name ?? '' }));
    expect(() => openServerKeys(keyring, swapped)).toThrow(MasterKeyError);
  });

  it('that the store lost are named', () => {
    expect(() => openServerKeys(keyring, wrapped.slice(0, 1))).toThrow(/no server key "api-key-mac"/);
  });

  it('are the same keys after they were wrapped under a new master key', () => {
    const next = masterKey('next');
    const both = new Keyring(next, [masterKey('m')], seeded('both'));
    const rewrapped = wrapped.map((key) => rewrapServerKey(both, key));
    expect(rewrapped.map(({ name, masterKeyId }) => [name, masterKeyId])).toEqual(
      wrapped.map(({ name }) => [name, next.id]),
    );
    const one = openServerKeys(keyring, wrapped);
    const two = openServerKeys(new Keyring(next, [], seeded('next')), rewrapped);
    expect(two.tokenSigning.kid).toBe(one.tokenSigning.kid);
    expect(two.apiKeyMac.equals(one.apiKeyMac)).toBe(true);
    expect(() => openServerKeys(keyring, rewrapped)).toThrow(MasterKeyError);
  });
});
