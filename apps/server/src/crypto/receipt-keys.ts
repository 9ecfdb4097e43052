import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import type { WrappedServerKey } from '../domain/master-keys/wrapped-keys.ts';
import { receiptMalformed, receiptUnknown } from '../domain/receipts/faults.ts';
import type { ReceiptJwk, ReceiptKey, ReceiptKeys } from '../domain/receipts/ports.ts';
import { JTI_LENGTH, RECEIPT_TYPE, type ReceiptClaims } from '../domain/receipts/receipt.ts';
import type { Keyring } from './keyring.ts';
import { ed25519Of } from './log-signing.ts';
import { isReceiptSigning, openSeed } from './server-keys.ts';

const ALGORITHM = 'EdDSA';
const SIGNATURE_LENGTH = 64;
const COMPACT_JWS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

interface OpenedKey extends ReceiptKey {
  readonly wrapped: Uint8Array;
  /** The one header that its receipts have, as it is sent. */
  readonly header: string;
  readonly publicKey: KeyObject;
}

/**
 * Signs and reads receipts: compact JWS (RFC 7515) with EdDSA (RFC 8037), under one header for each key. A text with
 * any other header is not of ours, so no algorithm is chosen by what was sent.
 */
export function createReceiptKeys(keyring: Keyring): ReceiptKeys {
  /** By name. A master key that was rotated wraps the same key anew. */
  let remembered: ReadonlyMap<string, OpenedKey> = new Map();

  return {
    open(serverKeys) {
      const opened = new Map<string, OpenedKey>();
      for (const one of serverKeys) {
        if (!isReceiptSigning(one.name)) continue;
        const known = remembered.get(one.name);
        const same = known !== undefined && Buffer.compare(known.wrapped, one.wrapped) === 0;
        opened.set(one.name, { ...(same ? known : openKey(keyring, one)), signsFrom: one.signsFrom ?? 0 });
      }
      remembered = opened;
      return [...opened.values()];
    },

    read(text, keys) {
      const [, header, payload, signature] = COMPACT_JWS.exec(text) ?? [];
      if (header === undefined || payload === undefined || signature === undefined) throw receiptMalformed();
      const key = (keys as readonly OpenedKey[]).find((one) => one.header === header);
      if (key === undefined) {
        if (!isHeaderOfReceipt(header)) throw receiptMalformed();
        return null;
      }
      const bytes = Buffer.from(signature, 'base64url');
      if (bytes.length !== SIGNATURE_LENGTH || bytes.toString('base64url') !== signature)
        throw receiptMalformed();
      if (!verify(null, Buffer.from(`${header}.${payload}`), key.publicKey, bytes)) throw receiptUnknown();
      return claimsIn(payload);
    },
  };
}

function openKey(keyring: Keyring, one: WrappedServerKey): OpenedKey {
  const { privateKey, publicKey } = ed25519Of(openSeed(keyring, one));
  const jwk = publicJwk(publicKey);
  const header = encoded({ alg: ALGORITHM, typ: RECEIPT_TYPE, kid: jwk.kid });
  return {
    jwk,
    header,
    publicKey,
    wrapped: one.wrapped,
    signsFrom: one.signsFrom ?? 0,
    sign(claims) {
      const input = `${header}.${encoded(claims)}`;
      return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
    },
  };
}

function publicJwk(publicKey: KeyObject): ReceiptJwk {
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('an Ed25519 key has no x');
  // The members of RFC 8037 §2 in the order of RFC 7638 §3.
  const thumbprint = createHash('sha256').update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }));
  return {
    kty: 'OKP',
    crv: 'Ed25519',
    x,
    kid: thumbprint.digest('base64url'),
    alg: ALGORITHM,
    use: 'sig',
  };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Whether a header is one of a receipt whose key is not known. */
function isHeaderOfReceipt(header: string): boolean {
  const { alg, typ, kid } = (parsed(header) ?? {}) as Record<string, unknown>;
  return alg === ALGORITHM && typ === RECEIPT_TYPE && typeof kid === 'string';
}

/** What was signed, by us: a key that signs receipts signs nothing else. */
function claimsIn(payload: string): ReceiptClaims {
  const claims = parsed(payload) as ReceiptClaims | null;
  if (claims === null || Buffer.from(claims.jti, 'base64url').length !== JTI_LENGTH) throw receiptMalformed();
  return claims;
}

function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return null;
  }
}
