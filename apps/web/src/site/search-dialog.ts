import MiniSearch, { type SearchResult } from 'minisearch';
import { all, element } from './elements.ts';
import { SEARCH_OPTIONS, type SearchEntry } from './search-options.ts';

const MOST_RESULTS = 12;

let dialog: { readonly open: () => void } | undefined;

/** Opens the search; the first time it loads the index. */
export function openSearch(indexUrl: string): void {
  dialog ??= createDialog(load(indexUrl));
  dialog.open();
}

async function load(url: string): Promise<MiniSearch<SearchEntry>> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The search's index could not be loaded (${answer.status}).`);
  return MiniSearch.loadJSON<SearchEntry>(await answer.text(), SEARCH_OPTIONS);
}

function createDialog(index: Promise<MiniSearch<SearchEntry>>): { open: () => void } {
  const input = element('input', {
    type: 'search',
    placeholder: 'Search the documentation',
    ariaLabel: 'Search the documentation',
    autocomplete: 'off',
    spellcheck: false,
  });
  const status = element('p', { className: 'status', role: 'status' });
  const list = element('ul', {});
  const close = element(
    'button',
    { type: 'button', className: 'button', ariaLabel: 'Close the search' },
    'Esc',
  );
  const box = element(
    'dialog',
    { className: 'search', ariaLabel: 'Search' },
    element('div', { className: 'field' }, input, close),
    status,
    list,
  );
  document.body.append(box);

  const show = async () => {
    const words = input.value.trim();
    if (words === '') {
      status.textContent = '';
      list.replaceChildren();
      return;
    }
    try {
      const { found, nearest } = find(await index, words);
      if (words !== input.value.trim()) return;
      const none = `Nothing has all of “${words}”.${nearest.length > 0 ? ' Nearest pages:' : ''}`;
      status.textContent = found.length > 0 ? `${found.length} found` : none;
      list.replaceChildren(...(found.length > 0 ? found : nearest).map(line));
    } catch (error) {
      status.textContent = error instanceof Error ? error.message : String(error);
    }
  };

  input.addEventListener('input', () => void show());
  close.addEventListener('click', () => box.close());
  box.addEventListener('click', (event) => {
    // The backdrop is the dialog itself; whatever is in it is a child. A link closes it too, for the same page.
    if (event.target === box || (event.target as Element).closest('a') !== null) box.close();
  });
  box.addEventListener('keydown', (event) => {
    const links = all<HTMLAnchorElement>('a', list);
    if (event.key === 'Enter' && event.target === input) links[0]?.click();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = links.indexOf(document.activeElement as HTMLAnchorElement) + step;
    (next < 0 ? input : links[Math.min(next, links.length - 1)])?.focus();
  });
  return {
    open: () => {
      if (!box.open) box.showModal();
      input.select();
    },
  };
}

/** What has all the words, or else what has any of them, spelled as badly as may be. */
function find(
  index: MiniSearch<SearchEntry>,
  words: string,
): { found: SearchResult[]; nearest: SearchResult[] } {
  const found = index.search(words).slice(0, MOST_RESULTS);
  if (found.length > 0) return { found, nearest: [] };
  const nearest = index.search(words, { combineWith: 'OR', fuzzy: 0.4, prefix: true });
  return { found: [], nearest: nearest.slice(0, 5) };
}

function line({ id, title, heading, group }: SearchResult): HTMLLIElement {
  return element(
    'li',
    {},
    element(
      'a',
      { href: String(id) },
      element('strong', {}, String(heading || title)),
      element('span', {}, heading === '' ? String(group) : `${group} / ${title}`),
    ),
  );
}
