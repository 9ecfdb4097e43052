import { all } from './elements.ts';

/** A choice of the reader that is kept from page to page. */
interface Choice {
  /** The name of its radio buttons, and of its part of the address. */
  readonly name: 'lang' | 'way';
  readonly stored: string;
}

const CHOICES: readonly Choice[] = [
  { name: 'lang', stored: 'kanda-language' },
  { name: 'way', stored: 'kanda-way' },
];

/**
 * Remembers the language of the snippets, and whether steps are shown for the dashboard or the terminal, from page to
 * page; `?lang=py` and `?way=terminal` in the address win. What is seen is a matter of style alone, and works without
 * this.
 */
export function rememberChoices(): void {
  for (const choice of CHOICES) remember(choice);
}

function remember({ name, stored }: Choice): void {
  const buttons = all<HTMLInputElement>(`.languages input[name="${name}"]`);
  if (buttons.length === 0) return;
  const wanted = new URLSearchParams(location.search).get(name) ?? read(stored);
  const known = buttons.find(({ value }) => value === wanted);
  if (known !== undefined) known.checked = true;
  for (const button of buttons) {
    button.addEventListener('change', () => {
      keep(stored, button.value);
      const address = new URL(location.href);
      address.searchParams.set(name, button.value);
      history.replaceState(history.state, '', address);
    });
  }
}

function read(stored: string): string | null {
  try {
    return localStorage.getItem(stored);
  } catch {
    return null;
  }
}

function keep(stored: string, value: string): void {
  try {
    localStorage.setItem(stored, value);
  } catch {
    // Storage is closed to this page: the choice lasts until it is left.
  }
}
