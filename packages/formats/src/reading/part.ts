import { type CsvRow, csvRows } from './csv.ts';
import { Input, jsonRow, namedRow, type PlacedRow } from './input.ts';
import { linesOf } from './lines.ts';

/** The most of a file that is in memory at once, in entries and in characters. */
const PART_ENTRIES = 1_000;
const PART_CHARACTERS = 2 * 1_048_576;

/** A line of text, and its number from 1. */
interface Line {
  readonly line: number;
  readonly text: string;
}

type Entries =
  | { readonly kind: 'json' | 'lines'; readonly lines: readonly Line[] }
  | { readonly kind: 'csv'; readonly rows: readonly CsvRow[]; readonly headings: readonly string[] };

/** What kind of entries a file has. */
export type EntryKind = Entries['kind'];

/** Some entries of a file. What can be asked about the file as a whole is answered by what it begins with. */
export class Part extends Input {
  readonly #beginning: Input;
  readonly #entries: Entries;

  constructor(beginning: Input, entries: Entries) {
    super(beginning.bytes);
    this.#beginning = beginning;
    this.#entries = entries;
  }

  override get text(): string | null {
    return this.#beginning.text;
  }

  override get json(): unknown {
    return undefined;
  }

  override get headings(): readonly string[] {
    return this.#beginning.headings;
  }

  /** Objects may differ, so it is the file's first. In a table the rows of every part have the same headings. */
  override get firstRow() {
    return this.#entries.kind === 'json' ? this.#beginning.firstRow : super.firstRow;
  }

  override *rows(): Generator<PlacedRow> {
    if (this.#entries.kind === 'csv') {
      const { rows, headings } = this.#entries;
      for (const row of rows) yield namedRow(headings, row);
    } else for (const { line, text } of this.#entries.lines) yield jsonRow(line, text);
  }

  override *lines(): Generator<Line> {
    if (this.#entries.kind === 'lines') yield* this.#entries.lines;
  }

  override csv(): Iterable<CsvRow> {
    return this.#entries.kind === 'csv' ? this.#entries.rows : [];
  }
}

/**
 * A file in parts, one at least.
 *
 * @param hasHeadings CSV: whether the first row names the columns
 */
export function* partsOf(
  beginning: Input,
  kind: EntryKind,
  pieces: Iterable<string>,
  hasHeadings: boolean,
): Generator<Part> {
  if (kind === 'csv') {
    let headings: readonly string[] | null = hasHeadings ? null : [];
    const rows = function* () {
      for (const row of csvRows(pieces)) {
        if (headings === null) headings = row.cells.map((cell) => cell.trim());
        else yield row;
      }
    };
    const sizeOf = ({ cells }: CsvRow) => cells.reduce((sum, cell) => sum + cell.length, 0);
    for (const some of grouped(rows(), sizeOf)) {
      yield new Part(beginning, { kind, rows: some, headings: headings ?? [] });
    }
    return;
  }
  const lines = kind === 'json' ? jsonLines(pieces) : textLines(pieces);
  for (const some of grouped(lines, ({ text }) => text.length))
    yield new Part(beginning, { kind, lines: some });
}

/** In groups of as many as a part may have; one group when there is nothing. */
function* grouped<T>(all: Iterable<T>, sizeOf: (one: T) => number): Generator<readonly T[]> {
  let group: T[] = [];
  let size = 0;
  let isFirst = true;
  for (const one of all) {
    group.push(one);
    size += sizeOf(one);
    if (group.length < PART_ENTRIES && size < PART_CHARACTERS) continue;
    yield group;
    isFirst = false;
    group = [];
    size = 0;
  }
  if (isFirst || group.length > 0) yield group;
}

/** As `Input.rows` numbers NDJSON. */
function* jsonLines(pieces: Iterable<string>): Generator<Line> {
  let line = 0;
  for (const whole of linesOf(pieces, /\n/)) {
    line++;
    const text = whole.trim();
    if (text !== '') yield { line, text };
  }
}

/** As `Input.lines` does it. */
function* textLines(pieces: Iterable<string>): Generator<Line> {
  let line = 0;
  for (const whole of linesOf(pieces, /\r\n|\n|\r/)) {
    line++;
    const text = whole.trim();
    if (text !== '' && !text.startsWith('#')) yield { line, text };
  }
}
