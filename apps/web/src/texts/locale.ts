/** The languages that the dashboard speaks. */
export type Locale = 'en' | 'de';

/** The language of the texts, and the tag that dates and numbers are written by. */
export interface Language {
  readonly locale: Locale;
  readonly format: string;
}

/** English is written with the day before the month, which no reader mistakes. */
export const ENGLISH: Language = { locale: 'en', format: 'en-GB' };

const LOCALES: ReadonlySet<string> = new Set<Locale>(['en', 'de']);

/**
 * The language of a reader: the one that was chosen, or the first of the browser's that there is, or English.
 * @param chosen what is kept of a choice; null: none was made
 * @param preferred the browser's languages, the most welcome first
 */
export function languageFor(chosen: string | null, preferred: readonly string[]): Language {
  const locale = [chosen ?? '', ...preferred].map(languageOf).find(isLocale) ?? 'en';
  if (locale === 'en') return ENGLISH;
  // A reader in Austria or Switzerland has numbers written as they are there.
  const format = preferred.find((tag) => languageOf(tag) === locale && isTag(tag));
  return { locale, format: format ?? locale };
}

function languageOf(tag: string): string {
  return tag.toLowerCase().split('-', 1)[0] ?? '';
}

function isLocale(language: string): language is Locale {
  return LOCALES.has(language);
}

function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
