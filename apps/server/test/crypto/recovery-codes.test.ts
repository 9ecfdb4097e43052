import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAccountRecoveryCodes, createClientRecoveryCodes } from '../../src/crypto/recovery-codes.ts';
import { Secret } from '../../src/domain/secret.ts';
import { bytesFrom, seeded } from './fixtures.ts';

const codes = createAccountRecoveryCodes(createSecretKey(bytesFrom('mac key', 32)), seeded('recovery codes'));
const hex = (mac: Uint8Array | null) => (mac === null ? null : Buffer.from(mac).toString('hex'));
const macOf = (text: string, account = 'acc_one') => hex(codes.mac(account, new Secret(text)));

describe('a recovery code of an account', () => {
  it('has 80 random bits in four groups of four, and prints as [redacted]', () => {
    const made = Array.from({ length: 50 }, () => codes.create());
    for (const code of made) {
      expect(code.reveal()).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
      expect(String(code)).toBe('[redacted]');
    }
    expect(new Set(made.map((code) => code.reveal())).size).toBe(50);
  });

  it('is the same code however it is copied: capitals, spaces, dashes, and the digits base32 lacks', () => {
    const mac = macOf('oblo-bgzd-mztw-q2lk');
    expect(mac).toMatch(/^[0-9a-f]{64}$/);
    for (const typed of [
      'OBLO-BGZD-MZTW-Q2LK',
      'oblobgzdmztwq2lk',
      ' oblo bgzd\tmztw-q2lk ',
      '0b10-8gzd-mztw-q2lk',
    ]) {
      expect(macOf(typed)).toBe(mac);
    }
  });

  it('is another code for another account, and under another key', () => {
    const mac = macOf('oblo-bgzd-mztw-q2lk');
    expect(macOf('oblo-bgzd-mztw-q2lk', 'acc_two')).not.toBe(mac);
    const others = createAccountRecoveryCodes(
      createSecretKey(bytesFrom('another', 32)),
      seeded('recovery codes'),
    );
    expect(hex(others.mac('acc_one', new Secret('oblo-bgzd-mztw-q2lk')))).not.toBe(mac);
  });

  it.each(['', 'oblo-bgzd-mztw-q2l', 'oblo-bgzd-mztw-q2lkk', 'oblo-bgzd-mztw-q2l9', 'öblo-bgzd-mztw-q2lk'])(
    'is not %j',
    (text) => {
      expect(macOf(text)).toBeNull();
    },
  );
});

describe('a recovery code of a client', () => {
  const macKey = createSecretKey(bytesFrom('mac key', 32));
  const texts = createClientRecoveryCodes(macKey, seeded('recovery codes'));
  const mac = (text: string, account = 'acc_one', client = 'ada') =>
    hex(texts.mac(account, client, new Secret(text)));

  it('has 80 random bits in four groups of Crockford’s base32, and prints as [redacted]', () => {
    const made = Array.from({ length: 200 }, () => texts.create());
    for (const code of made) {
      expect(code.reveal()).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
      expect(String(code)).toBe('[redacted]');
    }
    expect(new Set(made.map((code) => code.reveal())).size).toBe(200);
    // Every digit of the alphabet comes up: 16 random digits, 200 times.
    const digits = made.map((code) => code.reveal()).join('');
    expect(new Set(digits.replaceAll('-', '')).size).toBe(32);
  });

  it('holds the bytes that were drawn, five bits a digit', () => {
    const bytes = Uint8Array.from([0, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 0xfb]);
    const { create } = createClientRecoveryCodes(macKey, () => bytes);
    const digits = [...create().reveal().replaceAll('-', '')];
    const value = digits.reduce(
      (sum, digit) => (sum << 5n) + BigInt('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(digit)),
      0n,
    );
    expect(value.toString(16).padStart(20, '0')).toBe(Buffer.from(bytes).toString('hex'));
  });

  it('is the same code without regard to case, spaces, dashes of every kind, and with I, L, O as 1, 1, 0', () => {
    const expected = mac('10A1-ZX0M-9TRB-2HWD');
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    for (const typed of [
      '10a1-zx0m-9trb-2hwd',
      '10A1ZX0M9TRB2HWD',
      ' 10A1 ZX0M\t9TRB\n2HWD ',
      'IOAL-ZXOM-9TRB-2HWD',
      'loai zxom 9trb 2hwd',
      '10A1–ZX0M—9TRB‐2HWD',
    ]) {
      expect(mac(typed), typed).toBe(expected);
    }
  });

  it('is another code for another client, account, key, and for an account', () => {
    const code = '10A1-ZX0M-9TRB-2HWD';
    const others = createClientRecoveryCodes(createSecretKey(bytesFrom('another', 32)), seeded('codes'));
    const all = [
      mac(code),
      mac(code, 'acc_one', 'bob'),
      mac(code, 'acc_two', 'ada'),
      hex(others.mac('acc_one', 'ada', new Secret(code))),
      mac('10A1-ZX0M-9TRB-2HWE'),
    ];
    expect(new Set(all).size).toBe(all.length);
    // Of a spelling that both kinds read.
    expect(mac('aaaa-aaaa-aaaa-aaaa', 'acc_one', 'ada')).not.toBe(
      macOf('aaaa-aaaa-aaaa-aaaa', 'acc_one ada'),
    );
  });

  it.each(['', '-', '847291', 'abcdefg', '84729184729', 'x'.repeat(129)])('is not %j', (text) => {
    expect(mac(text)).toBeNull();
  });

  it.each(['10A1-ZX0M-9TRB-2HW', '10A1-ZX0M-9TRB-2HWDD', 'U0A1-ZX0M-9TRB-2HWD', '１0A1-ZX0M-9TRB-2HWD'])(
    'is none of ours as %j, and would be one of another program',
    (text) => {
      expect(mac(text)).toMatch(/^[0-9a-f]{64}$/);
      expect(mac(text)).not.toBe(mac('10A1-ZX0M-9TRB-2HWD'));
    },
  );

  it('of another program is the same without regard to case and separators, of 40 bits or more', () => {
    for (const typed of ['aBcDe-FgHiJ', 'abcdefghij', ' ABCDE–FGHIJ ', 'ａbcdefghij'])
      expect(mac(typed)).toBe(mac('abcde-fghij'));
    expect(mac('abcde-fghij', 'acc_one', 'bob')).not.toBe(mac('abcde-fghij'));
    expect(mac('847291847291')).not.toBeNull();
    expect(mac('abcdefgh')).not.toBeNull();
  });
});
