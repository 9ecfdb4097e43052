import { queryOptions } from '@tanstack/react-query';
import { ask } from './api.ts';

/** What the build has written down of the static pages (`pages/site-data.ts`). */
export interface SiteData {
  searchUrl: string;
  programs: { id: string; name: string; text: string }[];
}

export const siteDataQuery = queryOptions({
  queryKey: ['site-data'],
  queryFn: () =>
    ask<SiteData>(
      fetch('/site.json').then(async (response) =>
        response.ok ? { data: await response.json(), response } : { response },
      ),
    ),
  staleTime: Number.POSITIVE_INFINITY,
});
