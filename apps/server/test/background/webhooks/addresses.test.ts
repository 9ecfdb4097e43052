/**
 * Where webhooks may be sent.
 *
 * Seen to fail: without the list of IPv4, 37 of these; without the look at 2000::/3, 23, with ::1, NAT64 and unique local
 * addresses among them.
 */
import { describe, expect, test } from 'vitest';
import { WebhookAddresses } from '../../../src/background/webhooks/addresses.ts';

const nothing = new WebhookAddresses([]);
const listed = new WebhookAddresses(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/64']);

/** Addresses of which none is a receiver's on the internet. */
const NOT_PUBLIC = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:0:7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b::808:808',
  '64:ff9b:1::a00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd00:1::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
];

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
];

/** The same addresses as people have written them who wanted them to pass for others. */
const ODD_NOTATIONS = [
  'https://2130706433/',
  'https://017700000001/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0x7f.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://0/',
  'https://127.0.0.1./',
  'https://%31%32%37.0.0.1/',
  'https://１２７.0.0.1/',
  'https://127。0。0。1/',
  'https://2852039166/latest/meta-data/',
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::169.254.169.254]/',
  'https://[fe80::1]/',
  'https://[fd12:3456::1]/',
];

function refusal(addresses: WebhookAddresses, url: string): string | null {
  try {
    addresses.accept(url);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('addresses', () => {
  test.each(NOT_PUBLIC)('%s is not public', (address) => {
    expect(nothing.allows(address, true)).toBe(false);
    expect(nothing.allows(address, false)).toBe(false);
  });

  test.each(PUBLIC)('%s is, with TLS', (address) => {
    expect(nothing.allows(address, true)).toBe(true);
    expect(nothing.allows(address, false)).toBe(false);
  });

  test('that the operator listed are allowed, also without TLS, and their neighbours are not', () => {
    for (const address of ['10.1.2.3', '127.0.0.1', 'fd00:1::7', '::ffff:10.1.2.3'])
      expect([address, listed.allows(address, false)]).toEqual([address, true]);
    for (const address of ['10.2.0.1', '127.0.0.2', 'fd00:2::7', '::1', '::ffff:10.2.0.1'])
      expect([address, listed.allows(address, true)]).toEqual([address, false]);
  });

  test('of IPv4 are not allowed by networks of IPv6, however large', () => {
    const all = new WebhookAddresses(['::/0', '::/1', '2000::/3']);
    for (const address of ['169.254.169.254', '10.0.0.1', '::ffff:169.254.169.254', '::ffff:a00:1'])
      expect([address, all.allows(address, true)]).toEqual([address, false]);
    expect(all.allows('8.8.8.8', false)).toBe(false);
    expect(all.allows('fd00::1', false)).toBe(true);
  });

  test('that are none are not allowed', () => {
    for (const text of ['', 'localhost', '127.1', '2130706433', '[::1]']) {
      expect(listed.allows(text, true)).toBe(false);
    }
  });
});

describe('URLs', () => {
  test.each(ODD_NOTATIONS)('%s is refused', (url) => {
    expect(refusal(nothing, url)).toBe('webhook_url_refused');
  });

  test.each([
    'http://app.example.com/hook',
    'http://8.8.8.8/',
    'ftp://app.example.com/',
    'file:///etc/passwd',
    'app.example.com/hook',
    '/hook',
    'https://',
    'https://user@app.example.com/',
    'https://user:password@app.example.com/',
    `https://app.example.com/${'a'.repeat(2_048)}`,
  ])('%s is refused, whatever it leads to', (url) => {
    expect(refusal(nothing, url)).toBe('webhook_url_refused');
  });

  test('are kept as they are used', () => {
    expect(nothing.accept('HTTPS://App.Example.com:443/a/../hook?x=1#part')).toBe(
      'https://app.example.com/hook?x=1',
    );
    expect(listed.accept('http://0x7f.1:8080/hook')).toBe('http://127.0.0.1:8080/hook');
    expect(listed.accept('http://receiver.internal/hook')).toBe('http://receiver.internal/hook');
    expect(refusal(listed, 'http://10.2.0.1/')).toBe('webhook_url_refused');
  });
});
