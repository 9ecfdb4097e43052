import { queryOptions } from '@tanstack/react-query';
import { api, ask } from './api.ts';

/** What this installation tells everybody: whether one may sign up, which version it is. */
export const infoQuery = queryOptions({
  queryKey: ['info'],
  queryFn: () => ask(api.GET('/api/info')),
  staleTime: Number.POSITIVE_INFINITY,
});
