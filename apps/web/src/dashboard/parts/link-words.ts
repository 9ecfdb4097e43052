import { t } from '../../texts/links.ts';
import type { Link } from '../api.ts';

export const PURPOSE_WORDS = {
  enrol: {
    get title() {
      return t.enrol;
    },
    get text() {
      return t.enrolText;
    },
  },
  replace: {
    get title() {
      return t.replace;
    },
    get text() {
      return t.replaceText;
    },
  },
  challenge: {
    get title() {
      return t.challenge;
    },
    get text() {
      return t.challengeText;
    },
  },
} as const;
export type Purpose = keyof typeof PURPOSE_WORDS;

/** Those of a newer version are named as they are. */
export function purposeTitle(purpose: string): string {
  return PURPOSE_WORDS[purpose as Purpose]?.title ?? purpose;
}

export const LIVES = [
  {
    seconds: 3_600,
    get words() {
      return t.afterHour;
    },
  },
  {
    seconds: 86_400,
    get words() {
      return t.afterDay;
    },
  },
  {
    seconds: 259_200,
    get words() {
      return t.afterThreeDays;
    },
  },
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
