import type { Options } from 'minisearch';

/** One section of a page. `id` is its address. */
export interface SearchEntry {
  readonly id: string;
  readonly title: string;
  readonly heading: string;
  readonly group: string;
  readonly text: string;
}

/**
 * How much a match counts by the group of its page. A reader who searches wants to know how something is done; an
 * error's page is for who has met it and looks for its name.
 */
const WEIGHTS: Readonly<Record<string, number>> = { Start: 1.6, Guides: 1.6, Errors: 0.8, Decisions: 0.4 };

/** Words that people search by, and what the documentation says in their place. */
export const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    admin: ['dashboard'],
    console: ['dashboard'],
    gui: ['dashboard'],
    ui: ['dashboard'],
    mfa: ['2FA'],
    enroll: ['enrol'],
    k8s: ['Kubernetes'],
    ssl: ['HTTPS', 'TLS'],
    monitoring: ['observability', 'metrics'],
    failover: ['availability'],
    migrate: ['moving'],
  }),
);

/** The same for the build, which makes the index, and the browser, which reads it. */
export const SEARCH_OPTIONS: Options<SearchEntry> = {
  fields: ['title', 'heading', 'text'],
  storeFields: ['title', 'heading', 'group'],
  // `client_exists` is found as a whole and by its words; so is `/api/totp/validate`. A title that is such a name is
  // found as a whole alone: its words would outweigh every page that tells about them.
  tokenize: (text, field) => [
    ...text.split(/[^\p{L}\p{N}_]+/u).filter(Boolean),
    ...(field === 'title' ? [] : (text.match(/[\p{L}\p{N}]+(?:_[\p{L}\p{N}]+)+/gu) ?? [])).flatMap((name) =>
      name.split('_'),
    ),
  ],
  searchOptions: {
    boost: { title: 4, heading: 3 },
    prefix: (term) => term.length > 2,
    // Two slips in a long word, so that two letters may change places; one in a short one.
    fuzzy: (term) => (term.length > 5 ? 0.3 : term.length > 3 ? 1 : false),
    combineWith: 'AND',
    boostDocument: (_id, _term, stored) => WEIGHTS[String(stored?.group)] ?? 1,
  },
};
