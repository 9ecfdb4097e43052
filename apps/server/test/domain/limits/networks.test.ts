import { describe, expect, test } from 'vitest';
import { registerLimits, tokenLimits } from '../../../src/domain/limits/limits.ts';
import { networksOf, widestNetwork } from '../../../src/domain/limits/networks.ts';

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0000:ffff::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
    ['1:2:3::8', '1:2:3:0::/64'],
    [null, 'unknown'],
  ])('%s counts as %s', (address, counted) => {
    expect(networksOf(address)[0]).toBe(counted);
  });

  test.each([
    ['2001:db8:1:2345:6:7:8:9', ['2001:db8:1:2345::/64', '2001:db8:1:2300::/56', '2001:db8:1::/48']],
    ['2001:db8::abcd:0:0:0:1', ['2001:db8:0:abcd::/64', '2001:db8:0:ab00::/56', '2001:db8:0::/48']],
    ['::1', ['0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48']],
  ])('%s counts for each of %s', (address, networks) => {
    expect(networksOf(address)).toEqual(networks);
    expect(widestNetwork(address)).toBe(networks.at(-1));
  });
});

describe('the addresses of an IPv6 network', () => {
  test('count by their /48 too', () => {
    const rules = (address: string) =>
      tokenLimits(address, 'key').map(({ name, limit }) => `${name} ${limit}`);
    expect(rules('2001:db8:1:2345::1')).toEqual([
      'token:ip:2001:db8:1:2345::/64 10',
      'token:ip:2001:db8:1:2300::/56 30',
      'token:ip:2001:db8:1::/48 90',
      'token:key:key 10',
      'token:all 1000',
    ]);
    expect(rules('192.0.2.7')).toEqual(['token:ip:192.0.2.7 10', 'token:key:key 10', 'token:all 1000']);
  });

  test('have a limit for sign-ups by each prefix, and all callers one', () => {
    const limits = registerLimits('2001:db8:1:2345::1').map(({ limit, windowMs }) => [limit, windowMs]);
    expect(limits).toEqual([20, 40, 80, 500].map((limit) => [limit, 3_600_000]));
  });
});
