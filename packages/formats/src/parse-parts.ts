import type { Format } from './format.ts';
import { csv } from './formats/csv.ts';
import { FORMATS } from './parse.ts';
import { Input } from './reading/input.ts';
import { type EntryKind, type Part, partsOf } from './reading/part.ts';
import { isRow } from './reading/values.ts';
import type { Parsed, ParseOptions } from './record.ts';

/** How much of a file decides whether it can be read in parts, and by which format. */
export const BEGINNING_BYTES = 64 * 1024;

/**
 * Reads a file in parts. What `parseFile` would give of the whole comes piece by piece, with the same places, and no more
 * than a part of it is in memory. It throws a {@link NotText} where the file stops being UTF-8, and an
 * {@link EntryTooLong} where an entry does not end.
 *
 * @param pieces the bytes of the whole file, from its beginning, in pieces of any size
 */
export type PartReader = (pieces: Iterable<Uint8Array>) => AsyncGenerator<Parsed>;

/** A file that began as text is not text throughout. */
export class NotText extends Error {
  override readonly name = 'NotText';
}

/**
 * How a file that begins like this is read in parts; null when it has to be read as a whole by `parseFile`: it is a
 * single document, a format whose entries depend on each other, UTF-16, or not known by its beginning.
 *
 * @param bytes the first {@link BEGINNING_BYTES} of the file or more, or the whole file
 * @param name the name of a format, or `auto` to recognize it
 */
export function partReaderOf(bytes: Uint8Array, name: string, options: ParseOptions = {}): PartReader | null {
  const beginning = new Input(bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1));
  const { text } = beginning;
  if (text === null || text.trim() === '' || bytes[0] === 0xff) return null;
  const format = formatOf(beginning, name, options);
  if (format?.entries === undefined) return null;
  const kind = kindOf(format.entries, text);
  if (kind === null) return null;
  const hasHeadings = format.entries === 'rows';
  return (pieces) => parsedParts(format, partsOf(beginning, kind, decoded(pieces), hasHeadings), options);
}

const LINE_FEED = 0x0a;

function formatOf(beginning: Input, name: string, options: ParseOptions): Format | undefined {
  const chosen = FORMATS.find((one) => (name === 'auto' ? one.matches(beginning) : one.name === name));
  return chosen ?? (name === 'auto' && options.map?.secret !== undefined ? csv : undefined);
}

function kindOf(entries: NonNullable<Format['entries']>, text: string): EntryKind | null {
  if (entries === 'lines') return 'lines';
  if (entries === 'cells') return 'csv';
  if (/^\s*\[/.test(text)) return null;
  return /^\s*\{/.test(text) ? jsonKindOf(text) : 'csv';
}

/** NDJSON, when a line is a whole object and another one follows: a single document has nothing after its end. */
function jsonKindOf(text: string): 'json' | null {
  const [first, second] = text.split('\n').filter((line) => line.trim() !== '');
  if (first === undefined || second === undefined) return null;
  try {
    return isRow(JSON.parse(first)) ? 'json' : null;
  } catch {
    return null;
  }
}

async function* parsedParts(
  format: Format,
  parts: Iterable<Part>,
  options: ParseOptions,
): AsyncGenerator<Parsed> {
  for (const part of parts) {
    const parsed = await format.parse(part, options);
    yield parsed;
    // The columns are those of every part.
    if (parsed.problems.some(({ code }) => code === 'map_required')) return;
  }
}

function* decoded(pieces: Iterable<Uint8Array>): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (const piece of pieces) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new NotText('The file is not UTF-8 throughout. Save it as UTF-8.', { cause });
  }
}
