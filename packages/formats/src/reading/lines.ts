/** In characters. An entry of a file that is read in parts has less: a longer one is no entry. */
export const MAX_ENTRY = 1_048_576;

/** An entry of a file does not end. Its message is for people. */
export class EntryTooLong extends Error {
  override readonly name = 'EntryTooLong';

  /** @param line on which the entry begins, from 1 */
  constructor(line: number) {
    super(
      `What begins on line ${line} is longer than 1 MiB: a line does not end, or a quote is never closed.`,
    );
  }
}

/**
 * Text that comes in pieces, line by line, without the line ends; what follows the last of them is a line, too.
 *
 * @param end what ends a line; a CR at the end of a piece is looked at together with the next piece
 * @throws {EntryTooLong}
 */
export function* linesOf(pieces: Iterable<string>, end: RegExp): Generator<string> {
  let begun: string[] = [];
  let held = '';
  let line = 1;
  let length = 0;
  for (const piece of pieces) {
    const text = held + piece;
    held = text.endsWith('\r') ? '\r' : '';
    const lines = text.slice(0, text.length - held.length).split(end);
    const next = lines.shift() ?? '';
    begun.push(next);
    length += next.length;
    if (length > MAX_ENTRY) throw new EntryTooLong(line);
    const last = lines.pop();
    if (last === undefined) continue;
    yield begun.join('');
    yield* lines;
    line += lines.length + 1;
    begun = [last];
    length = last.length;
  }
  yield* (begun.join('') + held).split(end);
}
