import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainAddress, trustIn } from '../../../src/http/server/caller-address.ts';

describe('an address', () => {
  test('has one spelling, whatever was written', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4().map((ip) => `::ffff:${ip}`),
    );
    fc.assert(
      fc.property(address, fc.nat(65_535), (ip, port) => {
        const plain = plainAddress(ip);
        expect(plain).not.toBeNull();
        expect(plainAddress(plain ?? '')).toBe(plain);
        const withPort = ip.includes(':') ? `[${ip.toUpperCase()}]:${port}` : `${ip}:${port}`;
        expect(plainAddress(withPort)).toBe(plain);
      }),
    );
  });

  test('is none where there is none', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abf:.[]%/ ') }), (text) => {
        const plain = plainAddress(text);
        expect(plain === null || isIP(plain) > 0).toBe(true);
      }),
    );
    for (const text of [undefined, '', 'unknown', '_hidden', '1.2.3.4:', '[]:1', '[::1]x', '1.2.3.4.5:6'])
      expect(plainAddress(text), text).toBeNull();
  });

  test.each([
    ['10.1.2.3', true],
    ['10.1.2.3:5678', true],
    ['::ffff:10.1.2.3', true],
    ['[fd12::1]:443', true],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['11.0.0.1', false],
    ['2001:db8::1', false],
    ['unknown', false],
  ])('%s is trusted: %s', (address, trusted) => {
    expect(trustIn(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])(address)).toBe(trusted);
  });

  test('of one family is in no network of the other', () => {
    expect(trustIn(['::/1'])('10.1.2.3')).toBe(false);
    expect(trustIn(['0.0.0.0/1'])('::1')).toBe(false);
  });
});
