/** ms since the epoch. Time is an argument everywhere; this is where the one real clock comes in. */
export type Clock = () => number;

/** In ms. */
export const MINUTE_MS = 60 * 1000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * How far the clocks of two nodes may be apart. What names a later moment was written by a clock that ran ahead, and
 * must not hold for as long as that clock was ahead.
 */
export const CLOCKS_APART_MS = 5 * 60 * 1000;
