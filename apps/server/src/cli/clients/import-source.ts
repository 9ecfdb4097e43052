import { closeSync, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import {
  BEGINNING_BYTES,
  MAX_FILE_BYTES,
  type Parsed,
  type ParseOptions,
  parseFile,
  partReaderOf,
} from '@kanda/formats';
import type { Secret } from '../../domain/secret.ts';
import { askPassword } from '../lib/ask-password.ts';

/** A file of secrets, which can be gone through more than once. */
export interface ImportSource {
  /** Its records and problems, part by part. */
  parts(): AsyncIterable<Parsed>;
  close(): void;
}

export interface ReadOptions {
  readonly format: string;
  readonly parse: ParseOptions;
  readonly password: Secret<string> | null;
}

/** A smaller file is read whole, whatever its format. */
const SMALL_BYTES = 2 * 1_048_576;
const PIECE_BYTES = 256 * 1024;
const PART_RECORDS = 1_000;

/**
 * Opens a file. A large one whose entries are read one by one is not kept in memory: each time that it is gone through it
 * is read again. Of any other the records are kept, and nothing else.
 */
export async function openSource(file: string, options: ReadOptions): Promise<ImportSource> {
  const descriptor = openSync(file, 'r');
  try {
    const stats = fstatSync(descriptor);
    const read =
      stats.size > SMALL_BYTES ? partReaderOf(beginningOf(descriptor), options.format, options.parse) : null;
    if (read !== null) {
      return {
        async *parts() {
          for await (const part of read(piecesOf(descriptor))) {
            assertUnchanged(file, stats, fstatSync(descriptor));
            yield part;
          }
        },
        close: () => closeSync(descriptor),
      };
    }
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  try {
    const parsed = await readWhole(file, descriptor, options);
    return { parts: () => slicesOf(parsed), close: () => {} };
  } finally {
    closeSync(descriptor);
  }
}

function beginningOf(descriptor: number): Uint8Array {
  const bytes = new Uint8Array(BEGINNING_BYTES);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
}

/** The bytes of a file from its beginning. A piece is good until the next one is taken. */
function* piecesOf(descriptor: number): Generator<Uint8Array> {
  const piece = new Uint8Array(PIECE_BYTES);
  for (let position = 0; ; ) {
    const count = readSync(descriptor, piece, 0, piece.length, position);
    if (count === 0) return;
    position += count;
    yield piece.subarray(0, count);
  }
}

/** What is imported has to be what was shown. */
function assertUnchanged(file: string, before: Stats, now: Stats): void {
  if (before.size === now.size && before.mtimeMs === now.mtimeMs) return;
  throw new Error(`${file} was changed while it was read. Import it again when it is whole.`);
}

async function* slicesOf({ format, records, problems }: Parsed): AsyncGenerator<Parsed> {
  for (let from = 0; from === 0 || from < records.length; from += PART_RECORDS) {
    const some = records.slice(from, from + PART_RECORDS);
    yield { format, records: some, problems: from === 0 ? problems : [] };
  }
}

/** With a password if the file asks for one and there is a terminal to type it. */
async function readWhole(
  file: string,
  descriptor: number,
  { format, parse, password }: ReadOptions,
): Promise<Parsed> {
  assertReadable(file, fstatSync(descriptor).size);
  const bytes = readFileSync(descriptor);
  // A pipe has no size before it is read.
  assertReadable(file, bytes.length);
  const withPassword = (given: Secret<string> | null) =>
    parseFile(bytes, format, given === null ? parse : { ...parse, password: given.reveal() });
  const parsed = await withPassword(password);
  const asks = parsed.problems.some(({ code }) => code === 'password_required');
  if (!asks || password !== null || !process.stdin.isTTY) return parsed;
  return withPassword(await askPassword('Password of the file: '));
}

function assertReadable(file: string, bytes: number): void {
  if (bytes <= MAX_FILE_BYTES) return;
  throw new Error(
    `${file} has more than ${MAX_FILE_BYTES / 1_048_576} MiB, and its format can only be read as a whole. Split it.`,
  );
}
