import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_SECRET_BYTES, MIN_SECRET_BYTES, Refusal, readSecret } from '../src/index.ts';
import { BASE32, HEX, SEED } from './support.ts';

function refusal(text: string, encoding?: 'hex' | 'base64' | 'text'): string {
  try {
    readSecret(text, encoding);
  } catch (error) {
    if (error instanceof Refusal) return `${error.message} ${error.action ?? ''}`.trim();
    throw error;
  }
  return 'read';
}

describe('secrets as they come', () => {
  test.each([
    ['lower case', BASE32.toLowerCase()],
    ['groups of four', BASE32.match(/.{4}/g)?.join(' ')],
    ['no-break and thin spaces', BASE32.match(/.{4}/g)?.join('\u00a0\u2009')],
    ['line breaks', BASE32.match(/.{8}/g)?.join('\r\n')],
    ['hyphens of every kind', BASE32.match(/.{4}/g)?.join('-\u2010\u2013\u2212')],
    ['zero-width marks', `\ufeff${BASE32.match(/.{4}/g)?.join('\u200b\u2060')}\u200d`],
    ['surplus padding', `${BASE32}======`],
  ])('%s: read as base32', (_, text) => {
    expect(Buffer.from(readSecret(text ?? '').bytes)).toEqual(SEED);
  });

  test('hex, base64 and raw text are read when they are said to be such', () => {
    expect(Buffer.from(readSecret(HEX, 'hex').bytes)).toEqual(SEED);
    expect(Buffer.from(readSecret(SEED.toString('base64'), 'base64').bytes)).toEqual(SEED);
    expect(Buffer.from(readSecret(SEED.toString('base64url'), 'base64').bytes)).toEqual(SEED);
    expect(Buffer.from(readSecret('12345678901234567890', 'text').bytes)).toEqual(SEED);
    expect(readSecret('  ä bcdefgh ', 'text').bytes).toEqual(new TextEncoder().encode('  ä bcdefgh '));
  });

  test('each cause has its own sentence', () => {
    expect(refusal('')).toBe('The secret is empty.');
    expect(refusal(' \u200b==')).toBe('The secret is empty.');
    expect(refusal('GEZD GNBV GY3T 0OJQ')).toMatch(
      /^The secret is not base32 \(A–Z and 2–7\): character 16 is another/,
    );
    expect(refusal(`${BASE32}A`)).toMatch(/^Base32 cannot be 33 characters long\. Copy it again/);
    expect(refusal('GEZDGNBV')).toBe('The secret has 40 bits, and 80 are the least. Enrol this user anew.');
    expect(refusal('A'.repeat(8 * 26))).toBe('The secret has 1040 bits. 1024 bits are the most.');
    expect(refusal('A'.repeat(5_000))).toBe('The secret has 5000 characters. 1024 bits are the most.');
    expect(refusal('abc', 'hex')).toBe(
      'Hex cannot be 3 characters long. Copy it again: a character is missing.',
    );
    expect(refusal('xy', 'hex')).toBe('The secret is not hex (0–9 and a–f).');
    expect(refusal('*', 'base64')).toBe('The secret is not base64.');
    expect(refusal('short', 'text')).toMatch(/40 bits/);
  });

  test('what is hex is not taken for base32 in silence', () => {
    expect(refusal('3132333435363738393031323334353637383930')).toBe(
      'The secret is not base32 (A–Z and 2–7), and looks like hex. Say that it is hex.',
    );
    const both = 'abcdef234567abcdef234567abcdef23';
    expect(readSecret(both).notes).toEqual([
      'The secret was taken for base32, and could be hex as well. If the codes do not match, say that it is hex.',
    ]);
    expect(readSecret(both, 'hex').notes).toEqual([]);
    expect(readSecret(BASE32).notes).toEqual([]);
  });

  test('no refusal quotes the secret', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, maxLength: 40 }), (text) => {
        const message = refusal(text);
        expect(message === 'read' || !message.includes(text)).toBe(true);
      }),
    );
  });

  test('whatever is read has 80 to 1,024 bits', () => {
    const encodings = fc.constantFrom(undefined, 'hex' as const, 'base64' as const, 'text' as const);
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[A-Z2-7 =-]*$/)),
        encodings,
        (text, encoding) => {
          try {
            const { bytes } = readSecret(text, encoding);
            expect(bytes.length).toBeGreaterThanOrEqual(MIN_SECRET_BYTES);
            expect(bytes.length).toBeLessThanOrEqual(MAX_SECRET_BYTES);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
        },
      ),
    );
  });
});
