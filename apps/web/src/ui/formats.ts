import { ENGLISH, type Language } from '../texts/locale.ts';

let language: Language = ENGLISH;
let made = new Map<string, Intl.DateTimeFormat>();

/** Has dates and numbers written as the readers of this language write them. */
export function writeIn(next: Language): void {
  language = next;
  made = new Map();
}

/** "12,345" */
export function numberWords(value: number, options?: Intl.NumberFormatOptions): string {
  // English numbers are the same in all its countries but for their currencies.
  return value.toLocaleString(language.format, options);
}

/** A date or a time, with as much of it as is asked for, in the reader's zone or in a named one. */
export function timeFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const known = made.get(key) ?? new Intl.DateTimeFormat(language.format, options);
  made.set(key, known);
  return known;
}
