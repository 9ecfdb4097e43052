import { repositoryRoot } from '../build/site-pages.ts';
import { repositoryAt } from '../pages/repository.ts';
import type { Page } from '../pages/shell.tsx';
import { readSite } from '../pages/site.tsx';

/** Every page as the build would render it, and the search's index, without building. */
export async function renderedSite(): Promise<{ pages: Page[]; searchIndex: string }> {
  const site = await readSite(repositoryAt(repositoryRoot()));
  const assets = { scripts: ['/assets/script.js'], styles: ['/assets/style.css'], fonts: [] };
  return {
    pages: site.pages({ front: assets, docs: assets, door: assets }, '/assets/search.json'),
    searchIndex: site.searchIndex,
  };
}
