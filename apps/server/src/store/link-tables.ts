import type { Generated } from 'kysely';

/** A page that a person uses once, by a token of which the store has a MAC. */
export interface LinkTable {
  account_id: number;
  number: number;
  token_mac: Uint8Array;
  client_id: string;
  /** The number of the client when it was made: one that is enrolled anew is another. null: it was not enrolled. */
  client: number | null;
  /** One of `LINK_PURPOSES`. */
  purpose: string;
  return_url: string | null;
  locale: string | null;
  label: string;
  issuer: string;
  created_at: number;
  expires_at: number;
  /** When its button was pressed first; null: never. */
  opened_at: Generated<number | null>;
  /** The number of the authenticator that it has made; null: none yet. */
  authenticator: Generated<number | null>;
  /** The authenticators that were to be replaced when it was made, as `replacedBy` writes them; null: it replaces none. */
  replaced: Generated<string | null>;
  ended_at: Generated<number | null>;
  /** `completed` or `cancelled`, or `expired` once a sweep has written that down; null: it has not ended. */
  ending: Generated<string | null>;
  /** Of what the person's browser brings back; null: there is none. */
  result_mac: Generated<Uint8Array | null>;
  redeemed_at: Generated<number | null>;
  /** When the row may go: long after its end, so that the page can say what became of it. */
  keep_until: number;
}

/** How the pages of an account's links look. Absent: nothing was set. */
export interface HostedPagesTable {
  account_id: number;
  name: string | null;
  accent: string | null;
  logo_type: string | null;
  logo: Uint8Array | null;
  /** Separated by spaces, which no origin has. */
  return_origins: string;
}
