import { all } from './elements.ts';
import { enhancePage } from './page.ts';
import { openSearch } from './search-dialog.ts';

/** Where typing means typing. */
const TYPED_IN = 'input, textarea, select, [contenteditable]';

prepareSearch();
const account = await enhancePage();
const calls = all('[data-call]');
if (calls.length > 0) {
  const { addTryButtons } = await import('./try-call.ts');
  addTryButtons(calls, account);
}
followHeadings();
if (all('[data-key-offer]').length > 0) {
  const { offerKey } = await import('./key-offer.ts');
  offerKey(account);
}

function prepareSearch(): void {
  const index = document.documentElement.dataset.searchIndex;
  if (index === undefined) return;
  for (const button of all<HTMLButtonElement>('[data-search]')) {
    button.hidden = false;
    button.addEventListener('click', () => openSearch(index));
  }
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest(TYPED_IN) !== null) return;
    event.preventDefault();
    openSearch(index);
  });
}

/** Marks in "On this page" which section is being read. */
function followHeadings(): void {
  const links = new Map(all<HTMLAnchorElement>('.on-this-page a').map((link) => [link.hash.slice(1), link]));
  if (links.size === 0) return;
  const seen = new Set<string>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) seen.add(target.id);
        else seen.delete(target.id);
      }
      const first = [...links.keys()].find((id) => seen.has(id));
      if (first === undefined) return;
      for (const [id, link] of links) link.ariaCurrent = id === first ? 'true' : null;
    },
    { rootMargin: '-72px 0px -60% 0px' },
  );
  for (const id of links.keys()) {
    const heading = document.getElementById(id);
    if (heading !== null) observer.observe(heading);
  }
}
