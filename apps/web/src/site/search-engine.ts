import MiniSearch, { type Query, type SearchResult } from 'minisearch';
import { SEARCH_OPTIONS, type SearchEntry, SYNONYMS } from './search-options.ts';

const MAX_FOUND = 12;
const MAX_NEAREST = 5;

/** A page, and the section of it that answers best. */
export type Found = Omit<SearchEntry, 'text'>;

/** What has all the words; else what comes nearest. */
export type Search = (words: string) => { readonly found: Found[]; readonly nearest: Found[] };

/** Loads the index. @throws with words for people */
export async function loadSearch(url: string): Promise<Search> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The search's index could not be loaded (${answer.status}).`);
  return searchOf(await answer.text());
}

/** @param index as the build wrote it */
export function searchOf(index: string): Search {
  const sections = MiniSearch.loadJSON<SearchEntry>(index, SEARCH_OPTIONS);
  return (words) => {
    const found = bestOfEachPage(sections.search(withSynonyms(words))).slice(0, MAX_FOUND);
    if (found.length > 0) return { found, nearest: [] };
    // Any of the words, spelled as badly as may be.
    const nearest = sections.search(words, { combineWith: 'OR', fuzzy: 0.4, prefix: true });
    return { found: [], nearest: bestOfEachPage(nearest).slice(0, MAX_NEAREST) };
  };
}

/** Each word, or what the documentation calls it. */
function withSynonyms(words: string): Query {
  const queries = words.split(/\s+/).map((word): Query => {
    const others = SYNONYMS.get(word.toLowerCase());
    return others === undefined ? word : { combineWith: 'OR', queries: [word, ...others] };
  });
  return queries.every((query) => typeof query === 'string') ? words : { combineWith: 'AND', queries };
}

/** The results in their order, of each page the first alone. */
function bestOfEachPage(results: readonly SearchResult[]): Found[] {
  const pages = new Map<string, Found>();
  for (const result of results) {
    const found = entry(result);
    const page = found.id.split('#')[0] ?? '';
    if (!pages.has(page)) pages.set(page, found);
  }
  return [...pages.values()];
}

function entry({ id, title, heading, group }: SearchResult): Found {
  const found = { id: String(id), title: String(title), heading: String(heading), group: String(group) };
  // An error's page is one screen, whose sections are the same on each: "What it means", "What to do".
  return found.group === 'Errors' ? { ...found, id: found.id.split('#')[0] ?? '', heading: '' } : found;
}
