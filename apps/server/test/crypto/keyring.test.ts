import { describe, expect, it } from 'vitest';
import { Keyring } from '../../src/crypto/keyring.ts';
import { MasterKeyError } from '../../src/crypto/master-key.ts';
import { bytesFrom, masterKey, seeded, thrownBy } from './fixtures.ts';

const secret = bytesFrom('secret', 32);
const old = masterKey('old');
const current = masterKey('current');
const oldRing = new Keyring(old, [], seeded('old ring'));
const ring = new Keyring(current, [old], seeded('ring'));

describe('a keyring', () => {
  it('unwraps what it wrapped, and names the key that it used', () => {
    const wrapped = ring.wrap('purpose', secret);
    expect(wrapped.masterKeyId).toBe(current.id);
    expect(ring.currentId).toBe(current.id);
    expect(new Uint8Array(ring.unwrap('purpose', wrapped))).toEqual(secret);
  });

  it('unwraps what an older key wrapped, and wraps with the current one', () => {
    const wrapped = oldRing.wrap('purpose', secret);
    expect(wrapped.masterKeyId).toBe(old.id);
    expect(new Uint8Array(ring.unwrap('purpose', wrapped))).toEqual(secret);
  });

  it('never wraps twice alike', () => {
    expect(ring.wrap('purpose', secret).wrapped).not.toEqual(ring.wrap('purpose', secret).wrapped);
  });

  it('does not unwrap for another purpose, or under the name of another of its keys', () => {
    const wrapped = ring.wrap('purpose', secret);
    expect(() => ring.unwrap('other purpose', wrapped)).toThrow(MasterKeyError);
    expect(() => ring.unwrap('purpose', { ...wrapped, masterKeyId: old.id })).toThrow(MasterKeyError);
    expect(() => ring.unwrap('purpose', { ...wrapped, wrapped: wrapped.wrapped.slice(1) })).toThrow(
      MasterKeyError,
    );
  });

  it('binds a wrapped key to the id of the key that wrapped it', () => {
    const renamed = { ...current, id: 'another id of the same key' };
    const wrapped = ring.wrap('purpose', secret);
    const renamedRing = new Keyring(renamed, [], seeded('renamed'));
    expect(() => renamedRing.unwrap('purpose', { ...wrapped, masterKeyId: renamed.id })).toThrow(
      MasterKeyError,
    );
  });

  it('says that the master key is the wrong one, which one is needed, and what to do', () => {
    const error = thrownBy(() => oldRing.unwrap('purpose', ring.wrap('purpose', secret)));
    expect(error).toBeInstanceOf(MasterKeyError);
    const { message } = error as MasterKeyError;
    for (const part of [
      'wrong master key for this store',
      current.id,
      old.id,
      'master.key',
      'KANDA_MASTER_KEY',
    ]) {
      expect(message).toContain(part);
    }
  });

  it('says so too when the store claims the right key but was not encrypted under it', () => {
    const wrapped = { ...ring.wrap('purpose', secret), masterKeyId: old.id };
    const { message } = thrownBy(() => oldRing.unwrap('purpose', wrapped)) as MasterKeyError;
    for (const part of [
      'wrong master key for this store',
      'altered',
      old.id,
      'master.key',
      'KANDA_MASTER_KEY',
    ]) {
      expect(message).toContain(part);
    }
  });
});

describe('a keyring that can look again', () => {
  it('learns of a key that was made since, when something needs it, and does not look while nothing does', () => {
    let looks = 0;
    const learning = new Keyring(old, [], seeded('learning'), () => {
      looks++;
      return [current, old];
    });
    expect(new Uint8Array(learning.unwrap('purpose', oldRing.wrap('purpose', secret)))).toEqual(secret);
    expect(looks).toBe(0);
    expect(new Uint8Array(learning.unwrap('purpose', ring.wrap('purpose', secret)))).toEqual(secret);
    expect(learning.wrap('purpose', secret, current.id).masterKeyId).toBe(current.id);
    learning.assertHas([old.id, current.id]);
    expect(looks).toBe(1);
  });

  it('goes on wrapping with the key that it began with, unless another is named', () => {
    const learning = new Keyring(old, [], seeded('learning'), () => [current, old]);
    learning.unwrap('purpose', ring.wrap('purpose', secret));
    expect(learning.wrap('purpose', secret).masterKeyId).toBe(old.id);
  });

  it('keeps the keys that it had when they are taken away', () => {
    const learning = new Keyring(old, [], seeded('learning'), () => [current]);
    learning.unwrap('purpose', ring.wrap('purpose', secret));
    expect(new Uint8Array(learning.unwrap('purpose', oldRing.wrap('purpose', secret)))).toEqual(secret);
  });

  it('says which key is missing when a look finds nothing new', () => {
    const learning = new Keyring(old, [], seeded('learning'), () => null);
    expect(() => learning.unwrap('purpose', ring.wrap('purpose', secret))).toThrow(current.id);
    expect(() => learning.wrap('purpose', secret, current.id)).toThrow(MasterKeyError);
    expect(() => learning.assertHas([old.id, current.id])).toThrow(
      `Master key ${current.id} is missing: a part of this store`,
    );
    expect(() => learning.assertHas([current.id])).toThrow('the wrong master key for this store');
    learning.assertHas([]);
  });
});
