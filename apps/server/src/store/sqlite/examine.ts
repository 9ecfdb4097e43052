import { DatabaseSync } from 'node:sqlite';
import type { WrappedCount } from '../../domain/master-keys/master-keys.ts';
import type { WrappedServerKey } from '../../domain/master-keys/wrapped-keys.ts';
import { type Whereabouts, whereaboutsOf } from '../copy/markers.ts';
import { countAccounts, countClients, selectNewestEvent } from '../judging/account-times.ts';
import { factorTables, isAheadOfClock } from '../judging/raised-watermark.ts';
import { MIGRATION_NAMES } from '../migrations/index.ts';
import { COUNT_WEAK, marksWeak } from '../operations/clients/weak-clients.ts';
import { COUNT_OPEN_LINKS, hasLinks } from '../operations/links/open-links.ts';

/** What a database file tells about itself without any key. */
export interface StoreFacts {
  /** Names of the migrations that it has, oldest first. */
  readonly schema: readonly string[];
  /** Those of them that this version does not know: a newer one wrote the file. */
  readonly newer: readonly string[];
  /** Those that this version would still apply. */
  readonly pending: readonly string[];
  readonly accounts: number;
  readonly clients: number;
  /** ms since the epoch; null when there is no event. */
  readonly newestEventAt: number | null;
  /** How many authenticators refuse every code by this machine's clock, since it was ahead before. */
  readonly clocksAhead: number;
  /** How many authenticators have a secret of fewer than the 128 bits of RFC 4226 §4. */
  readonly weakSecrets: number;
  /** How many one-time links have not ended. */
  readonly openLinks: number;
  readonly serverKeys: readonly WrappedServerKey[];
  /** Every master key that anything in the store is wrapped under, and how much it is. */
  readonly wrapped: readonly WrappedCount[];
}

/** The file is no store of Kanda's, or is damaged. The message is for the operator. */
export class StoreFileError extends Error {
  override readonly name = 'StoreFileError';
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const SQLITE_CANTOPEN = 14;

/** Whether SQLite threw this because the file is damaged, or no database at all. */
export function isDamage(error: unknown): boolean {
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** An error of SQLite about the file itself, in words of Kanda's; any other error as it is. */
export function asStoreFileError(error: unknown): unknown {
  if (!isDamage(error)) return error;
  return new StoreFileError(`it is damaged, or no store at all: ${(error as Error).message}`, {
    cause: error,
  });
}

/** Without these tables a file is not Kanda's. */
const NEEDED_TABLES = ['account', 'account_head', 'authenticator_state', 'kysely_migration', 'server_key'];
const MAX_PROBLEMS = 5;

export interface StoreExamination {
  /** `wal`, or `delete` after a restore until the next start. */
  readonly journalMode: string;
  readonly facts: StoreFacts;
  /** In SQLite's words; empty: none. */
  readonly problems: readonly string[];
  /** Whether the log was looked through too. */
  readonly whole: boolean;
}

/** What a store tells about itself while a server may be working on it. Changes nothing. */
export function readStoreFacts(path: string): StoreFacts {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    sqlite.exec('pragma busy_timeout = 2000');
    return readFacts(sqlite);
  } finally {
    sqlite.close();
  }
}

/**
 * The migrations that a file has, oldest first; null when it has no tables; `locked` while another process changes them.
 * Changes nothing. SQLite's error when it is no database, damaged, or cannot be opened.
 */
export function appliedInFile(path: string): readonly string[] | null | 'locked' {
  let sqlite: DatabaseSync | null = null;
  try {
    sqlite = new DatabaseSync(path, { readOnly: true });
    sqlite.exec('pragma busy_timeout = 2000');
    return appliedIn(sqlite);
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    if (errcode === undefined || isDamage(error) || (errcode & 0xff) === SQLITE_CANTOPEN) throw error;
    return 'locked';
  } finally {
    sqlite?.close();
  }
}

/** What a store with the tables of nodes says of where it is and when it was seen. Changes nothing. */
export function whereaboutsInFile(path: string): Whereabouts {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    sqlite.exec('pragma busy_timeout = 2000');
    const rows = sqlite.prepare('select name, value from store_marker').all();
    return whereaboutsOf(rows as { name: string; value: string }[]);
  } finally {
    sqlite.close();
  }
}

/** The migrations that an open file has, oldest first; null when it has no tables. */
export function appliedIn(sqlite: DatabaseSync): string[] | null {
  const tables = names(sqlite, "select name from sqlite_schema where type = 'table'");
  if (!tables.includes('kysely_migration')) return null;
  return names(sqlite, 'select name from kysely_migration order by name');
}

/** Looks at the store while a server may be working on it, and changes nothing. */
export function examineStore(path: string, mostBytes: number): StoreExamination {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    sqlite.exec('pragma busy_timeout = 2000');
    const mode = sqlite.prepare('pragma journal_mode').get() as { journal_mode: string };
    return {
      journalMode: mode.journal_mode,
      facts: readFacts(sqlite),
      ...quickProblems(sqlite, mostBytes),
    };
  } finally {
    sqlite.close();
  }
}

/** @throws {StoreFileError} when the file is not one of Kanda's, or has no keys yet */
export function readFacts(sqlite: DatabaseSync): StoreFacts {
  const tables = names(sqlite, "select name from sqlite_schema where type = 'table'");
  const missing = NEEDED_TABLES.filter((table) => !tables.includes(table));
  if (missing.length > 0) {
    throw new StoreFileError(`it is no store of Kanda's: it has no table ${missing.join(', ')}`);
  }
  const schema = names(sqlite, 'select name from kysely_migration order by name');
  const serverKeys = sqlite.prepare('select name, master_key_id, wrapped from server_key').all() as {
    name: string;
    master_key_id: string;
    wrapped: Uint8Array;
  }[];
  return {
    schema,
    newer: schema.filter((name) => !MIGRATION_NAMES.includes(name)),
    pending: MIGRATION_NAMES.filter((name) => !schema.includes(name)),
    // What account 0, the installation's own, holds belongs to no user.
    accounts: count(sqlite, countAccounts(schema)),
    clients: count(sqlite, countClients(schema)),
    newestEventAt: newestEventAt(sqlite, schema),
    clocksAhead: countAhead(sqlite, schema, Date.now()),
    weakSecrets: marksWeak(schema) ? count(sqlite, COUNT_WEAK) : 0,
    openLinks: hasLinks(schema) ? count(sqlite, COUNT_OPEN_LINKS) : 0,
    serverKeys: serverKeys.map((key) => ({
      name: key.name,
      masterKeyId: key.master_key_id,
      wrapped: key.wrapped,
    })),
    wrapped: sqlite
      .prepare(
        `select id as masterKeyId, sum(data_key) as dataKeys, sum(1 - data_key) as serverKeys
         from (select data_key_master as id, 1 as data_key from account
               union all select master_key_id, 0 from server_key)
         group by id order by id`,
      )
      .all() as unknown as WrappedCount[],
  };
}

/** What is damaged, in SQLite's words, from a check of every page, row and index; empty: nothing. */
export function integrityProblems(sqlite: DatabaseSync): string[] {
  return problemsOf(sqlite, `pragma integrity_check(${MAX_PROBLEMS})`);
}

/**
 * What is damaged, without comparing indexes with their tables; empty: nothing. Of a file above `mostBytes`
 * the log (table `event`), which is nearly all of it, is left out: then `whole` is false.
 */
function quickProblems(
  sqlite: DatabaseSync,
  mostBytes: number,
): { readonly problems: readonly string[]; readonly whole: boolean } {
  const bytes = count(
    sqlite,
    'select page_count * page_size as n from pragma_page_count(), pragma_page_size()',
  );
  if (bytes <= mostBytes)
    return { problems: problemsOf(sqlite, `pragma quick_check(${MAX_PROBLEMS})`), whole: true };
  const tables = names(
    sqlite,
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name <> 'event'",
  );
  return {
    problems: tables.flatMap((table) =>
      problemsOf(sqlite, `pragma quick_check("${table.replaceAll('"', '""')}")`),
    ),
    whole: false,
  };
}

function problemsOf(sqlite: DatabaseSync, pragma: string): string[] {
  const rows = sqlite.prepare(pragma).all().map(Object.values) as string[][];
  return rows.map(([problem]) => String(problem)).filter((problem) => problem !== 'ok');
}

/** As `countClocksAhead`, in a file that is no one else's or in a process of its own. */
function countAhead(sqlite: DatabaseSync, schema: readonly string[], now: number): number {
  const counts = factorTables(schema).map((factors) =>
    count(
      sqlite,
      `select count(*) as n from ${factors.table} s
       join authenticator n on n.account_id = s.account_id and n.id = ${factors.authenticator}
       where ${isAheadOfClock(now, factors)}`,
    ),
  );
  return counts.reduce((sum, n) => sum + n, 0);
}

function newestEventAt(sqlite: DatabaseSync, schema: readonly string[]): number | null {
  const row = sqlite.prepare(selectNewestEvent(schema)).get() as { at: number | null };
  return row.at;
}

function names(sqlite: DatabaseSync, sql: string): string[] {
  return (sqlite.prepare(sql).all() as { name: string }[]).map(({ name }) => name);
}

function count(sqlite: DatabaseSync, sql: string): number {
  return (sqlite.prepare(sql).get() as { n: number }).n;
}
