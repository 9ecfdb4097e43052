import { describe, expect, it, test } from 'vitest';
import { readAddressRange } from '../../../src/domain/log/address-range.ts';

test.each([
  ['fe80::1', 'fe80::1%eth0', true],
  ['fe80::1%eth0', 'fe80::1%eth0', true],
  ['fe80::1%eth0', 'fe80::1%eth1', true],
  ['fe80::/10', 'fe80::7%en0', true],
  ['fe80::%eth0/10', 'fe80::7', true],
  ['fe80::1', 'fe80::2%eth0', false],
  ['2001:db8::/32', 'fe80::1%eth0', false],
])('%s and the address %s: a zone says nothing', (range, address, within) => {
  expect(readAddressRange(range)?.contains(address)).toBe(within);
  if (within) expect(address.startsWith(readAddressRange(range)?.beginning ?? 'none')).toBe(true);
});

test.each(['fe80::1%', 'fe80::1%eth 0', '192.0.2.7%eth0', '%eth0'])('%s is no address', (text) => {
  expect(readAddressRange(text)).toBeNull();
});

describe('an address or network', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.70', false],
    ['192.0.2.0/25', '192.0.2.127', true],
    ['192.0.2.0/25', '192.0.2.128', false],
    ['10.0.0.0/8', '10.255.0.1', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:DB8::1', '2001:db8::1', true],
    ['::/0', '::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
  ])('%s: %s is within: %s', (range, address, within) => {
    const read = readAddressRange(range);
    expect(read?.contains(address)).toBe(within);
    if (within) expect(address.startsWith(read?.beginning ?? 'none')).toBe(true);
  });

  it.each([
    '',
    'home',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4/33',
    '::/129',
    '1::2::3',
    '1:2',
    ':::',
    '1.2.3.4/',
    '12345::',
  ])('%j is neither', (text) => {
    expect(readAddressRange(text)).toBeNull();
  });
});
