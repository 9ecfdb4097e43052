/** Checkpoints (C2SP tlog-checkpoint): a signed note that says how long a log is and what its root is. */
import { HASH_LENGTH, type Hash } from './merkle.ts';
import { decodeBase64, NoteError, parseNote, type SignedNote } from './note.ts';

export interface Checkpoint {
  /** Which log this is; also the name under which the log's key signs. */
  readonly origin: string;
  /** How many events it covers: those with the numbers 1 to `size`. */
  readonly size: number;
  readonly root: Hash;
  /** When it was signed, in ms; null when it does not say. */
  readonly at: number | null;
}

const TIME_LINE = /^time (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)$/;

/**
 * The text to sign. Its time is an extension line, since what retention may prune depends on the age of a
 * signed checkpoint.
 */
export function checkpointText({ origin, size, root, at }: Checkpoint): string {
  const time = at === null ? '' : `time ${new Date(at).toISOString()}\n`;
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n${time}`;
}

/**
 * What a note says, whether or not its signature is right.
 * @throws {NoteError} when it is no checkpoint
 */
export function parseCheckpoint(text: string): {
  readonly checkpoint: Checkpoint;
  readonly note: SignedNote;
} {
  const note = parseNote(text);
  const [origin = '', size = '', root = '', ...extensions] = note.text.slice(0, -1).split('\n');
  const hash = decodeBase64(root);
  if (
    origin === '' ||
    !/^(?:0|[1-9][0-9]{0,15})$/.test(size) ||
    !Number.isSafeInteger(Number(size)) ||
    hash === null ||
    hash.length !== HASH_LENGTH ||
    extensions.includes('')
  ) {
    throw new NoteError('this note is not a checkpoint: origin, size, root hash, each on a line');
  }
  const time = extensions.map((line) => TIME_LINE.exec(line)?.[1]).find((found) => found !== undefined);
  return {
    checkpoint: { origin, size: Number(size), root: hash, at: time === undefined ? null : timeOf(time) },
    note,
  };
}

/** null for a time that no calendar has: `Date` takes February 30 for March 2. */
function timeOf(text: string): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) || new Date(at).toISOString() !== text ? null : at;
}

/**
 * The notes of a text that holds one after the other, as a file does to which they were appended. What is
 * no note, such as the rest of one that was being written when the power failed, is left out and counted.
 */
export function splitNotes(text: string): { readonly notes: string[]; readonly strays: number } {
  const notes: string[] = [];
  let strays = 0;
  let body: string | null = null;
  for (const paragraph of text.replaceAll('\r\n', '\n').split(/\n{2,}/)) {
    const trimmed = paragraph.replace(/^\n+|\n+$/g, '');
    if (trimmed === '') continue;
    if (!trimmed.startsWith('\u2014 ')) {
      if (body !== null) strays++;
      body = trimmed;
      continue;
    }
    const lines = trimmed.split('\n');
    const end = lines.findIndex((line) => !line.startsWith('\u2014 '));
    const signatures = end < 0 ? lines : lines.slice(0, end);
    if (body === null) strays++;
    else notes.push(`${body}\n\n${signatures.join('\n')}\n`);
    // Notes that were put together without a blank line between them.
    body = end < 0 ? null : lines.slice(end).join('\n');
  }
  if (body !== null) strays++;
  return { notes, strays };
}
