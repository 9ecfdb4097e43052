import MiniSearch, { type SearchResult } from 'minisearch';
import { SEARCH_OPTIONS, type SearchEntry } from './search-options.ts';

const MOST_FOUND = 12;
const MOST_NEAREST = 5;

export type Found = Omit<SearchEntry, 'text'>;

/** What has all the words; else what comes nearest. */
export type Search = (words: string) => { readonly found: Found[]; readonly nearest: Found[] };

/** Loads the index. @throws with words for people */
export async function loadSearch(url: string): Promise<Search> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The search's index could not be loaded (${answer.status}).`);
  const index = MiniSearch.loadJSON<SearchEntry>(await answer.text(), SEARCH_OPTIONS);
  return (words) => {
    const found = index.search(words).slice(0, MOST_FOUND);
    if (found.length > 0) return { found: found.map(entry), nearest: [] };
    // Any of the words, spelled as badly as may be.
    const nearest = index.search(words, { combineWith: 'OR', fuzzy: 0.4, prefix: true });
    return { found: [], nearest: nearest.slice(0, MOST_NEAREST).map(entry) };
  };
}

function entry({ id, title, heading, group }: SearchResult): Found {
  return { id: String(id), title: String(title), heading: String(heading), group: String(group) };
}
