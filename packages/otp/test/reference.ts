import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { ALGORITHMS, type Algorithm, type Digits } from '../src/index.ts';

/** RFC 4226 §5.3 written a second time, on node:crypto and bigint, to compare with. */
export function referenceCode(
  secret: Uint8Array,
  algorithm: Algorithm,
  counter: bigint,
  digits: Digits,
): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(counter);
  const tag = createHmac(algorithm.toLowerCase(), secret).update(message).digest();
  const value = tag.readUInt32BE(tag.readUInt8(tag.length - 1) % 16) % 2 ** 31;
  return value.toString().slice(-digits).padStart(digits, '0');
}

export const anySecret = fc.uint8Array({ minLength: 1, maxLength: 150 });
export const anyAlgorithm = fc.constantFrom(...ALGORITHMS);
export const anyDigits = fc.constantFrom<Digits>(6, 8);
/** Seconds; the service allows 15 to 300, the package more. */
export const anyPeriod = fc.oneof(fc.integer({ min: 15, max: 300 }), fc.integer({ min: 1, max: 86_400 }));
/** Milliseconds, up to the year 10000. */
export const anyTime = fc.integer({ min: 0, max: Date.UTC(10_000, 0) });
