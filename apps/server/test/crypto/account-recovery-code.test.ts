import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRecoveryCodes } from '../../src/crypto/account-recovery-code.ts';
import { Secret } from '../../src/domain/secret.ts';
import { bytesFrom, seeded } from './fixtures.ts';

const codes = createRecoveryCodes(createSecretKey(bytesFrom('mac key', 32)), seeded('recovery codes'));
const hex = (mac: Uint8Array | null) => (mac === null ? null : Buffer.from(mac).toString('hex'));
const macOf = (text: string, account = 'acc_one') => hex(codes.mac(account, new Secret(text)));

describe('a recovery code', () => {
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
    const others = createRecoveryCodes(createSecretKey(bytesFrom('another', 32)), seeded('recovery codes'));
    expect(hex(others.mac('acc_one', new Secret('oblo-bgzd-mztw-q2lk')))).not.toBe(mac);
  });

  it.each(['', 'oblo-bgzd-mztw-q2l', 'oblo-bgzd-mztw-q2lkk', 'oblo-bgzd-mztw-q2l9', 'öblo-bgzd-mztw-q2lk'])(
    'is not %j',
    (text) => {
      expect(macOf(text)).toBeNull();
    },
  );
});
