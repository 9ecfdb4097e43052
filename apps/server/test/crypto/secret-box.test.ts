import type { TotpParameters } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../../src/crypto/keyring.ts';
import { MasterKeyError } from '../../src/crypto/master-key.ts';
import { createSecretBox, rewrapDataKey } from '../../src/crypto/secret-box.ts';
import type { SealedPlace, SecretBox } from '../../src/domain/clients/secret-box.ts';
import { Fault } from '../../src/domain/errors.ts';
import type { AccountDataKey } from '../../src/domain/master-keys/wrapped-keys.ts';
import { bytesFrom, masterKey, seeded, thrownBy } from './fixtures.ts';

const secret = bytesFrom('shared secret', 20);
const parameters: TotpParameters = { algorithm: 'SHA256', digits: 8, period: 30 };
const place: SealedPlace = {
  accountId: 7,
  clientId: 'user-1',
  authenticatorId: 42,
  secretVersion: 3,
  parameters,
};
const current = masterKey('current');
const keyring = new Keyring(current, [], seeded('keyring'));
const box = createSecretBox(keyring, seeded('box'));
const dataKey = dataKeyFor(box, 'acc_one');
const sealed = box.seal(dataKey, place, secret);

function dataKeyFor(from: SecretBox, accountPublicId: string): AccountDataKey {
  return { accountPublicId, ...from.createDataKey(accountPublicId) };
}

function faultOf(run: () => unknown): Fault {
  const error = thrownBy(run);
  expect(error).toBeInstanceOf(Fault);
  expect((error as Fault).code).toBe('secret_unreadable');
  return error as Fault;
}

describe('a secret box', () => {
  it('opens what it sealed', () => {
    expect(new Uint8Array(box.open(dataKey, place, sealed))).toEqual(secret);
  });

  it('opens it in another process that has the same master key', () => {
    const other = createSecretBox(new Keyring(current, [], seeded('other keyring')), seeded('other box'));
    expect(new Uint8Array(other.open(dataKey, place, sealed))).toEqual(secret);
  });

  it('seals the same secret differently each time', () => {
    expect(box.seal(dataKey, place, secret)).not.toEqual(sealed);
  });

  it.each<Partial<SealedPlace>>([
    { accountId: 8 },
    { clientId: 'user-2' },
    { authenticatorId: 43 },
    { authenticatorId: 42 + 2 ** 32 },
    { secretVersion: 4 },
    { secretVersion: 2 },
    // Fewer digits or a longer period beside the same secret would be easier to guess.
    { parameters: { ...parameters, algorithm: 'SHA1' } },
    { parameters: { ...parameters, digits: 6 } },
    { parameters: { ...parameters, period: 300 } },
  ])('does not open a secret that was moved to %o', (other) => {
    faultOf(() => box.open(dataKey, { ...place, ...other }, sealed));
  });

  it('does not open a secret that was moved to another account with the same data key', () => {
    const constant = (length: number) => bytesFrom('constant', length);
    const unlucky = createSecretBox(new Keyring(current, [], constant), constant);
    const one = dataKeyFor(unlucky, 'acc_one');
    const two = dataKeyFor(unlucky, 'acc_two');
    const ofOne = unlucky.seal(one, place, secret);
    expect(new Uint8Array(unlucky.open(one, place, ofOne))).toEqual(secret);
    faultOf(() => unlucky.open(two, place, ofOne));
  });

  it('does not open a secret with the data key of another account, nor with that key moved over', () => {
    const other = dataKeyFor(box, 'acc_two');
    faultOf(() => box.open(other, place, sealed));
    const moved = faultOf(() => box.open({ ...dataKey, accountPublicId: 'acc_two' }, place, sealed));
    expect(moved.cause).toBeInstanceOf(MasterKeyError);
  });

  it('does not open a secret of any other format version, or one that was altered or cut', () => {
    for (const format of [0, 1, 3])
      faultOf(() => box.open(dataKey, place, Uint8Array.of(format, ...sealed.subarray(1))));
    faultOf(() => box.open(dataKey, place, sealed.with(20, (sealed[20] ?? 0) ^ 1)));
    faultOf(() => box.open(dataKey, place, sealed.subarray(0, -1)));
    faultOf(() => box.open(dataKey, place, new Uint8Array(0)));
  });

  it('does not go on using a remembered data key once the stored one is another', () => {
    const replaced = dataKeyFor(box, 'acc_one');
    box.open(dataKey, place, sealed);
    faultOf(() => box.open(replaced, place, sealed));
    expect(new Uint8Array(box.open(dataKey, place, sealed))).toEqual(secret);
    faultOf(() => box.open({ ...dataKey, masterKeyId: 'unknown' }, place, sealed));
  });

  it('opens old secrets after their data key was wrapped under a new master key', () => {
    const next = masterKey('next');
    const both = new Keyring(next, [current], seeded('both'));
    const rewrapped = { accountPublicId: 'acc_one', ...rewrapDataKey(both, dataKey) };
    expect(rewrapped.masterKeyId).toBe(next.id);

    const onlyNext = createSecretBox(new Keyring(next, [], seeded('next')), seeded('next box'));
    expect(new Uint8Array(onlyNext.open(rewrapped, place, sealed))).toEqual(secret);
    expect(faultOf(() => onlyNext.open(dataKey, place, sealed)).cause).toBeInstanceOf(MasterKeyError);
  });

  it('wraps a new data key under the master key that is named, and no other', () => {
    const next = masterKey('next');
    const both = createSecretBox(new Keyring(next, [current], seeded('both')), seeded('both box'));
    expect(both.createDataKey('acc_one').masterKeyId).toBe(next.id);
    expect(both.createDataKey('acc_one', current.id).masterKeyId).toBe(current.id);
    expect(() => box.createDataKey('acc_one', next.id)).toThrow(MasterKeyError);
  });

  it('goes on when its keyring learns of the key that a rotation has made meanwhile', () => {
    const next = masterKey('next');
    let file: readonly [typeof next, ...(typeof next)[]] = [current];
    const running = createSecretBox(
      new Keyring(current, [], seeded('running'), () => file),
      seeded('running box'),
    );
    expect(new Uint8Array(running.open(dataKey, place, sealed))).toEqual(secret);
    const rewrapped = {
      accountPublicId: 'acc_one',
      ...rewrapDataKey(new Keyring(next, [current], seeded('both')), dataKey),
    };
    faultOf(() => running.open(rewrapped, place, sealed));
    file = [next, current];
    expect(new Uint8Array(running.open(rewrapped, place, sealed))).toEqual(secret);
  });

  it('refuses to seal under a data key that it cannot unwrap', () => {
    const stranger = createSecretBox(new Keyring(masterKey('stranger'), [], seeded('s')), seeded('s'));
    expect(faultOf(() => stranger.seal(dataKey, place, secret)).cause).toBeInstanceOf(MasterKeyError);
  });

  it('serves more accounts than it remembers', () => {
    const accounts = Array.from({ length: 5000 }, (_, index) => dataKeyFor(box, `acc_${index}`));
    const first = accounts.map((account) => box.seal(account, place, secret));
    accounts.forEach((account, index) => {
      expect(box.open(account, place, first[index] ?? new Uint8Array(0)).length).toBe(secret.length);
    });
  });

  it('tells the operator which secret it was, and the caller only that it was one', () => {
    const fault = faultOf(() => box.open(dataKey, { ...place, secretVersion: 4 }, sealed));
    expect(fault.detail).not.toMatch(/acc_one|42/);
    expect((fault.cause as Error).message).toMatch(/authenticator 42, version 4.*acc_one/);
  });
});
