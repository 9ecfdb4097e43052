/** Which store it is, and how often it was seen. */
export interface StoreSeen {
  /** Made up when a server first had the store open; a copy has the same. */
  readonly id: string;
  /** Grows each time, and with a restore: one that is lower than it was before belongs to an older state of the store. */
  readonly generation: number;
}
