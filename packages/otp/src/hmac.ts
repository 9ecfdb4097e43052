import { _SHA1, sha1 } from '@noble/hashes/legacy.js';
import { _SHA256, _SHA512, sha256, sha512 } from '@noble/hashes/sha2.js';
import type { Algorithm } from './parameters.ts';

/**
 * HMAC (RFC 2104) whose first block, inner and outer, is hashed ahead of time (§4 of the RFC).
 *
 * What remains of a secret is the two chaining values, held as text: two UTF-16 units a word, all inner words
 * and then all outer ones. Remembered keys are many, and V8 holds text with the least around it: 56 bytes for
 * SHA-1, against 128 for a typed array and 1,055 for noble's HMAC object. For a message the values are put back
 * into two scratch hashes that all keys of an algorithm share.
 */
export type HmacState = string;

interface ScratchHash {
  /** The hash's own first bytes, where `finish` leaves the digest: nothing is allocated for it. */
  readonly digestBytes: Uint8Array;
  /** Chaining value after one block, for a hash that is thrown away afterwards. */
  chain(block: Uint8Array): number[];
  /** Goes on from the chaining value whose words begin at word `index`, as if its block had just been hashed. */
  resume(state: HmacState, index: number): void;
  update(bytes: Uint8Array): unknown;
  finish(): void;
}

// noble's chaining value is protected, so a subclass is the door to it. The classes differ only in their
// number of words, which are passed one by one because a spread would allocate an array for every code. For
// the same reason `get`, which noble calls once a digest, answers with an array that `set` keeps up to date;
// not for SHA-512, whose 64-bit additions allocate inside noble anyway.

class Sha1 extends _SHA1 implements ScratchHash {
  readonly digestBytes = this.buffer.subarray(0, this.outputLen);
  readonly #words: [number, number, number, number, number] = [0, 0, 0, 0, 0];

  protected override get() {
    return this.#words;
  }

  protected override set(a: number, b: number, c: number, d: number, e: number): void {
    super.set(a, b, c, d, e);
    const words = this.#words;
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
    words[4] = e;
  }

  chain(block: Uint8Array): number[] {
    return this.update(block).get();
  }

  resume(s: HmacState, i: number): void {
    this.set(word(s, i), word(s, i + 1), word(s, i + 2), word(s, i + 3), word(s, i + 4));
    this.length = this.blockLen;
    this.pos = 0;
    this.finished = false;
  }

  finish(): void {
    this.digestInto(this.buffer);
  }
}

type EightNumbers = [number, number, number, number, number, number, number, number];

class Sha256 extends _SHA256 implements ScratchHash {
  readonly digestBytes = this.buffer.subarray(0, this.outputLen);
  readonly #words: EightNumbers = [0, 0, 0, 0, 0, 0, 0, 0];

  protected override get() {
    return this.#words;
  }

  protected override set(...[a, b, c, d, e, f, g, h]: EightNumbers): void {
    super.set(a, b, c, d, e, f, g, h);
    const words = this.#words;
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
    words[4] = e;
    words[5] = f;
    words[6] = g;
    words[7] = h;
  }

  chain(block: Uint8Array): number[] {
    return this.update(block).get();
  }

  // biome-ignore format: four words a line
  resume(s: HmacState, i: number): void {
    this.set(
      word(s, i), word(s, i + 1), word(s, i + 2), word(s, i + 3),
      word(s, i + 4), word(s, i + 5), word(s, i + 6), word(s, i + 7),
    );
    this.length = this.blockLen;
    this.pos = 0;
    this.finished = false;
  }

  finish(): void {
    this.digestInto(this.buffer);
  }
}

class Sha512 extends _SHA512 implements ScratchHash {
  readonly digestBytes = this.buffer.subarray(0, this.outputLen);

  chain(block: Uint8Array): number[] {
    return this.update(block).get();
  }

  // biome-ignore format: four words a line
  resume(s: HmacState, i: number): void {
    this.set(
      word(s, i), word(s, i + 1), word(s, i + 2), word(s, i + 3),
      word(s, i + 4), word(s, i + 5), word(s, i + 6), word(s, i + 7),
      word(s, i + 8), word(s, i + 9), word(s, i + 10), word(s, i + 11),
      word(s, i + 12), word(s, i + 13), word(s, i + 14), word(s, i + 15),
    );
    this.length = this.blockLen;
    this.pos = 0;
    this.finished = false;
  }

  finish(): void {
    this.digestInto(this.buffer);
  }
}

function word(state: HmacState, index: number): number {
  return (state.charCodeAt(2 * index) << 16) | state.charCodeAt(2 * index + 1);
}

interface Engine {
  readonly algorithm: Algorithm;
  /** 32-bit words in one chaining value. */
  readonly words: number;
  readonly hash: typeof sha1 | typeof sha256 | typeof sha512;
  readonly create: () => ScratchHash;
  readonly inner: ScratchHash;
  readonly outer: ScratchHash;
}

function engine(
  algorithm: Algorithm,
  words: number,
  hash: Engine['hash'],
  create: () => ScratchHash,
): Engine {
  return { algorithm, words, hash, create, inner: create(), outer: create() };
}

// Scratch hashes may be shared because nothing here awaits: a message is done before the next one begins.
const SHA1 = engine('SHA1', 5, sha1, () => new Sha1());
const SHA256 = engine('SHA256', 8, sha256, () => new Sha256());
const SHA512 = engine('SHA512', 16, sha512, () => new Sha512());
const ENGINES: Readonly<Record<Algorithm, Engine>> = { SHA1, SHA256, SHA512 };

/** A state's length tells its algorithm, which spares a field in every remembered key. */
function engineOf(state: HmacState): Engine {
  if (state.length === 4 * SHA1.words) return SHA1;
  return state.length === 4 * SHA256.words ? SHA256 : SHA512;
}

/** The algorithm that a state was made for. */
export function algorithmOf(state: HmacState): Algorithm {
  return engineOf(state).algorithm;
}

/**
 * Hashes the padded key once with each pad (RFC 2104 §2).
 *
 * @param secret any length; one longer than the hash's block is hashed first
 */
export function precompute(secret: Uint8Array, algorithm: Algorithm): HmacState {
  const { hash, create } = ENGINES[algorithm];
  const key = secret.length > hash.blockLen ? hash(secret) : secret;
  const block = new Uint8Array(hash.blockLen);
  const units: number[] = [];
  for (const pad of [0x36, 0x5c]) {
    for (let index = 0; index < block.length; index++) block[index] = (key[index] ?? 0) ^ pad;
    for (const value of create().chain(block)) units.push(value >>> 16, value & 0xffff);
  }
  block.fill(0);
  return String.fromCharCode(...units);
}

/**
 * HMAC of one message (RFC 2104 §2). Allocates nothing for SHA-1 and SHA-256.
 *
 * @returns the tag, in memory that the next call overwrites
 */
export function authenticate(state: HmacState, message: Uint8Array): Uint8Array {
  const { inner, outer, words } = engineOf(state);
  inner.resume(state, 0);
  inner.update(message);
  inner.finish();
  outer.resume(state, words);
  outer.update(inner.digestBytes);
  outer.finish();
  return outer.digestBytes;
}
