import MiniSearch from 'minisearch';
import { SEARCH_OPTIONS, type SearchEntry } from '../src/site/search-options.ts';
import type { Section } from './markdown.ts';

export interface SearchablePage {
  readonly url: string;
  readonly title: string;
  readonly group: string;
  readonly sections: readonly Section[];
}

/** The index that the documentation's search loads when it is first used. */
export function searchIndex(pages: readonly SearchablePage[]): string {
  const search = new MiniSearch<SearchEntry>(SEARCH_OPTIONS);
  for (const { url, title, group, sections } of pages) {
    for (const { id, heading, text } of sections) {
      if (text === '' && heading === '') continue;
      const address = id === null ? url : `${url}#${id}`;
      // So that a page is found by the words of its title in any of its sections.
      search.add({
        id: address,
        title,
        heading,
        group,
        text: title.includes('_') ? `${title} ${text}` : text,
      });
    }
  }
  return JSON.stringify(search);
}
