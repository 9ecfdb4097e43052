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

const FIRST_NAMED = Date.parse('0000-01-01T00:00:00Z');
const LAST_NAMED = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * The nearest time that RFC 3339 has a name for. A store that was altered may hold any number; the log's tree says of which
 * event that is so, and what else there is can still be read.
 *
 * @param time ms since the epoch, or what was found in its place
 */
export function namedTime(time: number): number {
  return Math.min(Math.max(Number.isNaN(time) ? 0 : time, FIRST_NAMED), LAST_NAMED);
}
