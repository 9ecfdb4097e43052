import type { Link } from '../api.ts';

export const PURPOSE_WORDS = {
  enrol: {
    title: 'Enrol',
    text: 'Your user adds the secret to a phone and types its first code. You never see the secret.',
  },
  replace: {
    title: 'Replace',
    text: 'For a new phone, or one that was lost: a new secret takes the place of all others once its first code is typed.',
  },
  challenge: { title: 'Ask for a code', text: 'Your user types a code, as at a login.' },
} as const;
export type Purpose = keyof typeof PURPOSE_WORDS;

/** Those of a newer version are named as they are. */
export function purposeTitle(purpose: string): string {
  return PURPOSE_WORDS[purpose as Purpose]?.title ?? purpose;
}

export const LIVES = [
  { seconds: 3_600, words: 'After one hour' },
  { seconds: 86_400, words: 'After one day' },
  { seconds: 259_200, words: 'After three days' },
] as const;

/** Each by its own name, for someone who sends a link to a speaker of it. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  it: 'Italiano',
  ja: '日本語',
  zh: '中文',
  ar: 'العربية',
} as const;
export type Language = keyof typeof LANGUAGES;

/** Whether it can still be used. */
export function isOpen({ status }: Link): boolean {
  return status === 'waiting' || status === 'opened';
}
