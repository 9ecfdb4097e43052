/** Where on its way a copy is killed: at a row that is chosen at random, of all that are to be copied. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { TABLES as COPIED } from '../apps/server/src/store/copy/rows.ts';
import type { Contents, Table } from './copy-digest.ts';

/** In the order in which they are copied. */
const TABLES: readonly string[] = COPIED;
/** Neither so early nor so late that nothing would be left to show. */
const [EARLIEST, LATEST] = [0.2, 0.8];

export interface KillPoint {
  /** Which part of all rows is copied when it is reached. */
  readonly part: number;
  /** Whether a copy that has come so far, by its own account, is at it or beyond. */
  isReached(progress: Progress): boolean;
}

/** How far a copy has come, as it keeps it in the store that it fills. */
interface Progress {
  readonly table: string;
  /** The key of the last row; null: none of this table. */
  readonly after: readonly unknown[] | null;
}

/** A store that is being filled. */
export interface Target {
  /** null: nothing was begun. */
  progress(): Promise<Progress | null>;
  /** Resolves when no process writes into it any more. */
  untilAlone(): Promise<void>;
  close(): Promise<void>;
}

/** A point on the way of a copy of this store. */
export function killPointOf(
  path: string,
  tables: readonly Table[],
  contents: ReadonlyMap<string, Contents>,
): KillPoint {
  const rowsIn = (table: string) => contents.get(table)?.rows ?? 0;
  const total = TABLES.reduce((sum, table) => sum + rowsIn(table), 0);
  const part = EARLIEST + Math.random() * (LATEST - EARLIEST);
  let offset = Math.floor(part * total);
  const place = TABLES.findIndex((table) => {
    if (offset < rowsIn(table)) return true;
    offset -= rowsIn(table);
    return false;
  });
  const table = tables.find(({ name }) => name === TABLES[place]);
  if (table === undefined) throw new Error('There is nothing to copy.');
  const key = keyAt(path, table, offset);
  return {
    part,
    isReached(progress) {
      const there = TABLES.indexOf(progress.table);
      if (there !== place) return there > place;
      return progress.after !== null && isAtOrAfter(progress.after, key);
    },
  };
}

function keyAt(path: string, { name, key }: Table, offset: number): readonly unknown[] {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    const columns = key.join(', ');
    const row = sqlite.prepare(`select ${columns} from ${name} order by ${columns} limit 1 offset ${offset}`);
    return Object.values(row.get() ?? {});
  } finally {
    sqlite.close();
  }
}

/** Keys are numbers, and texts of ASCII. */
function isAtOrAfter(one: readonly unknown[], other: readonly unknown[]): boolean {
  for (const [index, value] of one.entries()) {
    const there = other[index] as number;
    if (value !== there) return (value as number) > there;
  }
  return true;
}

const MARKER = "select value from store_marker where name = 'incoming'";

export class PostgresTarget implements Target {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 1 });
  }

  async progress(): Promise<Progress | null> {
    const { rows } = await this.#pool.query<{ value: string }>(MARKER).catch((error: { code?: string }) => {
      if (error.code === '42P01') return { rows: [] }; // the tables are not made yet
      throw error;
    });
    return rows[0] === undefined ? null : (JSON.parse(rows[0].value) as Progress);
  }

  async untilAlone(): Promise<void> {
    const others =
      "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
    while ((await this.#pool.query(others)).rows.length > 0);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

export class SqliteTarget implements Target {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async progress(): Promise<Progress | null> {
    try {
      const sqlite = new DatabaseSync(this.#path, { readOnly: true });
      try {
        const row = sqlite.prepare(MARKER).get();
        return row === undefined ? null : (JSON.parse(String(row.value)) as Progress);
      } finally {
        sqlite.close();
      }
    } catch (error) {
      // The file or the tables are not made yet.
      if (/no such table|unable to open|locked/.test((error as Error).message)) return null;
      throw error;
    }
  }

  /** What a killed process had not committed is gone with it. */
  async untilAlone(): Promise<void> {}

  async close(): Promise<void> {}
}
