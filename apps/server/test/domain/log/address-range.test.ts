import { expect, test } from 'vitest';
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
