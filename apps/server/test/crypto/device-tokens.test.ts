import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeviceTokens } from '../../src/crypto/device-tokens.ts';
import { Secret } from '../../src/domain/secret.ts';
import { bytesFrom, seeded } from './fixtures.ts';

const macKey = createSecretKey(bytesFrom('mac key', 32));
const tokens = createDeviceTokens(macKey, seeded('device tokens'));
const ADA = { account: { publicId: 'acc_one' }, clientId: 'ada' };
const SHAPE = /^kdt_[a-z2-7]{16}_[a-z2-7]{71}$/;

const read = (text: string, owner = ADA, by = tokens) => by.read(owner, new Secret(text));

describe('a token of a trusted device', () => {
  it('begins as scanners find it, names its device, and prints as [redacted]', () => {
    const made = Array.from({ length: 50 }, () => tokens.create(ADA));
    for (const { id, token, mac } of made) {
      expect(token.reveal()).toMatch(SHAPE);
      expect(token.reveal().slice(4, 20)).toBe(id);
      expect(`${token} ${JSON.stringify({ token })}`).not.toContain(id);
      expect(read(token.reveal())?.presented).toEqual({ id, mac, uses: 0 });
    }
    expect(new Set(made.map(({ token }) => token.reveal())).size).toBe(50);
  });

  it('is of no other client, also where names are made of others and spaces', () => {
    const names = ['a', 'a b', 'b', 'a  b', `${ADA.account.publicId} a`, 'a acc_one'];
    const owners = names.map((clientId) => ({ account: ADA.account, clientId }));
    for (const owner of owners) {
      const { id, token } = tokens.create(owner);
      const shifted = [...names, `${owner.clientId} ${id}`].map((clientId) => ({ ...owner, clientId }));
      const readers = shifted.filter((other) => read(token.reveal(), other) !== null);
      expect(readers.map(({ clientId }) => clientId)).toEqual([owner.clientId]);
    }
  });

  it('holds the 160 bits that were drawn for the device', () => {
    const drawn: number[] = [];
    createDeviceTokens(macKey, (length) => {
      drawn.push(length);
      return new Uint8Array(length);
    }).create(ADA);
    expect(drawn).toEqual([10, 20]);
  });

  it('is followed by the same one each time, from any node, and each knows which it is', () => {
    const { id, mac, token } = tokens.create(ADA);
    const node = createDeviceTokens(macKey, seeded('another node'));
    const seen = new Set<string>();
    let text = token.reveal();
    for (let uses = 0; uses < 100; uses++) {
      expect(seen).not.toContain(text);
      seen.add(text);
      expect(read(text)?.presented).toEqual({ id, mac, uses });
      const next = read(text)?.next.reveal() ?? '';
      expect(next).toMatch(SHAPE);
      expect(read(text, ADA, node)?.next.reveal()).toBe(next);
      text = next;
    }
  });

  it('is no token when any of its characters is another', () => {
    const text = tokens.create(ADA).token.reveal();
    const digit = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567_0A ');
    fc.assert(
      fc.property(fc.nat(text.length - 1), digit, (place, other) => {
        const changed = text.slice(0, place) + other + text.slice(place + 1);
        fc.pre(changed !== text);
        expect(read(changed)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('with a right checksum and no stamp of this installation is none', () => {
    const others = createDeviceTokens(createSecretKey(bytesFrom('another', 32)), seeded('device tokens'));
    for (let count = 0; count < 20; count++) {
      expect(read(others.create(ADA).token.reveal())).toBeNull();
    }
  });

  it('is one of no other client and no other account', () => {
    const text = tokens.create(ADA).token.reveal();
    for (const owner of [
      { ...ADA, clientId: 'bob' },
      { ...ADA, account: { publicId: 'acc_two' } },
      { account: { publicId: 'acc_one ada' }, clientId: '' },
    ]) {
      expect(read(text, owner)).toBeNull();
    }
    expect(read(text)).not.toBeNull();
  });

  it('is read from no other text, whatever it is', () => {
    const text = tokens.create(ADA).token.reveal();
    for (const other of ['', ' ', 'kdt_', text.toUpperCase(), ` ${text}`, `${text}\n`, text.slice(1)]) {
      expect(read(other)).toBeNull();
    }
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (any) => read(any) === null));
  });
});
