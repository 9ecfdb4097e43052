import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { RowCounts } from '../contract/database.ts';

type Run = (...parameters: never[]) => unknown;

/** Runs work on databases that are opened in it, and counts the rows that its statements read and write, by table. */
export async function countRows(work: () => Promise<void>): Promise<RowCounts> {
  const counts = new Map<string, { read: number; written: number }>();
  const add = (text: string, rows: number) => {
    const isRead = /^\s*(select|with)/i.test(text);
    for (const [, table] of text.matchAll(/\b(?:from|join|into|update(?! set))\s+"?([a-z_]+)/gi)) {
      const name = table ?? '';
      const before = counts.get(name) ?? { read: 0, written: 0 };
      counts.set(name, {
        read: before.read + (isRead ? rows : 0),
        written: before.written + (isRead ? 0 : rows),
      });
    }
  };
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function watched(this: DatabaseSync, text: string): StatementSync {
    const statement = prepare.call(this, text);
    const watch = (name: 'get' | 'all' | 'run', rowsOf: (result: unknown) => number) => {
      const call = statement[name].bind(statement) as Run;
      Object.assign(statement, {
        [name]: (...parameters: never[]) => {
          const result = call(...parameters);
          add(text, rowsOf(result));
          return result;
        },
      });
    };
    watch('get', (row) => (row === undefined ? 0 : 1));
    watch('all', (rows) => (rows as unknown[]).length);
    watch('run', (result) => Number((result as { changes: number | bigint }).changes));
    return statement;
  };
  try {
    await work();
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  return Object.fromEntries(counts);
}
