export type Locale = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'it' | 'ja' | 'zh' | 'ar';

const LOCALES: ReadonlySet<string> = new Set<Locale>(['en', 'de', 'fr', 'es', 'pt', 'it', 'ja', 'zh', 'ar']);

/** No browser sends more, and what follows is not read. */
const MAX_HEADER_LENGTH = 500;

/**
 * The language of a page: what the link asks for, or what the browser prefers, or English.
 * @param asked a language tag as `de` or `pt-BR`; null when the link names none
 * @param acceptLanguage the header as it was sent (RFC 9110 §12.5.4)
 */
export function localeFor(asked: string | null, acceptLanguage: string | undefined): Locale {
  const preferred = (acceptLanguage ?? '')
    .slice(0, MAX_HEADER_LENGTH)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
      return { tag, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    // Of those that are equally welcome the first one counts: the sort is stable.
    .sort((a, b) => b.weight - a.weight);
  for (const tag of [...(asked === null ? [] : [asked]), ...preferred.map(({ tag }) => tag)]) {
    const language = tag.toLowerCase().split('-', 1)[0] ?? '';
    if (isLocale(language)) return language;
  }
  return 'en';
}

function isLocale(language: string): language is Locale {
  return LOCALES.has(language);
}
