import { queryOptions } from '@tanstack/react-query';
import { api, ask } from './api.ts';
import type { Range } from './searches.ts';

export type Statistics = Awaited<ReturnType<typeof fetchStatistics>>;

/** Days of UTC, both included: "2026-11-23". */
export interface OwnRange {
  from: string;
  to: string;
}

export const DAY_MS = 86_400_000;
/** The longest that the API counts in. */
export const MAX_DAYS = 366;

/** The start of a day of UTC, ms. */
export function startOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** How many days it has. 0 or less: it ends before it begins. */
export function daysIn({ from, to }: OwnRange): number {
  return (startOfDay(to) - startOfDay(from)) / DAY_MS + 1;
}

function fetchStatistics(range: Range | OwnRange) {
  const query =
    typeof range === 'string'
      ? { range }
      : { from: `${range.from}T00:00:00Z`, to: new Date(startOfDay(range.to) + DAY_MS).toISOString() };
  return ask(api.GET('/api/stats', { params: { query } }));
}

/** What the log of the range comes to, and how many clients there are now. */
export function statisticsQuery(range: Range | OwnRange) {
  return queryOptions({
    queryKey: ['stats', range],
    queryFn: () => fetchStatistics(range),
    refetchInterval: 60_000,
  });
}
