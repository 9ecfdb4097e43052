import type { Texts } from './en.ts';

type Area = keyof Texts;

const shown: { name: Area; texts: object }[] = [];
let other: Partial<Texts> | null = null;

/**
 * The texts of one part of the dashboard, in the language that is spoken. Each part has the English ones with it, so
 * that no one waits for texts that are not yet to be seen. A text is looked up when it is shown, never when a module is
 * loaded: the language may come after that.
 */
export function area<Name extends Area>(name: Name, english: Texts[Name]): Texts[Name] {
  const texts = { ...english, ...other?.[name] };
  shown.push({ name, texts });
  return texts;
}

/** Puts the texts of another language in the place of the English ones, in all parts, those that come later too. */
export function speak(texts: Partial<Texts>): void {
  other = texts;
  for (const part of shown) Object.assign(part.texts, texts[part.name]);
}
