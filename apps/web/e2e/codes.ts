import { createHotpKey, decodeBase32, formatCode, hotp, totp } from '@kanda/otp';

/** The code that a phone shows at `time` (ms). */
export function codeAt(secret: string, time: number): string {
  return totp(createHotpKey(decodeBase32(secret), 'SHA1'), time, {
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
  });
}

/** The code that a hardware token shows at a counter (RFC 4226). */
export function codeOfCounter(secret: string, counter: number): string {
  return formatCode(hotp(createHotpKey(decodeBase32(secret), 'SHA1'), counter, 6), 6);
}

/** A code that is wrong now and stays so through the next steps. */
export function wrongCode(secret: string): string {
  const right = [-2, -1, 0, 1, 2, 3].map((steps) => codeAt(secret, Date.now() + steps * 30_000));
  const wrong = ['000000', '111111', '222222', '333333', '444444', '555555', '666666'];
  return wrong.find((code) => !right.includes(code)) ?? '777777';
}
