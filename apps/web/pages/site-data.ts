import { SDK_LANGUAGES } from './api-examples.ts';
import { snippet } from './front-snippets.ts';
import type { Repository } from './repository.ts';

/** Where the build puts it: at a name that stays, as the dashboard's script cannot know a hashed one. */
export const SITE_DATA = 'site.json';

/** What the dashboard needs of the static pages, as JSON: the programs of the front page, and where the search's index is. */
export function siteData(repository: Repository, searchUrl: string): string {
  const programs = SDK_LANGUAGES.map(({ id, name }) => ({
    id,
    name,
    text: (['key', 'register', 'validate'] as const)
      .map((task) => snippet(repository, task, id).trim())
      .join('\n\n'),
  }));
  return JSON.stringify({ searchUrl, programs });
}
