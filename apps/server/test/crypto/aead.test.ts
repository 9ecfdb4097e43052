import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBytes, SEAL_NONCE_LENGTH, sealBytes } from '../../src/crypto/aead.ts';
import { bytesFrom } from './fixtures.ts';

const key = createSecretKey(bytesFrom('key', 32));
const nonce = bytesFrom('nonce', SEAL_NONCE_LENGTH);
const field = fc.string({ unit: 'grapheme', maxLength: 6 });

/** The same characters, cut into fields at other places. */
const recut = fc
  .tuple(fc.array(field, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(), { maxLength: 4 }))
  .map(([fields, cuts]) => {
    const text = [...fields.join('')];
    const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
    return { fields, others: places.slice(1).map((end, index) => text.slice(places[index], end).join('')) };
  });

describe('sealed bytes', () => {
  it('open to what was sealed, whatever it is and whatever it is bound to', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(field), (plaintext, boundTo) => {
        const opened = openBytes(key, boundTo, sealBytes(key, nonce, boundTo, plaintext));
        expect(new Uint8Array(opened ?? [255])).toEqual(plaintext);
      }),
    );
  });

  it('are version, nonce, ciphertext and tag', () => {
    const sealed = sealBytes(key, nonce, [], new Uint8Array(20));
    expect(sealed).toHaveLength(1 + 12 + 20 + 16);
    expect(sealed[0]).toBe(1);
    expect(sealed.subarray(1, 13)).toEqual(nonce);
  });

  it('do not open when the same characters are cut into other fields', () => {
    fc.assert(
      fc.property(recut, ({ fields, others }) => {
        fc.pre(JSON.stringify(fields) !== JSON.stringify(others));
        expect(openBytes(key, others, sealBytes(key, nonce, fields, nonce))).toBeNull();
      }),
    );
  });

  it('do not open when one field reads like two with what might stand between them', () => {
    for (const between of ['\0', '\0\0\0\0', '\0\0\0\u0001', '\n', ',']) {
      const sealed = sealBytes(key, nonce, ['a', 'b'], nonce);
      expect(openBytes(key, [`a${between}b`], sealed), JSON.stringify(between)).toBeNull();
    }
  });

  it('do not open when any single bit is another', () => {
    const sealed = sealBytes(key, nonce, ['place'], bytesFrom('secret', 20));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const tampered = sealed.slice();
      tampered[bit >> 3] = (tampered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openBytes(key, ['place'], tampered), `bit ${bit}`).toBeNull();
    }
  });

  it('do not open when they are cut short at any place', () => {
    const sealed = sealBytes(key, nonce, ['place'], bytesFrom('secret', 20));
    for (let length = 0; length < sealed.length; length++) {
      expect(openBytes(key, ['place'], sealed.subarray(0, length)), `${length} bytes`).toBeNull();
    }
  });

  it('do not open under another key', () => {
    const other = createSecretKey(bytesFrom('other key', 32));
    expect(openBytes(other, [], sealBytes(key, nonce, [], nonce))).toBeNull();
  });

  it('cannot be bound to ill-formed Unicode, which would not be distinguished', () => {
    expect(() => sealBytes(key, nonce, ['\ud800'], nonce)).toThrow(TypeError);
  });
});
