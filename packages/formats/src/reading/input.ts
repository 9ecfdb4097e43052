import { type CsvRow, csvRows } from './csv.ts';
import { isRow, type Row } from './values.ts';
import { parseXml, type XmlElement, XmlError } from './xml.ts';

/** A row of a file of rows: JSON array, NDJSON or CSV with headings. */
export interface PlacedRow {
  readonly place: string;
  readonly row: Row;
}

/** A file, and what it can be read as; each reading is made once, when a format first asks for it. */
export class Input {
  readonly bytes: Uint8Array;
  #text: string | null | undefined;
  #json: { readonly value: unknown } | undefined;
  #xml: XmlElement | string | undefined;
  #headings: readonly string[] | undefined;
  #first: Row | null | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** UTF-8, or UTF-16 with a byte order mark, as some spreadsheets write; null when it is neither. */
  get text(): string | null {
    this.#text ??= textOf(this.bytes);
    return this.#text;
  }

  /** What the file begins with. */
  get beginning(): string {
    return this.text?.slice(0, 1_024) ?? '';
  }

  /** The JSON value; undefined when it is not JSON. */
  get json(): unknown {
    this.#json ??= { value: jsonOf(this.text) };
    return this.#json.value;
  }

  /** The root element; a string says why it is not XML. */
  get xml(): XmlElement | string {
    this.#xml ??= xmlOf(this.text);
    return this.#xml;
  }

  /** The cells of the first row, in lower case without spaces around them; none of JSON and XML. */
  get headings(): readonly string[] {
    this.#headings ??= headingsOf(this.text);
    return this.#headings;
  }

  /** The first row of a file of rows; null when it is none. */
  get firstRow(): Row | null {
    if (this.#first === undefined) this.#first = this.#findFirst();
    return this.#first;
  }

  /** The rows of a JSON array, of a JSON object that has them in a list, of NDJSON, or of a CSV file. */
  *rows(): Generator<PlacedRow> {
    const list = listOf(this.json);
    if (list !== null) {
      for (const [index, value] of list.entries()) {
        if (isRow(value)) yield { place: `entry ${index + 1}`, row: value };
      }
      return;
    }
    if (looksLikeJson(this.text)) return yield* ndjsonRows(this.text ?? '');
    yield* csvObjects(this.text ?? '');
  }

  /** Text in lines, from 1; empty ones and comments (`#`) are left out. */
  *lines(): Generator<{ readonly line: number; readonly text: string }> {
    for (const [index, line] of (this.text ?? '').split(/\r\n|\n|\r/).entries()) {
      const text = line.trim();
      if (text !== '' && !text.startsWith('#')) yield { line: index + 1, text };
    }
  }

  /** The first line that is neither empty nor a comment (`#`); empty when there is none. */
  get firstLine(): string {
    let from = 0;
    const text = this.text ?? '';
    while (from < text.length) {
      const end = text.indexOf('\n', from);
      const line = text.slice(from, end < 0 ? text.length : end).trim();
      if (line !== '' && !line.startsWith('#')) return line;
      if (end < 0) return '';
      from = end + 1;
    }
    return '';
  }

  /** The cells of a CSV file as they are; none of a file that is not text. */
  csv(): Iterable<CsvRow> {
    return csvRows(this.text ?? '');
  }

  #findFirst(): Row | null {
    if (this.text === null) return null;
    for (const { row } of this.rows()) return row;
    return null;
  }
}

function textOf(bytes: Uint8Array): string | null {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : null;
  try {
    return new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function looksLikeJson(text: string | null): boolean {
  return text !== null && /^\s*[[{]/.test(text);
}

function jsonOf(text: string | null): unknown {
  if (text === null || !looksLikeJson(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function xmlOf(text: string | null): XmlElement | string {
  if (text === null || !/^\s*</.test(text)) return 'The file is not XML.';
  try {
    return parseXml(text);
  } catch (error) {
    if (error instanceof XmlError) return error.message;
    throw error;
  }
}

/** Under which exports and answers of APIs have their rows. */
const LISTS = ['users', 'identities', 'data', 'rows', 'results'];

function listOf(json: unknown): readonly unknown[] | null {
  if (Array.isArray(json)) return json;
  if (!isRow(json)) return null;
  const list = LISTS.map((name) => json[name]).find(Array.isArray);
  return list === undefined ? [json] : (list as unknown[]);
}

function* ndjsonRows(text: string): Generator<PlacedRow> {
  let from = 0;
  for (let line = 1; from <= text.length; line++) {
    const end = text.indexOf('\n', from);
    const part = text.slice(from, end < 0 ? text.length : end).trim();
    from = end < 0 ? text.length + 1 : end + 1;
    if (part === '') continue;
    yield jsonRow(line, part);
  }
}

/** A line of NDJSON. */
export function jsonRow(line: number, text: string): PlacedRow {
  const value = jsonOf(text);
  return { place: `line ${line}`, row: isRow(value) ? value : {} };
}

function headingsOf(text: string | null): readonly string[] {
  if (text === null || /^\s*[[{<]/.test(text)) return [];
  for (const { cells } of csvRows(text.slice(0, 65_536)))
    return cells.map((cell) => cell.trim().toLowerCase());
  return [];
}

function* csvObjects(text: string): Generator<PlacedRow> {
  let headings: readonly string[] | undefined;
  for (const { line, cells } of csvRows(text)) {
    if (headings === undefined) {
      headings = cells.map((cell) => cell.trim());
      continue;
    }
    yield namedRow(headings, { line, cells });
  }
}

/** A row of a CSV file that has headings. */
export function namedRow(headings: readonly string[], { line, cells }: CsvRow): PlacedRow {
  return {
    place: `line ${line}`,
    row: Object.fromEntries(headings.map((name, index) => [name, cells[index] ?? ''])),
  };
}
