import { type Columns, type ColumnType, columnNames } from '../judging/columns.ts';
import { bytesArray, bytesOf, numberArray, type Parameter, textArray } from './exchange.ts';

const TYPE_NAMES: Readonly<Record<ColumnType, string>> = {
  integer: 'bigint',
  text: 'text',
  bytes: 'bytea',
};

/**
 * Rows as a statement takes them, one array a column: `unnest($1::bigint[], $2::text[])`.
 *
 * @param types each column's, in their order
 */
export function unnested(types: readonly ColumnType[]): string {
  return `unnest(${types.map((type, index) => `$${index + 1}::${TYPE_NAMES[type]}[]`).join(', ')})`;
}

/** The types of these columns, in their order. */
export function typesOf<Row>(columns: Columns<Row>): readonly ColumnType[] {
  return Object.values(columns);
}

/** The parameters for `unnested`: of each column all rows' values. */
export function arraysOf<Row>(columns: Columns<Row>, rows: readonly Row[]): Parameter[] {
  return columnNames(columns).map((name) =>
    arrayOf(
      columns[name],
      rows.map((row) => row[name]),
    ),
  );
}

function arrayOf(type: ColumnType, values: readonly unknown[]): Parameter {
  if (type === 'integer') return numberArray(values as readonly (number | null)[]);
  if (type === 'text') return textArray(values as readonly (string | null)[]);
  return bytesArray(values as readonly (Uint8Array | null)[]);
}

/**
 * A row from what a statement answered, column by column.
 *
 * @param first the place of the first of `columns` in what was answered
 */
export function rowOf<Row>(columns: Columns<Row>, answered: readonly (string | null)[], first = 0): Row {
  const row: Record<string, unknown> = {};
  columnNames(columns).forEach((name, index) => {
    row[name] = parsed(columns[name], answered[first + index] ?? null);
  });
  return row as Row;
}

function parsed(type: ColumnType, text: string | null): number | string | Uint8Array | null {
  if (text === null || type === 'text') return text;
  return type === 'integer' ? Number(text) : bytesOf(text);
}
