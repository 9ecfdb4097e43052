import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

/**
 * All rows of a statement that only reads. SQLite has integers that no number of JavaScript holds, and node:sqlite refuses
 * the whole answer for one of them. Kanda writes none, so it is in a row that was altered: the nearest number is given for
 * it, as PostgreSQL's rows have it, and the rows beside it as they are.
 */
export function allRows(
  statement: StatementSync,
  parameters: readonly SQLInputValue[],
): Record<string, SQLOutputValue>[] {
  try {
    return statement.all(...parameters);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error;
  }
  statement.setReadBigInts(true);
  try {
    return statement.all(...parameters).map(withNumbers);
  } finally {
    statement.setReadBigInts(false);
  }
}

function withNumbers(row: Record<string, SQLOutputValue>): Record<string, SQLOutputValue> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? toNumber(value) : value]),
  );
}

function toNumber(value: bigint): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}
