import { EntryTooLong, MAX_ENTRY } from './lines.ts';

/** One row of a CSV file. */
export interface CsvRow {
  /** The line that it begins on, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

const SEPARATORS = [',', ';', '\t'] as const;

/**
 * Reads comma-separated values (RFC 4180): quoted cells may have line breaks and `""` in them; lines may end in CR, LF
 * or both; empty lines are left out. Of `,`, `;` and tab, the separator is the one that the first line has most of.
 * A quote that is never closed ends with the text.
 *
 * @param text as a whole, or in pieces, of which no more is read than the next row needs
 * @throws {EntryTooLong} of pieces only
 */
export function* csvRows(text: string | Iterable<string>): Generator<CsvRow> {
  const window = new TextWindow(typeof text === 'string' ? [text] : text);
  try {
    let line = 1;
    while (!/[\r\n]/.test(window.text) && window.readMore(0, line));
    const separator = separatorOf(window.text);
    let at = 0;
    for (;;) {
      const row = rowAt(window.text, at, separator);
      // What touches the end may go on in the next piece.
      if (row.end >= window.text.length && window.readMore(at, line)) {
        at = 0;
        continue;
      }
      if (at >= window.text.length) return;
      const { cells } = row;
      if (cells.length > 1 || cells[0]?.trim() !== '') yield { line, cells };
      line += row.lines;
      at = row.end;
    }
  } finally {
    window.close();
  }
}

/** What of a text is in memory. */
class TextWindow {
  text = '';
  readonly #pieces: Iterator<string>;

  constructor(pieces: Iterable<string>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /**
   * Drops what is before `from`, and reads at least as much again as is left, so that a row of any length is looked at a
   * few times only. False: there is nothing more, and nothing was dropped.
   *
   * @param line on which begins what is left
   */
  readMore(from: number, line: number): boolean {
    const left = this.text.length - from;
    let added = '';
    while (added.length <= left) {
      const { done, value } = this.#pieces.next();
      if (done === true) break;
      added += value;
    }
    if (added === '') return false;
    if (left > MAX_ENTRY) throw new EntryTooLong(line);
    this.text = this.text.slice(from) + added;
    return true;
  }

  close(): void {
    this.#pieces.return?.();
  }
}

/** The row that begins at `from`, where the one after it begins, and how many lines it has. */
function rowAt(text: string, from: number, separator: string) {
  const cells: string[] = [];
  let lines = 1;
  let at = from;
  let more = true;
  while (more) {
    const cell = text.charAt(at) === '"' ? quotedCell(text, at + 1) : plainCell(text, at, separator);
    cells.push(cell.value);
    lines += cell.lines;
    at = cell.end;
    more = text.charAt(at) === separator;
    if (more) at++;
  }
  if (text.charAt(at) === '\r') at++;
  if (text.charAt(at) === '\n') at++;
  return { cells, end: at, lines };
}

interface Cell {
  readonly value: string;
  readonly end: number;
  readonly lines: number;
}

function plainCell(text: string, from: number, separator: string): Cell {
  let end = from;
  while (end < text.length) {
    const character = text.charAt(end);
    if (character === separator || character === '\n' || character === '\r') break;
    end++;
  }
  return { value: text.slice(from, end), end, lines: 0 };
}

/** What follows the closing quote up to the separator is dropped. */
function quotedCell(text: string, from: number): Cell {
  let value = '';
  let lines = 0;
  let at = from;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const until = quote < 0 ? text.length : quote;
    const part = text.slice(at, until);
    value += part;
    for (const character of part) if (character === '\n') lines++;
    at = until + 1;
    if (text.charAt(at) !== '"') break;
    value += '"';
    at++;
  }
  while (at < text.length && !/[,;\t\r\n]/.test(text.charAt(at))) at++;
  return { value, end: Math.min(at, text.length), lines };
}

function separatorOf(text: string): string {
  const first = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const counts = SEPARATORS.map((separator) => first.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ',';
}
