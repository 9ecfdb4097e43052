import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, ask } from './api.ts';

/** The account's keys, as many as one page of the API holds: for their names, and which of them end soon. */
export const knownKeysQuery = queryOptions({
  queryKey: ['keys', 'known'],
  queryFn: () => ask(api.GET('/api/keys', { params: { query: { limit: 200 } } })),
});

/** The names of the keys by their ids. One that was revoked, or is not known yet, is not in it. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({ ...knownKeysQuery, select: namesById });
  return data ?? NONE;
}

const NONE: ReadonlyMap<string, string> = new Map();

function namesById({ data }: { data: readonly { id: string; name: string }[] }): ReadonlyMap<string, string> {
  return new Map(data.map(({ id, name }) => [id, name]));
}
