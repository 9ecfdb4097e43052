/**
 * What a code and a remembered key cost, beside the other ways to hold a precomputed HMAC.
 *
 * `node --expose-gc packages/otp/bench/cost.ts`
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { ALGORITHMS, createHotpKey, type HotpKey, hotp } from '../src/index.ts';

if (!globalThis.gc) throw new Error('run with node --expose-gc');
const collect = globalThis.gc;

const KEYS = 100_000;
const CODES = 400_000;

/** Microseconds, the median of five rounds after a warm-up. */
function time(name: string, code: (counter: number) => void): void {
  for (let counter = 0; counter < CODES; counter++) code(counter);
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let counter = 0; counter < CODES; counter++) code(counter);
    rounds.push(((performance.now() - start) * 1000) / CODES);
  }
  const [, , median] = rounds.sort((a, b) => a - b);
  console.log(`${name}: ${median?.toFixed(2)} µs a code`);
}

/** Bytes on the heap and in buffers beside it; the array of references is made before and not counted. */
function size(name: string, create: (secret: Uint8Array) => unknown, keys = KEYS): void {
  const kept: unknown[] = new Array(keys).fill(null);
  const secret = new Uint8Array(20);
  const used = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  // Compiled code counts as heap too, so it is made before the measurement.
  for (let warm = 0; warm < 20_000; warm++) create(secret);
  const before = used();
  for (let index = 0; index < keys; index++) {
    secret[0] = index;
    secret[1] = index >>> 8;
    secret[2] = index >>> 16;
    kept[index] = create(secret);
  }
  const bytes = used() - before;
  if (kept.includes(null)) throw new Error('a key went missing');
  console.log(`${name}: ${(bytes / keys).toFixed(0)} bytes a key (${keys} of them)`);
}

const secret = randomBytes(20);
const message = new Uint8Array(8);

for (const algorithm of ALGORITHMS) {
  const key = createHotpKey(secret, algorithm);
  time(`HotpKey, ${algorithm}`, (counter) => hotp(key, counter, 6));
}
const many = (pick: (index: number) => HotpKey) => Array.from({ length: KEYS }, (_, index) => pick(index));
const sameAlgorithm = many(() => createHotpKey(randomBytes(20), 'SHA1'));
time(`HotpKey, SHA1, ${KEYS} keys in turn`, (c) => hotp(sameAlgorithm[c % KEYS] as HotpKey, c, 6));
const mixed = many((index) => createHotpKey(randomBytes(20), ALGORITHMS[index % 3] ?? 'SHA1'));
time(`HotpKey, algorithms mixed, ${KEYS} keys in turn`, (c) => hotp(mixed[c % KEYS] as HotpKey, c, 6));

for (const [name, hash] of [
  ['SHA1', sha1] as const,
  ['SHA256', sha256] as const,
  ['SHA512', sha512] as const,
]) {
  const kept = hmac.create(hash, secret);
  const scratch = kept._cloneInto();
  time(`noble hmac._cloneInto, ${name}`, (counter) => {
    message[7] = counter;
    kept._cloneInto(scratch).update(message).digest();
  });
}
time('noble hmac from the secret, SHA1', (counter) => {
  message[7] = counter;
  hmac(sha1, secret, message);
});
const keyObject = createSecretKey(secret);
time('node:crypto createHmac with a KeyObject, SHA1', (counter) => {
  message[7] = counter;
  createHmac('sha1', keyObject).update(message).digest();
});

for (const algorithm of ALGORITHMS) {
  size(`HotpKey, ${algorithm}`, (bytes) => createHotpKey(bytes, algorithm));
  size(`HotpKey, ${algorithm}`, (bytes) => createHotpKey(bytes, algorithm), 1_000_000);
}
size('noble hmac, SHA1', (bytes) => hmac.create(sha1, bytes));
size('Int32Array(10), the SHA1 state', () => new Int32Array(10));
size('Uint8Array(20), the secret alone', (bytes) => bytes.slice());
