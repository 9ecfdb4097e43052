import { writeIn } from '../ui/formats.ts';
import { speak } from './areas.ts';
import { ENGLISH, type Language, type Locale, languageFor } from './locale.ts';

const STORED = 'kanda-language';

let spoken: Language = ENGLISH;

/** The language that the dashboard speaks. */
export function spokenLanguage(): Locale {
  return spoken.locale;
}

/**
 * Has the dashboard speak the reader's language. Ends before the first render: what was shown in English would stay so.
 * Without its texts, as when the connection breaks, the dashboard speaks English.
 */
export async function loadLanguage(): Promise<void> {
  const language = languageFor(choice(), navigator.languages);
  if (language.locale !== 'en') {
    const texts = await import('./de.ts').catch(() => null);
    if (texts === null) return;
    speak(texts.de);
  }
  spoken = language;
  writeIn(language);
  document.documentElement.lang = language.locale;
}

/** Keeps the choice in this browser and loads the page anew, as all of it was rendered in the other language. */
export function chooseLanguage(locale: Locale): void {
  try {
    localStorage.setItem(STORED, locale);
  } catch {
    // Storage is closed to this page, so nothing can be chosen in it: the browser's languages hold.
  }
  location.reload();
}

function choice(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
