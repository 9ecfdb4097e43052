/** An account's data key as the store keeps it: encrypted under a master key, which it names. */
export interface WrappedDataKey {
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
}

/** The wrapped key with what its wrapping is bound to. */
export interface AccountDataKey extends WrappedDataKey {
  readonly accountPublicId: string;
}

/** A key of the whole installation (token signing, API key MACs, receipts), encrypted under a master key. */
export interface WrappedServerKey {
  readonly name: string;
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
  /** From when a key for receipts signs (ms, by the server's clock). Absent: another key. */
  readonly signsFrom?: number;
}
