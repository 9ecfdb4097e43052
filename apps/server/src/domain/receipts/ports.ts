import type { Change } from '../change.ts';
import type { WrappedServerKey } from '../master-keys/wrapped-keys.ts';
import type { ReceiptClaims } from './receipt.ts';
import type { Scheduled } from './signing-keys.ts';

/** A key that signs receipts, as verifiers get it (RFC 8037, RFC 7517). */
export interface ReceiptJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** The thumbprint of the key (RFC 7638). */
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

/** A key that signs receipts, opened. */
export interface ReceiptKey extends Scheduled {
  readonly jwk: ReceiptJwk;
  /** The compact JWS. */
  sign(claims: ReceiptClaims): string;
}

/** Opens the keys that sign receipts, and reads what they have signed. */
export interface ReceiptKeys {
  /** Those among the server keys, opened; the others are left out. Opened ones are remembered. */
  open(wrapped: readonly WrappedServerKey[]): readonly ReceiptKey[];
  /**
   * What a receipt says that one of these keys has signed; null: it names none of them. Faults: receipt_malformed,
   * receipt_unknown when it names one that has not signed it.
   * Neither who issued it nor its times are judged.
   */
  read(text: string, keys: readonly ReceiptKey[]): ReceiptClaims | null;
}

/** A receipt that is to be redeemed; its signature was checked. */
export interface RedeemedReceipt {
  readonly clientId: string;
  readonly jti: Uint8Array;
  /** ms since the epoch, by the clock of the account. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The number of the event of its code. */
  readonly event: number;
}

/** Makes a new key for receipts. Synchronous, as it runs in a transaction. */
export type MakeSigningKey = (present: readonly WrappedServerKey[]) => {
  readonly fresh: WrappedServerKey;
  /** The names of the keys that go. */
  readonly removed: readonly string[];
};

/** The receipts of accounts, and the keys that sign them. */
export interface ReceiptStore {
  /** All server keys, read anew. */
  readServerKeys(): Promise<readonly WrappedServerKey[]>;
  /** Adds a key for receipts in one transaction with its event in the installation's log. What `make` throws is passed on. */
  rotateSigningKey(make: MakeSigningKey, change: Change): Promise<void>;
  /**
   * Redeems a receipt, once, and writes its event in one transaction. Faults: receipt_expired, receipt_unknown,
   * receipt_redeemed.
   */
  redeemReceipt(accountId: number, receipt: RedeemedReceipt, change: Change): Promise<void>;
}
