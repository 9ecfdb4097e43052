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
