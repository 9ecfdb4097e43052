/** The rule for a clientId: an application's own name for one of its users. It is in its own file, which browsers load by itself. */

/** Code points, after NFC. In UTF-8 that is 512 bytes at most, which fits every index. */
export const MAX_CLIENT_ID_LENGTH = 128;

/** One code point has up to four when it is written decomposed, as U+1F82 has: nothing longer can be short enough. */
export const MAX_WRITTEN_LENGTH = 4 * MAX_CLIENT_ID_LENGTH;

/** What most ids are made of. These are in NFC, and need no closer look. */
const PLAIN = /^(?!\.{1,2}$)[A-Za-z0-9._:@+-]{1,128}$/;

/** Proxies and URL parsers that decode a path take such parts for folders, and remove them with what is before them. */
const DOT_PART = /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/;

/**
 * What shows nothing, or marks what is not there, though it is a letter, a mark or a symbol by its properties: the
 * Braille blank, the object replacement character, two Egyptian blanks, the Khitan filler, the null notehead.
 */
export const BLANKS = '\\u2800\\ufffc\\u{13441}\\u{13442}\\u{16fe4}\\u{1d159}';

/** What no id may have in it, the closest name first. */
const UNFIT: readonly (readonly [characters: RegExp, name: string])[] = [
  [/\p{Cc}/u, 'a control character'],
  [/\p{Cs}/u, 'half of a surrogate pair'],
  [/[\p{Zl}\p{Zp}]/u, 'a line or paragraph separator'],
  [/(?! )\p{Zs}/u, 'a space other than U+0020'],
  [/\p{Bidi_Control}/u, 'a character that reorders text'],
  [new RegExp(`[\\p{Cf}\\p{Default_Ignorable_Code_Point}${BLANKS}]`, 'u'), 'an invisible character'],
  // Of two names that were decoded wrongly it can make one.
  [/\ufffd/u, 'a replacement character'],
  [/\p{Co}/u, 'a private-use character'],
  // How these are normalized may change when they are assigned.
  [/\p{Cn}/u, 'an unassigned character'],
];
const ANY_UNFIT = new RegExp(UNFIT.map(([{ source }]) => source).join('|'), 'u');

export type ReadClientId =
  /** As it is stored and compared: in NFC. */
  | { readonly clientId: string }
  /** What is wrong with it, as the rest of a sentence that begins with the field: `must not …`. */
  | { readonly problem: string };

/**
 * Reads a clientId. 1 to 128 code points after NFC, each of them printable: letters, marks, numbers, punctuation and
 * symbols of any script, and the space U+0020 between others. Not `.` or `..`, nor either of them between slashes.
 */
export function readClientId(text: string): ReadClientId {
  if (PLAIN.test(text)) return { clientId: text };
  const problem = problemOf(text);
  return problem === null ? { clientId: text.normalize('NFC') } : { problem };
}

function problemOf(text: string): string | null {
  if (text === '') return 'must not be empty';
  // In UTF-16 a code point has two units at most. Whatever is longer is not looked at.
  if (text.length > 2 * MAX_WRITTEN_LENGTH) return `must have ${MAX_CLIENT_ID_LENGTH} characters at most`;
  const id = text.normalize('NFC');
  const characters = [...id];
  if (/^\p{White_Space}/u.test(id))
    return `must not begin with white space, which is ${codeOf(characters[0])}`;
  if (/\p{White_Space}$/u.test(id))
    return `must not end with white space, which is ${codeOf(characters.at(-1))}`;
  if (id === '.' || id === '..') return 'must not be "." or ".."';
  if (DOT_PART.test(id)) return 'must not have "." or ".." between slashes';
  return (ANY_UNFIT.test(id) ? unfitIn(characters) : null) ?? tooLong(characters.length);
}

function unfitIn(characters: readonly string[]): string | null {
  for (const [index, character] of characters.entries()) {
    const name = UNFIT.find(([unfit]) => unfit.test(character))?.[1];
    if (name !== undefined) return `must not have ${name}: character ${index + 1} is ${codeOf(character)}`;
  }
  return null;
}

function tooLong(length: number): string | null {
  return length <= MAX_CLIENT_ID_LENGTH
    ? null
    : `must have ${MAX_CLIENT_ID_LENGTH} characters at most, and has ${length}`;
}

function codeOf(character = ''): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * What a schema can say of the rule, without names of classes that not every reader of patterns knows: of characters
 * that are refused those of the Basic Multilingual Plane that will stay as they are.
 */
export const CLIENT_ID_PATTERN =
  '^(?!\\.{1,2}$)(?! )(?!.* $)[^\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5' +
  '\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ud800-\\udfff\\ue000-\\uf8ff' +
  '\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffc-\\uffff]+$';
