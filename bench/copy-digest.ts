/**
 * What is in a store, read without any of Kanda's code: all rows of all tables in the order of their keys, which
 * are those of the SQLite file. So a table or column that the copy forgot would be seen.
 */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** In these, nodes only agree on something, and a copy has its own. */
const NOT_COPIED = ['lease', 'store_marker'];
const ROWS_AT_ONCE = 5_000;

export interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly key: readonly string[];
}

export interface Contents {
  readonly rows: number;
  readonly sha256: string;
}

/** The tables of a SQLite store, by name. */
export function tablesOf(path: string): readonly Table[] {
  return withSqlite(path, (sqlite) => {
    const names = sqlite
      .prepare("select name from sqlite_master where type = 'table' order by name")
      .all()
      .map(({ name }) => String(name));
    return names.filter(isCopied).map((name) => {
      const columns = sqlite.prepare(`select * from pragma_table_info('${name}') order by name`).all();
      return {
        name,
        columns: columns.map((column) => ({ name: String(column.name), type: String(column.type) })),
        key: columns
          .filter(({ pk }) => Number(pk) > 0)
          .sort((one, other) => Number(one.pk) - Number(other.pk))
          .map((column) => String(column.name)),
      };
    });
  });
}

function isCopied(name: string): boolean {
  return !NOT_COPIED.includes(name) && !/^(sqlite_|kysely_)/.test(name);
}

/** Each table's rows of a SQLite store. */
export function readSqlite(path: string, tables: readonly Table[]): ReadonlyMap<string, Contents> {
  return withSqlite(path, (sqlite) => {
    const contents = new Map<string, Contents>();
    for (const { name, columns, key } of tables) {
      const texts = columns.map((column) => (isBytes(column) ? `hex(${column.name})` : column.name));
      const isNull = columns.map((column) => `${column.name} is null`);
      const statement = sqlite.prepare(
        `select ${[...texts, ...isNull].join(', ')} from ${name} order by ${key.join(', ')}`,
      );
      statement.setReturnArrays(true);
      const hash = new RowHash();
      for (const row of statement.iterate() as Iterable<unknown>) {
        const values = row as unknown[];
        hash.add(columns.map((_, index) => (values[columns.length + index] === 1 ? null : values[index])));
      }
      contents.set(name, hash.end());
    }
    return contents;
  });
}

/** Each table's rows of a PostgreSQL store. Throws when it has other tables. */
export async function readPostgres(
  url: string,
  tables: readonly Table[],
): Promise<ReadonlyMap<string, Contents>> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const found = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace
        and relkind in ('r', 'p') and not relispartition`,
    );
    const names = found.rows.map(({ name }) => name).filter(isCopied);
    const wanted = tables.map(({ name }) => name);
    if (names.sort().join() !== wanted.join()) throw new Error(`Its tables are ${names}, not ${wanted}.`);
    const contents = new Map<string, Contents>();
    for (const table of tables) contents.set(table.name, await readTable(client, table));
    return contents;
  } finally {
    await client.end();
  }
}

async function readTable(client: pg.Client, { name, columns, key }: Table): Promise<Contents> {
  const texts = columns.map((column) =>
    isBytes(column) ? `upper(encode(${column.name}, 'hex'))` : `${column.name}::text`,
  );
  // With the table's name before it: alone it would be the text in the list, and 10 come before 9.
  const order = key.map((column) => `${name}.${column}`).join(', ');
  const hash = new RowHash();
  await client.query('begin isolation level repeatable read read only');
  await client.query(
    `declare every_row cursor for select ${texts.join(', ')} from ${name} order by ${order}`,
  );
  for (;;) {
    const { rows } = await client.query({ text: `fetch ${ROWS_AT_ONCE} from every_row`, rowMode: 'array' });
    if (rows.length === 0) break;
    for (const row of rows) hash.add(row);
  }
  await client.query('commit');
  return hash.end();
}

/** The tables in which two stores differ, as a person would want to read it. */
export function differences(
  one: ReadonlyMap<string, Contents>,
  other: ReadonlyMap<string, Contents>,
): readonly string[] {
  return [...one].flatMap(([name, { rows, sha256 }]) => {
    const there = other.get(name);
    if (there?.sha256 === sha256 && there.rows === rows) return [];
    return [`${name}: ${rows} rows ${sha256} and ${there?.rows} rows ${there?.sha256}`];
  });
}

/** SHA-256 over rows, each a line of JSON that holds texts and null. */
class RowHash {
  readonly #hash = createHash('sha256');
  #rows = 0;

  add(values: readonly unknown[]): void {
    const texts = values.map((value) => (value === null ? null : String(value)));
    this.#hash.update(`${JSON.stringify(texts)}\n`);
    this.#rows++;
  }

  end(): Contents {
    return { rows: this.#rows, sha256: this.#hash.digest('hex') };
  }
}

function isBytes({ type }: Table['columns'][number]): boolean {
  return type.toLowerCase() === 'blob';
}

function withSqlite<T>(path: string, work: (sqlite: DatabaseSync) => T): T {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    return work(sqlite);
  } finally {
    sqlite.close();
  }
}
