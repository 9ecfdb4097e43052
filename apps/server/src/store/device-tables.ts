/** A browser that is trusted after a right code; gone when it ended. */
export interface ClientDeviceTable {
  account_id: number;
  client: number;
  /** Part of its token, and no secret. */
  id: string;
  label: string;
  /** Of the secret in its tokens. */
  mac: Uint8Array;
  /** How often its token was replaced, which is the number of its present one. */
  uses: number;
  /** When that was last; null: never. */
  replaced_at: number | null;
  created_at: number;
  last_used_at: number | null;
  expires_at: number;
}
