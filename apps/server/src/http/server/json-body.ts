import { isUtf8 } from 'node:buffer';
import { Fault } from '../../domain/errors.ts';

/** No body of ours is deeper than a list in an object. */
const DEEPEST = 8;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` differ in one bit, so one comparison serves for both. */
const OPENING = 0x5b;
const CLOSING = 0x5d;
const CURLY_BIT = 0x20;

/**
 * Reads a JSON body strictly (RFC 8259): UTF-8, no name twice in an object, no depth that no call needs.
 * `JSON.parse` keeps the last of two equal names, so that what a proxy checked may not be what is used.
 * Faults: body_malformed.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  assertNoByteOrderMark(bytes);
  if (!isUtf8(bytes)) throw malformed('it is not UTF-8');
  const names = countNames(bytes);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw malformed('it does not parse');
  }
  // Each name of the text has a colon, and each that is new has a place in the value.
  if (names !== countPlaces(value)) throw malformed('an object has the same name twice');
  return value;
}

/** Editors and some languages write one without showing it, so the refusal has to name it (RFC 8259 §8.1). */
function assertNoByteOrderMark(bytes: Buffer): void {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf)
    throw malformed('it begins with a byte order mark (EF BB BF). Send it without');
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw malformed('it begins with a byte order mark of UTF-16. Send UTF-8, without one');
}

function countNames(bytes: Buffer): number {
  let colons = 0;
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (quoted) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === COLON) colons++;
    else if ((byte & ~CURLY_BIT) === OPENING) {
      if (++depth > DEEPEST) throw malformed(`it is more than ${DEEPEST} levels deep`);
    } else if ((byte & ~CURLY_BIT) === CLOSING) depth--;
  }
  return colons;
}

function countPlaces(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let places = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const inner of Object.values(value)) places += countPlaces(inner);
  return places;
}

function malformed(why: string): Fault {
  return new Fault('body_malformed', `The body is not valid JSON: ${why}.`);
}
