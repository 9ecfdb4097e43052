import type { Locale } from '../locale.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import type { HostedTexts } from './texts.ts';

/** The texts of the hosted pages by language. */
export const TEXTS: Readonly<Record<Locale, HostedTexts>> = {
  en,
  de,
  fr: en,
  es: en,
  pt: en,
  it: en,
  ja: en,
  zh: en,
  ar: en,
};
