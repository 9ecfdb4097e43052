/** When the keys that sign receipts begin and end: pure functions of the times that the store has for them. */

/** A key is published for so long before it signs, so that no verifier meets one that it could not know. */
export const PUBLISHED_BEFORE_MS = 10 * 60_000;

/**
 * A key is published for so long after the next one began to sign. Its receipts live for ten minutes at most, and an
 * answer that is kept for an Idempotency-Key gives the same receipt for ten more.
 */
export const PUBLISHED_AFTER_MS = 60 * 60_000;

/** How long others may keep the published keys. */
export const JWKS_MAX_AGE_S = 300;

export interface Scheduled {
  /** ms since the epoch, by the server's clock. */
  readonly signsFrom: number;
}

/** The key that signs at `now` (ms): the newest that has begun or, where a clock is behind, the oldest. null: none. */
export function signingAt<K extends Scheduled>(keys: readonly K[], now: number): K | null {
  const ordered = inOrder(keys);
  return ordered.findLast(({ signsFrom }) => signsFrom <= now) ?? ordered[0] ?? null;
}

/** Those that are published at `now` (ms), oldest first. */
export function publishedAt<K extends Scheduled>(keys: readonly K[], now: number): readonly K[] {
  const over = new Set(overAt(keys, now));
  return inOrder(keys).filter((key) => !over.has(key));
}

/** Those whose receipts have all expired: nothing needs them any more. */
export function overAt<K extends Scheduled>(keys: readonly K[], now: number): readonly K[] {
  const ordered = inOrder(keys);
  return ordered.filter((_, place) => {
    const next = ordered[place + 1];
    return next !== undefined && next.signsFrom + PUBLISHED_AFTER_MS <= now;
  });
}

function inOrder<K extends Scheduled>(keys: readonly K[]): readonly K[] {
  return [...keys].sort((one, other) => one.signsFrom - other.signsFrom);
}
