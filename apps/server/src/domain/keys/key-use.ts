import { DAY_MS } from '../time.ts';

/** What one API key did on a day of UTC. */
export interface KeyUse {
  /** ms; the start of the day. */
  readonly start: number;
  /** Codes that were accepted. */
  readonly accepted: number;
  /** Codes that were refused. */
  readonly refused: number;
  /** Everything else that the log has of it. */
  readonly others: number;
}

/** Days since the epoch. */
export function keyUseDay(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** The last `days` days up to `now` (ms), oldest first and without gaps. */
export function daysOfUse(counted: readonly KeyUse[], now: number, days: number): readonly KeyUse[] {
  const known = new Map(counted.map((use) => [use.start, use]));
  const today = keyUseDay(now);
  return Array.from({ length: days }, (_, index) => {
    const start = (today - days + 1 + index) * DAY_MS;
    return known.get(start) ?? { start, accepted: 0, refused: 0, others: 0 };
  });
}
