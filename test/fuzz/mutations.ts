/** How an input is made from another: small changes of text, chosen by a seeded generator. */
import type { Random } from '../support/random.ts';

export const MAX_LENGTH = 4_096;

/** Characters that parsers have stumbled over: look-alikes, blanks, controls, halves of pairs. */
export const ODD_CHARACTERS: readonly string[] = [
  ...['\0', '\n', '\r', '\t', ' ', '\u00a0', '\u200b', '\u2028', '\ufeff', '\u202e', '\ud800', '\udfff'],
  ...['ı', 'ſ', 'K', 'İ', 'ß', 'Ａ', '２', '٢', '²', '=', '-', '+', '/', '_', '.', ':', ';', ',', '%', '%00'],
  ...[
    '%3A',
    '&',
    '?',
    '#',
    '@',
    '"',
    '\\',
    '\\u0000',
    '{',
    '}',
    '[',
    ']',
    '(',
    '0',
    '1',
    'A',
    'a',
    '7',
    '😀',
  ],
];
const ODD_NUMBERS: readonly string[] = [
  ...['0', '-0', '-1', '1', '00', '1.5', '1e1', '1e999', '255', '256', '65535', '65536', '2147483648'],
  ...['4294967296', '9007199254740991', '9007199254740993', '9999999999999999', '18446744073709551616'],
];

type Change = (text: string, random: Random, words: readonly string[]) => string;

const CHANGES: readonly (readonly [weight: number, change: Change])[] = [
  [3, (text, random, words) => replace(text, random, 0, random.pick(words))],
  [2, (text, random, words) => replace(text, random, 1 + random.below(8), random.pick(words))],
  [2, (text, random) => replace(text, random, random.below(2), random.pick(ODD_CHARACTERS))],
  [2, (text, random) => replace(text, random, 1 + random.below(1 + (text.length >> 1)), '')],
  [1, (text, random) => text.slice(0, random.below(text.length + 1))],
  [1, doubled],
  [1, repeated],
  [1, withOddNumber],
  [1, withOtherCase],
  [1, withCodeMoved],
  [1, (text, random) => text + random.pick(ODD_CHARACTERS)],
];

/**
 * `text` with one to four changes, of at most {@link MAX_LENGTH} characters.
 * @param words what inputs of this kind are made of
 * @param others inputs whose ends may be put behind its beginning
 */
export function mutated(
  text: string,
  random: Random,
  words: readonly string[],
  others: readonly string[],
): string {
  let changed = text;
  if (others.length > 0 && random.below(8) === 0) {
    const other = random.pick(others);
    changed = text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1));
  }
  const known = words.length > 0 ? words : ODD_CHARACTERS;
  for (let count = 1 + random.below(4); count > 0; count--)
    changed = random.weighted(CHANGES)(changed, random, known);
  return changed.slice(0, MAX_LENGTH);
}

function replace(text: string, random: Random, length: number, by: string): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + by + text.slice(at + length);
}

function doubled(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const piece = text.slice(at, at + 1 + random.below(32));
  return text.slice(0, at) + piece + text.slice(at);
}

/** One place many times over: what takes longer than its length allows shows here. */
function repeated(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const piece = text.slice(at, at + 1 + random.below(3));
  return text.slice(0, at) + piece.repeat(2 ** (1 + random.below(10))) + text.slice(at);
}

function withOddNumber(text: string, random: Random): string {
  const numbers = [...text.matchAll(/\d+/g)];
  if (numbers.length === 0) return text + random.pick(ODD_NUMBERS);
  const { 0: number, index } = random.pick(numbers);
  return text.slice(0, index) + random.pick(ODD_NUMBERS) + text.slice(index + number.length);
}

function withOtherCase(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const piece = text.slice(at, at + 1 + random.below(8));
  const other = random.below(2) === 0 ? piece.toUpperCase() : piece.toLowerCase();
  return text.slice(0, at) + other + text.slice(at + piece.length);
}

function withCodeMoved(text: string, random: Random): string {
  if (text === '') return text;
  const at = random.below(text.length);
  const moved = text.charCodeAt(at) ^ (1 << random.below(8));
  return text.slice(0, at) + String.fromCharCode(moved) + text.slice(at + 1);
}
