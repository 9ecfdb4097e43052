import { describe, expect, it } from 'vitest';
import { REFUSAL_REASONS, spanBetween, spanOf, statisticsOf } from '../../../src/domain/log/statistics.ts';
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
    const statistics = statisticsOf(nothing, spanOf(range, NOW));
    expect(new Date(statistics.from).toISOString()).toBe(from);
    expect(statistics).toMatchObject({ bucketMs });
    const starts = statistics.buckets.map(({ start }) => start);
    expect(starts).toEqual(Array.from({ length: count }, (_, index) => statistics.from + index * bucketMs));
    expect(starts.at(-1)).toBeLessThanOrEqual(NOW);
    expect((starts.at(-1) ?? 0) + bucketMs).toBeGreaterThan(NOW);
  });

  it('end with the one that is running, in its first and its last millisecond', () => {
    for (const now of [HOUR * HOUR_MS, (HOUR + 1) * HOUR_MS - 1]) {
      expect(spanOf('24h', now)).toEqual({ first: HOUR - 23, last: HOUR, bucketHours: 1 });
    }
    const lastOfDay = Date.UTC(2026, 0, 31, 23, 59, 59, 999);
    expect(spanOf('30d', lastOfDay).first * HOUR_MS).toBe(Date.UTC(2026, 0, 2));
    expect(spanOf('30d', lastOfDay + 1).first * HOUR_MS).toBe(Date.UTC(2026, 0, 3));
  });
});

describe('an own span', () => {
  const at = (time: string) => Date.parse(`${time}Z`);
  const between = (from: string, to: string, now = NOW) => {
    const span = spanBetween(at(from), at(to), now);
    if ('problem' in span) return `${span.problem.field} ${span.problem.message}`;
    const hour = (number: number) => new Date(number * HOUR_MS).toISOString().slice(0, 13);
    return [hour(span.first), hour(span.last), span.bucketHours];
  };

  it('has hours for up to seven days and days beyond, rounded outwards', () => {
    expect(between('2026-01-30T10:20', '2026-01-30T12:00')).toEqual(['2026-01-30T10', '2026-01-30T11', 1]);
    expect(between('2026-01-30T10:20', '2026-01-30T12:00:00.001')).toEqual([
      '2026-01-30T10',
      '2026-01-30T12',
      1,
    ]);
    expect(between('2026-01-01T00:00', '2026-01-08T00:00')).toEqual(['2026-01-01T00', '2026-01-07T23', 1]);
    expect(between('2026-01-01T00:00', '2026-01-08T00:01')).toEqual(['2026-01-01T00', '2026-01-08T23', 24]);
    expect(between('2026-01-01T13:00', '2026-01-12T07:00')).toEqual(['2026-01-01T00', '2026-01-12T23', 24]);
  });

  it('ends with the hour that is running', () => {
    expect(between('2026-01-31T09:00', '2026-02-07T00:00')).toEqual(['2026-01-31T09', '2026-01-31T09', 1]);
    expect(between('2026-01-10T00:00', '2027-01-01T00:00')).toEqual(['2026-01-10T00', '2026-01-31T09', 24]);
    expect(between('2026-01-31T09:30', '2026-01-31T09:30:00.001')).toEqual([
      '2026-01-31T09',
      '2026-01-31T09',
      1,
    ]);
  });

  it('is at most 366 days long, of which the last one counts whole', () => {
    expect(between('2025-01-31T00:00', '2026-02-01T00:00')).toEqual(['2025-01-31T00', '2026-01-31T09', 24]);
    expect(between('2025-01-30T23:59', '2026-02-01T00:00')).toBe('from is more than 366 days before the end');
    expect(between('2020-01-01T00:00', '2021-01-01T00:00')).toEqual(['2020-01-01T00', '2020-12-31T23', 24]);
    expect(between('2020-01-01T00:00', '2021-01-01T00:01')).toBe('from is more than 366 days before the end');
  });

  it('is refused where it has no hour', () => {
    expect(between('2026-01-31T09:30:01', '2026-02-01T00:00')).toBe('from is in the future');
    expect(between('2026-01-30T00:00', '2026-01-30T00:00')).toBe('to must be after from');
    expect(between('2026-01-30T00:00', 'never')).toBe('to is no time');
    expect(between('never', '2026-01-30T00:00')).toBe('from is no time');
  });

  it('has a bucket for each day, the running one included', () => {
    const span = spanBetween(at('2026-01-10T00:00'), NOW + 1, NOW);
    if ('problem' in span) expect.fail(span.problem.message);
    const { buckets, bucketMs, from } = statisticsOf(nothing, span);
    expect([buckets.length, bucketMs, from]).toEqual([22, 24 * HOUR_MS, at('2026-01-10T00:00')]);
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
    const { buckets, totals } = statisticsOf({ hours, refusals: [] }, spanOf('24h', NOW));
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
    const { totals, buckets } = statisticsOf({ hours, refusals }, spanOf('30d', NOW));
    const reasons = { ...Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0])), invalid_code: 3 };
    expect(totals).toMatchObject({ refused: 5, reasons: { ...reasons, other: 2 } });
    expect(buckets.at(-1)).toMatchObject({ refused: 5, reasons: { ...reasons, other: 2 } });
  });

  it('never tell more reasons than refusals: one that came between two reads counts in both', () => {
    const refusals = [{ hour: HOUR, reason: 'locked', refusals: 3 }];
    const hours = [{ hour: HOUR, accepted: 0, refused: 2, locked: 0 }];
    const { totals } = statisticsOf({ hours, refusals }, spanOf('24h', NOW));
    expect(totals).toMatchObject({ refused: 3, reasons: { locked: 3, other: 0 }, failureRate: 1 });
  });

  it('have no failure rate where nothing was judged', () => {
    expect(statisticsOf(nothing, spanOf('7d', NOW)).totals.failureRate).toBeNull();
  });
});
