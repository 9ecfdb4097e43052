import { queryOptions } from '@tanstack/react-query';
import { api, ask } from './api.ts';

/** How the account's codes are judged. */
export const policyQuery = queryOptions({
  queryKey: ['policy'],
  queryFn: () => ask(api.GET('/api/policy')),
});
