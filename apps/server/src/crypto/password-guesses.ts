import type { ZxcvbnFactory } from '@zxcvbn-ts/core';

/** zxcvbn's highest score: more guesses than an attacker with the hash gets from a slow function in weeks. */
const ENOUGH_GUESSES = 1e10;
/**
 * UTF-16 units of a password that are judged. The work grows with the square of the length: the slowest of 40
 * took 15 ms, of 256 (the library's own bound) 860 ms, on the thread that answers everyone.
 */
const MAX_JUDGED_LENGTH = 40;
/** Spellings with digits and symbols for letters; at the library's own 100 the slowest took 60 ms. */
const MAX_SUBSTITUTIONS = 8;
const SEPARATORS = /[\s._,-]+/gu;

/** Loaded for the first password that is set: 150 ms and 30 MB that most processes never need. */
let loading: Promise<ZxcvbnFactory> | null = null;

/**
 * Whether `password` is among the first 10^10 guesses of a cracking program: made of common passwords, words of
 * the owner, runs of keys or characters, repetitions and dates. Tried with and without its separators, as a space
 * between parts costs a program nothing.
 *
 * @param password in lower case and NFKC. Its first 40 UTF-16 units are judged: if they are strong, so is the whole.
 * @param ownWords in lower case: what an attacker knows of the owner
 */
export async function isGuessable(password: string, ownWords: readonly string[]): Promise<boolean> {
  loading ??= load();
  const zxcvbn = await loading;
  const words = ownWords.filter((word) => word !== '').sort((a, b) => b.length - a.length);
  const text = shortened(password, words);
  const spellings = new Set([text, text.replace(SEPARATORS, '')]);
  return [...spellings].some((spelling) => zxcvbn.check(spelling, words).guesses < ENOUGH_GUESSES);
}

/** With the shortest of `words`, which come longest first, in place of each: an address may be longer than what is judged. */
function shortened(text: string, words: readonly string[]): string {
  const shortest = words.at(-1) ?? '';
  return words.reduce((short, word) => short.replaceAll(word, () => shortest), text);
}

async function load(): Promise<ZxcvbnFactory> {
  const [core, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]);
  return new core.ZxcvbnFactory({
    dictionary: common.dictionary,
    graphs: common.adjacencyGraphs,
    maxLength: MAX_JUDGED_LENGTH,
    l33tMaxSubstitutions: MAX_SUBSTITUTIONS,
  });
}
