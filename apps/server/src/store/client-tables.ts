import type { Generated } from 'kysely';

/** The tables of clients and their authenticators, part of `schema.ts`. */

export interface ClientTable {
  account_id: number;
  /** Counts within the account and is never used again, not even after a deletion. */
  id: number;
  client_id: string;
  label: string;
  issuer: string;
  created_at: number;
  /** Its authenticators by kind (operations/authenticators/mixes.ts); null: one phone. */
  mix: Generated<number | null>;
}

/** What an attempt only reads, and only when the opened key is not remembered. */
export interface AuthenticatorTable {
  account_id: number;
  /** Taken from the account's numbers; the one that a client was enrolled with has the client's own number. */
  id: number;
  client: number;
  algorithm: string;
  /** Seconds; 0 for HOTP, which has none. */
  period: number;
  secret_version: number;
  sealed: Uint8Array;
  rotated_at: number | null;
  name: Generated<string | null>;
  /** null: with its client. */
  created_at: Generated<number | null>;
  /** While it is pending: how many wrong codes were sent to confirm it. */
  wrong_codes: Generated<number>;
  /** While it is pending: the number of the authenticator that its confirmation removes, 0 for all; null: none. */
  replaces: Generated<number | null>;
  /** Whether its secret has fewer than the 128 bits that RFC 4226 §4 asks for. */
  weak: Generated<number>;
}

/**
 * What an attempt writes: the state of a client and of its first authenticator, which is the only one that most have.
 * Kept narrow: the page that each written row dirties is the largest cost.
 */
export interface AuthenticatorStateTable {
  account_id: number;
  /** The client's number. */
  id: number;
  /** The number of the authenticator; null: the client's number. */
  authenticator: Generated<number | null>;
  /** How many rows of `further_authenticator` this client has whose authenticators are confirmed. */
  further: Generated<number>;
  secret_version: number;
  /** Here and not beside the period: a code of the wrong length is refused before anything is opened. */
  digits: number;
  watermark: number;
  disabled: number;
  failures: number;
  delayed_until: number;
  locked: number;
  /** See recent-failures.ts; null: none. */
  recent_failures: Uint8Array | null;
  last_accepted_at: number | null;
  /** The newest event of this client; each event names the one before it. */
  last_event: number;
  /** Steps above the watermark that may have been accepted, packed as recent-failures.ts packs times; null: none. */
  burnt_steps: Uint8Array | null;
  /** How many steps the authenticator's clock is ahead of this server's. */
  drift: Generated<number>;
  /** Until when (ms) the authenticator can be confirmed; null: it is confirmed. The first one is pending only if all are. */
  pending_until: Generated<number | null>;
}

/** A client's second authenticator and those after it: what `authenticator_state` holds of the first. */
export interface FurtherAuthenticatorTable {
  account_id: number;
  client: number;
  /** The number of the authenticator. */
  id: number;
  secret_version: number;
  digits: number;
  watermark: number;
  burnt_steps: Uint8Array | null;
  drift: number;
  pending_until: number | null;
  last_accepted_at: number | null;
}

/** A secret that was replaced, as a diagnosis recognises it. No call accepts its codes. */
export interface PreviousSecretTable {
  account_id: number;
  client: number;
  /** With the authenticator and the parameters, what the seal is bound to. */
  secret_version: number;
  authenticator: number;
  algorithm: string;
  digits: number;
  /** Seconds; 0 for HOTP. */
  period: number;
  watermark: number;
  sealed: Uint8Array;
  /** ms. */
  replaced_at: number;
}

/** The watermark of a deleted secret, so that the same secret, imported again, accepts no code that was used. */
export interface DeletedSecretTable {
  account_id: number;
  /** A MAC of secret, algorithm and period under a key of the account; one zero byte: the row says when a restore was. */
  fingerprint: Uint8Array;
  /** Seconds; 0 for HOTP. */
  period: number;
  /** In the row of a restore: when that was, in seconds since the epoch, by the clock of the account. */
  watermark: number;
  /** From when on (ms) no window reaches the watermark; null: never, as for a counter. */
  keep_until: number | null;
}
