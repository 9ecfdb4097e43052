import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import type { NoteSigner, Sha256, VerifyEd25519 } from '@kanda/tlog';

/** The DER in front of an Ed25519 seed and public key (RFC 8410 §7 and §4); Node takes keys only with it. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const DIGEST_LENGTH = 32;

/**
 * The tree hashes every event twice, so this counts. Asked for a buffer, Node makes each digest a block of memory
 * of its own, outside of the heap: that takes twice the time and most of the garbage collector's.
 */
export const sha256: Sha256 = (bytes) => {
  const digest = Buffer.allocUnsafe(DIGEST_LENGTH);
  digest.write(hash('sha256', bytes, 'binary'), 'binary');
  return digest;
};

/** Signs with the Ed25519 key of this seed (32 bytes), which is overwritten. */
export function createLogSigner(seed: Uint8Array): NoteSigner {
  const { privateKey, publicKey } = ed25519Of(seed);
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** The Ed25519 keys of this seed (32 bytes), which is overwritten. */
export function ed25519Of(seed: Uint8Array): {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
} {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  seed.fill(0);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** False for a signature of another key, and for a public key that is none. */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  } catch {
    return false;
  }
  return verify(null, message, key, signature);
};
