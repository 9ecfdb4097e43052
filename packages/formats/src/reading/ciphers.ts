import { scryptAsync } from '@noble/hashes/scrypt.js';

/**
 * Decryption of other programs' files, by Web Crypto, which Node and browsers both have, so that a file can be read
 * where it is. Web Crypto has no scrypt; that is @noble/hashes'.
 */

/** A file may not demand more work than this when it is opened. */
export const MAX_PBKDF2_ITERATIONS = 10_000_000;
/** 128 × N × r bytes: 256 MiB. */
const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;
const MAX_SCRYPT_WORK = 2 ** 24;

type Bytes = Uint8Array<ArrayBuffer>;
type Hash = 'SHA-1' | 'SHA-256' | 'SHA-512';

const plain = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

/** null: the key is a wrong one, or the data is damaged. */
export async function openAesGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array | null> {
  if (![16, 32].includes(key.length) || nonce.length === 0 || sealed.length < 16) return null;
  const imported = await crypto.subtle.importKey('raw', plain(key), 'AES-GCM', false, ['decrypt']);
  return attempt(crypto.subtle.decrypt({ name: 'AES-GCM', iv: plain(nonce) }, imported, plain(sealed)));
}

/** `sealed` is the IV and the ciphertext; null: not of whole blocks, or its padding is wrong. */
export async function openAesCbc(key: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | null> {
  if (![16, 32].includes(key.length) || sealed.length < 32 || sealed.length % 16 !== 0) return null;
  const imported = await crypto.subtle.importKey('raw', plain(key), 'AES-CBC', false, ['decrypt']);
  return attempt(
    crypto.subtle.decrypt(
      { name: 'AES-CBC', iv: plain(sealed.subarray(0, 16)) },
      imported,
      plain(sealed.subarray(16)),
    ),
  );
}

/** The IV and the ciphertext. */
export async function sealAesCbc(key: Uint8Array, iv: Uint8Array, text: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', plain(key), 'AES-CBC', false, ['encrypt']);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-CBC', iv: plain(iv) }, imported, plain(text));
  return Uint8Array.from([...iv, ...new Uint8Array(sealed)]);
}

export async function hmac(hash: Hash, key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(hash, key, 'sign'), plain(data)));
}

/** Compares in constant time. */
export async function verifiesHmac(
  hash: Hash,
  key: Uint8Array,
  mac: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await hmacKey(hash, key, 'verify'), plain(mac), plain(data));
}

async function hmacKey(hash: Hash, key: Uint8Array, use: 'sign' | 'verify') {
  // A key without bytes is refused by Web Crypto; one zero byte gives the same MAC.
  const bytes = key.length === 0 ? new Uint8Array(1) : plain(key);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, [use]);
}

/** null: more iterations than a file may demand. */
export async function pbkdf2(
  hash: Hash,
  password: Uint8Array,
  {
    salt,
    iterations,
    bytes,
  }: { readonly salt: Uint8Array; readonly iterations: number; readonly bytes: number },
): Promise<Uint8Array | null> {
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > MAX_PBKDF2_ITERATIONS || bytes > 64)
    return null;
  const key = await crypto.subtle.importKey('raw', plain(password), 'PBKDF2', false, ['deriveBits']);
  const parameters = { name: 'PBKDF2', hash, salt: plain(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, bytes * 8));
}

/** null: more memory or work than a file may demand. */
export async function scrypt(
  password: Uint8Array,
  salt: Uint8Array,
  { N, r, p }: { readonly N: number; readonly r: number; readonly p: number },
): Promise<Uint8Array | null> {
  const isPower = Number.isInteger(N) && N >= 2 && 2 ** Math.round(Math.log2(N)) === N;
  const isWhole = Number.isInteger(r) && r >= 1 && Number.isInteger(p) && p >= 1;
  if (!isPower || !isWhole || 128 * N * r > MAX_SCRYPT_BYTES || N * r * p > MAX_SCRYPT_WORK) return null;
  return scryptAsync(password, salt, { N, r, p, dkLen: 32, maxmem: 2 * MAX_SCRYPT_BYTES });
}

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', plain(bytes)));
}

async function attempt(opening: Promise<ArrayBuffer>): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await opening);
  } catch {
    return null;
  }
}

export function fromHexText(text: unknown): Uint8Array | null {
  if (typeof text !== 'string' || !/^(?:[0-9a-fA-F]{2})*$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
