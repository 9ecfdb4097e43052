/**
 * A store that an earlier version has filled. `fixtures/migration-0007` holds what the last version before migration 0008
 * wrote, through its own calls: kanda.db and what its clients know. On PostgreSQL the tables are those of that version,
 * with the rows of that file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import type { TotpParameters } from '@kanda/otp';
import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import type { PostgresServer } from '../../../../test/support/postgres-server.ts';
import { TABLES } from '../../src/store/copy/rows.ts';
import { POSTGRES_TYPES } from '../../src/store/migrations/column-types.ts';
import { migrationsFor } from '../../src/store/migrations/index.ts';

export interface FilledClient extends TotpParameters {
  readonly account: string;
  readonly clientId: string;
  readonly secret: string;
  readonly state: 'unused' | 'used' | 'delayed' | 'locked' | 'disabled';
  /** Accepted at `now`. */
  readonly usedCode?: string;
}

interface Filled {
  /** When its codes were used. */
  readonly now: number;
  readonly masterKey: string;
  /** The last one that the store has. */
  readonly migration: string;
  readonly clients: readonly FilledClient[];
}

const FIXTURE = new URL('fixtures/migration-0007/', import.meta.url);
export const filled = JSON.parse(readFileSync(new URL('filled.json', FIXTURE), 'utf8')) as Filled;

/** Puts the database file of the earlier version there. */
export function writeEarlierFile(file: string): void {
  writeFileSync(file, gunzipSync(readFileSync(new URL('kanda.db.gz', FIXTURE))), { mode: 0o600 });
}

/** Makes a database with the tables of the earlier version and the rows of the file. */
export async function fillPostgres(postgres: PostgresServer, file: string): Promise<string> {
  const url = await postgres.createDatabase();
  const db = new Kysely<Record<string, Record<string, unknown>>>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
  });
  const sqlite = new DatabaseSync(file, { readOnly: true });
  try {
    const migrator = new Migrator({ db, provider: migrationsFor(POSTGRES_TYPES) });
    const { error } = await migrator.migrateTo(filled.migration);
    if (error !== undefined) throw error;
    for (const table of TABLES) {
      if (sqlite.prepare('select 1 from sqlite_schema where name = ?').get(table) === undefined) continue;
      await db.deleteFrom(table).execute();
      const rows = sqlite.prepare(`select * from ${table}`).all();
      if (rows.length > 0) await db.insertInto(table).values(rows).execute();
    }
    return url;
  } finally {
    sqlite.close();
    await db.destroy();
  }
}
