import { all } from './elements.ts';

const STORED = 'kanda-language';

/**
 * Remembers the language of the snippets from page to page; `?lang=py` in the address wins. Which snippets are
 * seen is a matter of style alone, and works without this.
 */
export function rememberLanguage(): void {
  const choices = all<HTMLInputElement>('.languages input');
  if (choices.length === 0) return;
  const wanted = new URLSearchParams(location.search).get('lang') ?? stored();
  const known = choices.find(({ value }) => value === wanted);
  if (known !== undefined) known.checked = true;
  for (const choice of choices) {
    choice.addEventListener('change', () => {
      keep(choice.value);
      const address = new URL(location.href);
      address.searchParams.set('lang', choice.value);
      history.replaceState(history.state, '', address);
    });
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function keep(language: string): void {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // Storage is closed to this page: the choice lasts until it is left.
  }
}
