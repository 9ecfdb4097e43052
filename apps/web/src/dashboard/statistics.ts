import { queryOptions } from '@tanstack/react-query';
import { api, ask } from './api.ts';
import type { Range } from './searches.ts';

export type Statistics = Awaited<ReturnType<typeof fetchStatistics>>;

function fetchStatistics(range: Range) {
  return ask(api.GET('/api/stats', { params: { query: { range } } }));
}

/** What the log of the range comes to, and how many clients there are now. */
export function statisticsQuery(range: Range) {
  return queryOptions({
    queryKey: ['stats', range],
    queryFn: () => fetchStatistics(range),
    refetchInterval: 60_000,
  });
}
