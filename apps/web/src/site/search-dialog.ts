import { all, element } from './elements.ts';
import type { Found, Search } from './search-engine.ts';

let dialog: { readonly open: () => void } | undefined;

/** Opens the search at once; what is typed is looked for when engine and index have come, the first time. */
export function openSearch(indexUrl: string): void {
  dialog ??= createDialog(import('./search-engine.ts').then(({ loadSearch }) => loadSearch(indexUrl)));
  dialog.open();
}

function createDialog(search: Promise<Search>): { open: () => void } {
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
      const { found, nearest } = (await search)(words);
      if (words !== input.value.trim()) return;
      const none = `Nothing has all of “${words}”.${nearest.length > 0 ? ' Nearest pages:' : ''}`;
      status.textContent =
        found.length > 0 ? `${found.length} ${found.length === 1 ? 'page' : 'pages'} found` : none;
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

function line({ id, title, heading, group }: Found): HTMLLIElement {
  return element(
    'li',
    {},
    element(
      'a',
      { href: id },
      element('strong', {}, title),
      element('span', {}, heading === '' ? group : `${group} / ${heading}`),
    ),
  );
}
