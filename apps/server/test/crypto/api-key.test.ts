import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiKeyMac, apiKeyMatches, createApiKey, parseApiKey } from '../../src/crypto/api-key.ts';
import { Secret } from '../../src/domain/secret.ts';
import { bytesFrom, seeded } from './fixtures.ts';

const macKey = createSecretKey(bytesFrom('mac key', 32));
const created = createApiKey(seeded('api key'), macKey);
const text = created.text.reveal();

describe('an API key', () => {
  it('is kan_, an id, a secret and a checksum (computed elsewhere, with Python’s zlib and base64)', () => {
    const counting = (length: number) => Uint8Array.from({ length }, (_, index) => index);
    const key = createApiKey(counting, macKey);
    expect(key.id).toBe('aaaqeayeaudaocaj');
    expect(key.text.reveal()).toBe('kan_aaaqeayeaudaocaj_aaaqeayeaudaocajbifqydiob4ibceqtdwbyyxy');
  });

  it('reads back, whatever its random bytes were', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const key = createApiKey(seeded(name), macKey);
        const parsed = parseApiKey(key.text.reveal());
        expect(parsed?.id).toBe(key.id);
        expect(parsed?.text.reveal()).toBe(key.text.reveal());
      }),
    );
  });

  it('with any one character changed is none', () => {
    for (let index = 0; index < text.length; index++) {
      for (const letter of 'abcdefghijklmnopqrstuvwxyz234567_') {
        if (letter === text[index]) continue;
        expect(
          parseApiKey(text.slice(0, index) + letter + text.slice(index + 1)),
          `${index} ${letter}`,
        ).toBeNull();
      }
    }
  });

  it.each([
    ['the placeholder of the documentation', 'kan_your_api_key_here'],
    ['nothing', ''],
    ['a line break after it', `${text}\n`],
    ['a space before it', ` ${text}`],
    ['upper case', text.toUpperCase()],
    ['a character too few', text.slice(0, -1)],
    ['a character too many', `${text}a`],
    ['a full-width letter', text.replace('k', 'ｋ')],
    ['another prefix', text.replace('kan_', 'kan-')],
  ])('is not: %s', (_, other) => {
    expect(parseApiKey(other)).toBeNull();
  });

  it('is known by the HMAC-SHA-256 of its whole text', () => {
    const expected = createHmac('sha256', bytesFrom('mac key', 32)).update(text).digest();
    expect(created.mac).toEqual(expected);
    expect(apiKeyMac(macKey, created.text)).toEqual(expected);
  });

  it('matches its own MAC and no other', () => {
    expect(apiKeyMatches(macKey, created.text, created.mac)).toBe(true);
    expect(apiKeyMatches(macKey, new Secret(`${text}a`), created.mac)).toBe(false);
    expect(apiKeyMatches(createSecretKey(bytesFrom('other', 32)), created.text, created.mac)).toBe(false);
    expect(apiKeyMatches(macKey, created.text, created.mac.subarray(0, 16))).toBe(false);
    expect(apiKeyMatches(macKey, created.text, new Uint8Array(0))).toBe(false);
    expect(apiKeyMatches(macKey, created.text, new Uint8Array(32))).toBe(false);
  });
});
