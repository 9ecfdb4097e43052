import type { AuthenticatorType, LoggedAttempt } from '../verdicts/decide.ts';

/** What a user approved with a code, as the caller names it. Kanda signs it and understands none of it. */
export interface ReceiptAction {
  readonly type: string;
  readonly reference: string;
  /** A digest of what was approved, such as of the order. */
  readonly digest?: string;
}

/** How an accepted code was checked. */
export type ReceiptMethod = AuthenticatorType | 'recovery_code';

/** What a receipt says, under the names of RFC 7519 and RFC 8176 where they have one. */
export interface ReceiptClaims {
  readonly iss: string;
  readonly aud: string;
  /** The clientId. */
  readonly sub: string;
  /** 16 random bytes in base64url. */
  readonly jti: string;
  /** Seconds since the epoch, by the clock of the account. */
  readonly iat: number;
  readonly exp: number;
  readonly amr: readonly ['otp'];
  readonly method: ReceiptMethod;
  readonly action: ReceiptAction;
  /** The number of the event of the code in the log of the account. */
  readonly event: number;
}

/** A receipt before it is signed, and after which key. It is JSON: an answer that is kept holds it. */
export interface UnsignedReceipt {
  readonly kid: string;
  readonly claims: ReceiptClaims;
}

export const RECEIPT_TYPE = 'kanda-receipt+jwt';

/** Seconds. */
export const DEFAULT_RECEIPT_LIFETIME = 120;
export const MIN_RECEIPT_LIFETIME = 10;
export const MAX_RECEIPT_LIFETIME = 600;

/** How far the clocks of two nodes may be apart: each within 15 seconds of the database's. */
export const CLOCKS_APART_MS = 30_000;

/**
 * How long after it has expired a redeemed receipt is remembered. A clock that was ahead by less than that when redeemed
 * receipts were forgotten has forgotten none that is still good, and one may be set back by as much.
 */
export const SPENT_KEPT_MS = 7 * 24 * 60 * 60_000;

export const JTI_LENGTH = 16;

/** What stays the same of all receipts that one request can come to. */
export interface ReceiptTerms {
  readonly kid: string;
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly jti: string;
  readonly lifetime: number;
  readonly action: ReceiptAction;
}

/** The receipt for a code that was accepted: it counts from the event of that. */
export function unsignedReceipt(
  { kid, lifetime, action, ...terms }: ReceiptTerms,
  method: ReceiptMethod,
  event: LoggedAttempt,
): UnsignedReceipt {
  const iat = Math.floor(event.at / 1000);
  const exp = iat + lifetime;
  // A recovery code is a password that works once, too (RFC 4949); `method` says which it was.
  return { kid, claims: { ...terms, iat, exp, amr: ['otp'], method, action, event: event.id } };
}

const URN = 'urn:kanda:';

/**
 * Who issues the receipts of an account. Each account has an issuer of its own, and so has each test half: someone who
 * compares `iss`, as a verifier of JWTs does, takes no receipt of another account, and none of a test for a live one.
 */
export function issuerOf(publicUrl: string | null, accountPublicId: string): string {
  return publicUrl === null ? URN + accountPublicId : `${publicUrl}/accounts/${accountPublicId}`;
}

/** The account that an issuer names. The URL of the server may be another one by now. */
export function accountOfIssuer(issuer: string): string {
  return issuer.startsWith(URN) ? issuer.slice(URN.length) : issuer.slice(issuer.lastIndexOf('/') + 1);
}
