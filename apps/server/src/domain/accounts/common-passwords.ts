import { FINGERPRINTS } from './common-password-list.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = /^[\d\s\p{P}\p{S}]+|[\d\s\p{P}\p{S}]+$/gu;

/** Of 36 bits each: of ten million good passwords one is taken for one of a list of 3,000. */
let known: ReadonlySet<string> | null = null;

/** Whether a password in lower case is on the list, as it is or with digits and symbols put around it. */
export function isCommonPassword(folded: string): boolean {
  known ??= new Set(FINGERPRINTS.match(/\S{6}/g));
  return known.has(fingerprint(folded)) || known.has(fingerprint(folded.replace(PADDING, '')));
}

/** A short name of a text, by which it is found in the list. Not meant to hide it: a guess can be checked. */
export function fingerprint(text: string): string {
  // Two hashes with different seeds and factors over the UTF-16 units, of 18 bits each.
  let one = 0x9e3779b9;
  let two = 0x85ebca6b;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 0x9e3779b1);
    two = Math.imul(two ^ unit, 0x5f356495);
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  one = mixed(one);
  two = mixed(two);
  const bits = [one, one >>> 6, one >>> 12, two, two >>> 6, two >>> 12];
  return bits.map((six) => ALPHABET[six & 63]).join('');
}

/** The last mixing of MurmurHash3: every bit of the input reaches every bit. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
