import type { Format } from '../format.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import { Input } from '../reading/input.ts';
import {
  algorithmOf,
  counterOf,
  digitsOf,
  isAbsent,
  periodOf,
  type Row,
  textOf,
  typeOf,
  wholeNumber,
} from '../reading/values.ts';
import { MAPPED_FIELDS, type MappedField, type ParseOptions, type SecretEncoding } from '../record.ts';
import { readSecret } from '../secret-text.ts';

/** A table with any columns. Which is which is said by a map; headings that are the fields' own names need none. */
export const csv: Format = {
  name: 'csv',
  title: 'CSV with any columns',
  entries: 'rows',
  matches: ({ text, headings }) =>
    text !== null && !/^\s*[[{<]/.test(text) && headings.length > 1 && headings.includes('secret'),
  parse(input, { map = {}, secretEncoding = 'base32' }) {
    const collector = new Collector('csv');
    const columns = columnsOf(input, map);
    if (typeof columns === 'string' || columns.secret === undefined) {
      const headings = shownHeadings(input).join(', ');
      collector.fail(typeof columns === 'string' ? columns : 'Which column has the secret is not known.', {
        code: 'map_required',
        action: `Name the columns, as in secret=COLUMN,clientId=COLUMN. The file has: ${headings}.`,
      });
      return collector.done();
    }
    const columnsIn = columnReader(map);
    for (const { place, row } of input.rows())
      collector.add(place, () => draftOf(row, columnsIn(row), secretEncoding));
    return collector.done();
  },
};

/** The headings of a CSV file, for a person to say which is which; none of a file of another kind. */
export function csvHeadings(bytes: Uint8Array): readonly string[] {
  const input = new Input(bytes);
  if (input.headings.length === 0) return [];
  return Object.keys(input.firstRow ?? {}).filter(
    (heading) => heading !== '' && isHeading(heading.toLowerCase()),
  );
}

/** A file without headings begins with a row, and that may have a secret. */
function shownHeadings({ headings }: Input): readonly string[] {
  return headings.slice(0, 40).map((heading) => (isHeading(heading) ? heading : '…'));
}

function isHeading(text: string): boolean {
  return text.length <= 40 && !/^[a-z2-7=]{16,}$|^[0-9a-f]{16,}$|[/:+]/.test(text);
}

type Columns = Partial<Record<MappedField, string>>;
type FieldMap = NonNullable<ParseOptions['map']>;

/** The headings, as they are written in the file, of the fields; a sentence when one that is named is not there. */
function columnsOf(input: Input, map: FieldMap): Columns | string {
  const columns = columnsAmong(Object.keys(input.firstRow ?? {}), map);
  const missing = MAPPED_FIELDS.find((field) => map[field] !== undefined && columns[field] === undefined);
  return missing === undefined ? columns : `The file has no column ${map[missing]?.slice(0, 64)}.`;
}

/** JSON objects need not have the same keys; rows of a table have, so what was found is kept. */
function columnReader(map: FieldMap): (row: Row) => Columns {
  let keys: readonly string[] = [];
  let columns: Columns = {};
  return (row) => {
    const actual = Object.keys(row);
    if (actual.length !== keys.length || actual.some((key, index) => key !== keys[index])) {
      keys = actual;
      columns = columnsAmong(actual, map);
    }
    return columns;
  };
}

function columnsAmong(headings: readonly string[], map: FieldMap): Columns {
  const columns: Columns = {};
  for (const field of MAPPED_FIELDS) {
    const name = (map[field] ?? field).trim().toLowerCase();
    const found = headings.find((heading) => heading.trim().toLowerCase() === name);
    if (found !== undefined) columns[field] = found;
  }
  return columns;
}

function draftOf(row: Row, columns: Columns, encoding: SecretEncoding): Draft {
  const cell = (field: MappedField) => (columns[field] === undefined ? undefined : row[columns[field]]);
  const type = typeOf(cell('type'));
  const used = cell('lastUsedStep');
  const codes = textOf(cell('recoveryCodes'))
    .split(/[\s,;|]+/)
    .filter((code) => code !== '');
  return {
    clientId: textOf(cell('clientId')),
    label: textOf(cell('label')) || textOf(cell('clientId')),
    issuer: textOf(cell('issuer')),
    type,
    algorithm: algorithmOf(cell('algorithm')),
    digits: digitsOf(cell('digits')),
    ...(type === 'totp' ? { period: periodOf(cell('period')) } : { counter: counterOf(cell('counter')) }),
    secret: readSecret(String(cell('secret') ?? ''), encoding),
    lastUsedStep: isAbsent(used)
      ? undefined
      : wholeNumber(used, 'lastUsedStep', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    recoveryCodes: codes,
  };
}
