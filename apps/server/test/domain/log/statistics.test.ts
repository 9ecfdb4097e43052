import { describe, expect, it } from 'vitest';
import { hoursOf, REFUSAL_REASONS, statisticsOf } from '../../../src/domain/log/statistics.ts';
import { HOUR_MS } from '../../../src/domain/time.ts';

/** 09:30 on a Saturday. */
const NOW = Date.UTC(2026, 0, 31, 9, 30);
const HOUR = Math.floor(NOW / HOUR_MS);
const nothing = { hours: [], refusals: [] };

describe('the hours of a range', () => {
  it.each([
    ['24h', '2026-01-30T10:00:00.000Z', 24, HOUR_MS],
    ['7d', '2026-01-24T10:00:00.000Z', 168, HOUR_MS],
    ['30d', '2026-01-02T00:00:00.000Z', 30, 24 * HOUR_MS],
  ] as const)('%s begins at %s and has %i buckets', (range, from, count, bucketMs) => {
    const statistics = statisticsOf(nothing, range, NOW);
    expect(new Date(statistics.from).toISOString()).toBe(from);
    expect(statistics).toMatchObject({ bucketMs });
    const starts = statistics.buckets.map(({ start }) => start);
    expect(starts).toEqual(Array.from({ length: count }, (_, index) => statistics.from + index * bucketMs));
    expect(starts.at(-1)).toBeLessThanOrEqual(NOW);
    expect((starts.at(-1) ?? 0) + bucketMs).toBeGreaterThan(NOW);
  });

  it('end with the one that is running, in its first and its last millisecond', () => {
    for (const now of [HOUR * HOUR_MS, (HOUR + 1) * HOUR_MS - 1]) {
      expect(hoursOf('24h', now)).toEqual({ first: HOUR - 23, last: HOUR });
    }
    const lastOfDay = Date.UTC(2026, 0, 31, 23, 59, 59, 999);
    expect(hoursOf('30d', lastOfDay).first * HOUR_MS).toBe(Date.UTC(2026, 0, 2));
    expect(hoursOf('30d', lastOfDay + 1).first * HOUR_MS).toBe(Date.UTC(2026, 0, 3));
  });
});

describe('statistics', () => {
  it('sort hours into their buckets, and leave out what is not of the range', () => {
    const hours = [HOUR - 24, HOUR - 23, HOUR, HOUR + 1].map((hour) => ({
      hour,
      accepted: 1,
      refused: 1,
      locked: 1,
    }));
    const { buckets, totals } = statisticsOf({ hours, refusals: [] }, '24h', NOW);
    expect(buckets.map(({ accepted }) => accepted)).toEqual([1, ...Array(22).fill(0), 1]);
    expect(totals).toMatchObject({ accepted: 2, refused: 2, lockouts: 2, failureRate: 0.5 });
  });

  it('tell refusals by reason, and as "other" what is not told apart yet', () => {
    const hours = [{ hour: HOUR, accepted: 0, refused: 5, locked: 0 }];
    const refusals = [
      { hour: HOUR, reason: 'invalid_code', refusals: 2 },
      { hour: HOUR, reason: 'invalid_code', refusals: 1 },
      { hour: HOUR, reason: 'reason_of_a_later_version', refusals: 1 },
    ];
    const { totals, buckets } = statisticsOf({ hours, refusals }, '30d', NOW);
    const reasons = { ...Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0])), invalid_code: 3 };
    expect(totals).toMatchObject({ refused: 5, reasons: { ...reasons, other: 2 } });
    expect(buckets.at(-1)).toMatchObject({ refused: 5, reasons: { ...reasons, other: 2 } });
  });

  it('never tell more reasons than refusals: one that came between two reads counts in both', () => {
    const refusals = [{ hour: HOUR, reason: 'locked', refusals: 3 }];
    const hours = [{ hour: HOUR, accepted: 0, refused: 2, locked: 0 }];
    const { totals } = statisticsOf({ hours, refusals }, '24h', NOW);
    expect(totals).toMatchObject({ refused: 3, reasons: { locked: 3, other: 0 }, failureRate: 1 });
  });

  it('have no failure rate where nothing was judged', () => {
    expect(statisticsOf(nothing, '7d', NOW).totals.failureRate).toBeNull();
  });
});
