import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, ask } from '../api.ts';

/** While a page shows how far something is, it asks again. */
const AGAIN_MS = 10_000;
const PAGE = 50;

/** All of them: an account has ten at most. */
export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: () => ask(api.GET('/api/webhooks')),
  refetchInterval: AGAIN_MS,
});

export function webhookQuery(id: string) {
  return queryOptions({
    queryKey: ['webhook', id],
    queryFn: () => ask(api.GET('/api/webhooks/{id}', { params: { path: { id } } })),
    refetchInterval: AGAIN_MS,
  });
}

/** Its attempts, newest first. They are asked for once, so that no row moves under a finger. */
export function deliveriesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['webhook', id, 'deliveries'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return ask(api.GET('/api/webhooks/{id}/deliveries', { params: { path: { id }, query } }));
    },
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}
