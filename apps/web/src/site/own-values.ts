import { isPlainHost } from '../own-origin.ts';
import { all } from './elements.ts';

/** What a masked key shows: enough to tell it from others, too little to use. */
const SHOWN_OF_A_KEY = 8;

/** The values behind masked places, for Copy alone; they are in no attribute and leave with the page. */
const whole = new WeakMap<Element, string>();

/** Puts this server's own origin where the documents have an example's, unless a shell would read it as commands. */
export function fillInOrigin(): void {
  if (!isPlainHost(location.hostname)) return;
  for (const place of all('[data-fill="origin"]')) place.textContent = location.origin;
}

/** Puts a key into the snippets: masked on the screen, whole in what is copied. */
export function fillInKey(apiKey: string): void {
  for (const place of all('[data-fill="key"]')) {
    place.textContent = `${apiKey.slice(0, SHOWN_OF_A_KEY)}…`;
    place.title = 'Masked here, whole in what you copy';
    whole.set(place, apiKey);
  }
}

/** The text of a piece of code as it is to be copied. */
export function wholeText(code: HTMLElement): string {
  const copy = code.cloneNode(true) as HTMLElement;
  const places = all('[data-fill]', code);
  all('[data-fill]', copy).forEach((place, index) => {
    const original = places[index];
    const value = original === undefined ? undefined : whole.get(original);
    if (value !== undefined) place.textContent = value;
  });
  return copy.textContent ?? '';
}
