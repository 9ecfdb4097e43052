/** About the recovery codes of a client; absent until codes were made, or one was tried. */
export interface ClientRecoveryTable {
  account_id: number;
  client: number;
  /** How often codes were made; 0: never. */
  generation: number;
  /** When the present ones were; null: there are none, or they were deleted. */
  created_at: number | null;
  /** Times of wrong ones, packed as recent-failures.ts packs times; null: none. */
  failures: Uint8Array | null;
}

/** A recovery code of a client that was not used yet. */
export interface ClientRecoveryCodeTable {
  account_id: number;
  client: number;
  mac: Uint8Array;
}
