import { isPlainHost } from '../own-origin.ts';

const PLACEHOLDER = 'kan_your_api_key_here';
const EXAMPLE_ORIGIN = 'https://your-kanda-server';
/** Enough to tell it from others, too little to use; as in the documentation. */
const SHOWN_OF_A_KEY = 8;

/** A program for this server: with the key masked, and with the whole key for Copy; the key null: none is known. */
export function filledIn(program: string, apiKey: string | null): { shown: string; whole: string } {
  const text = isPlainHost(location.hostname) ? program.replaceAll(EXAMPLE_ORIGIN, location.origin) : program;
  const withKey = (key: string) => text.replaceAll(PLACEHOLDER, key);
  return apiKey === null
    ? { shown: text, whole: text }
    : { shown: withKey(`${apiKey.slice(0, SHOWN_OF_A_KEY)}…`), whole: withKey(apiKey) };
}
