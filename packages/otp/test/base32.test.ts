import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase32, encodeBase32, OtpError } from '../src/index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** RFC 4648 §10 */
const VECTORS = [
  ['', ''],
  ['f', 'MY======'],
  ['fo', 'MZXQ===='],
  ['foo', 'MZXW6==='],
  ['foob', 'MZXW6YQ='],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI======'],
] as const;

function refusal(text: string): OtpError {
  try {
    decodeBase32(text);
  } catch (error) {
    if (error instanceof OtpError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was accepted`);
}

describe('encodeBase32', () => {
  it.each(VECTORS)('encodes %j as RFC 4648 §10 does, without the padding (%s)', (plain, encoded) => {
    expect(encodeBase32(bytes(plain))).toBe(encoded.replaceAll('=', ''));
  });

  it('reads back exactly, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (secret) => {
        expect(decodeBase32(encodeBase32(secret))).toEqual(secret);
      }),
    );
  });
});

describe('decodeBase32', () => {
  it.each(VECTORS)('decodes to %j as RFC 4648 §10 does (%s)', (plain, encoded) => {
    expect(decodeBase32(encoded)).toEqual(bytes(plain));
    expect(decodeBase32(encoded.replaceAll('=', ''))).toEqual(bytes(plain));
  });

  it('takes lower case, and the spaces and hyphens that apps print between groups', () => {
    expect(decodeBase32('mzxw 6ytb-oi')).toEqual(bytes('foobar'));
    expect(decodeBase32(' MZXW  6YTB ')).toEqual(bytes('fooba'));
  });

  it('drops bits left over after the last byte, zero or not, as authenticator apps do', () => {
    expect(decodeBase32('MZXW6YR')).toEqual(decodeBase32('MZXW6YQ'));
    expect(decodeBase32('M7')).toEqual(bytes('g'));
  });

  it.each(['A', 'AAA', 'AAAAAA', 'AAAAAAAAA', 'AAAAAAAAAAA'])(
    'refuses %s: no encoder produces that length',
    (text) => {
      expect(refusal(text)).toMatchObject({ code: 'invalid_base32', message: /characters long/ });
    },
  );

  it.each(['MY=', 'MY=======', 'MZXW6YTB=', 'MZXW6YTB========', '=', '========', 'MZXW6=='])(
    'refuses %s: the padding does not complete the last group',
    (text) => {
      expect(refusal(text)).toMatchObject({ code: 'invalid_base32', message: /padding/ });
    },
  );

  it('refuses text after the padding', () => {
    expect(refusal('MY====MY')).toMatchObject({ code: 'invalid_base32', message: /after its padding/ });
    expect(refusal('M=Y=====')).toMatchObject({ code: 'invalid_base32', message: /after its padding/ });
  });

  it.each([
    'MZXW6YT0', // digits outside the alphabet
    'MZXW6YT1',
    'MZXW6YT8',
    'MZXW6YT9',
    'MZXW\t6YTB',
    'MZXW\n6YTB',
    'MZXW_6YTB',
    'MZXW\u00a06YTB', // a no-break space
    'MZXW6YT\u0131', // dotless i, which toUpperCase makes an I
    'MZXW6YT\u017f', // long s, which toUpperCase makes an S
    'MZXW6YT\uff22', // full-width B
    'MZXW6YT\u0662', // Arabic 2
    'MZXW6YT\u0000',
    'MZXW6YT\ud83d\ude00',
  ])('refuses %j: a character outside the alphabet', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'invalid_base32', message: /is not base32/ });
  });

  it('never quotes the text in its error', () => {
    for (const text of ['KRUGKIDRO!', 'KRUGKIDRO', 'KRUGKIDR=', 'KRUG====KRUG']) {
      const { message } = refusal(text);
      expect(message).not.toContain(text.slice(0, 2));
    }
  });

  it('accepts or refuses any text, and throws nothing but OtpError', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'AZaz27= -') })),
        (text) => {
          try {
            const decoded = decodeBase32(text);
            expect(decoded.length).toBe(Math.floor((text.replace(/[ =-]/g, '').length * 5) / 8));
          } catch (error) {
            expect(error).toBeInstanceOf(OtpError);
          }
        },
      ),
    );
  });
});
