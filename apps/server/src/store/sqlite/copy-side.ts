import { sql } from 'kysely';
import { TABLES } from '../copy/rows.ts';
import type { CopySide } from '../copy/side.ts';
import { openWriter } from './connection.ts';
import { makeTables } from './migrate.ts';
import { makePrivateFile } from './private-file.ts';
import { whenFree } from './when-free.ts';

const CHANGES = ['insert', 'update', 'delete'] as const;

/** Opens a database file for a copy, with all tables of this version; makes them in an empty one. */
export async function openSqliteSide(path: string, busyDeadlineMs = 10_000): Promise<CopySide> {
  makePrivateFile(path);
  const writer = await openWriter(path, busyDeadlineMs);
  const { sqlite, db } = writer;
  try {
    await makeTables(writer, busyDeadlineMs, { store: path, exactly: true });
    // Nothing else syncs for this connection: each commit does.
    sqlite.exec('pragma synchronous = full');
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return {
    shown: path,
    db,
    async transaction(work) {
      await whenFree(() => sqlite.exec('begin immediate'), busyDeadlineMs);
      try {
        const result = await work(db);
        sqlite.exec('commit');
        return result;
      } catch (error) {
        if (sqlite.isTransaction) sqlite.exec('rollback');
        throw error;
      }
    },
    async freeze(_, message) {
      for (const table of TABLES) {
        for (const change of CHANGES) {
          await sql`create trigger ${sql.ref(`left_${table}_${change}`)} before ${sql.raw(change)} on ${sql.table(table)}
            begin select raise(abort, ${sql.lit(message)}); end`.execute(db);
        }
      }
    },
    async thaw() {
      for (const table of TABLES) {
        for (const change of CHANGES) {
          await sql`drop trigger if exists ${sql.ref(`left_${table}_${change}`)}`.execute(db);
        }
      }
    },
    async prepareFor() {},
    async settle() {},
    async close() {
      sqlite.close();
    },
  };
}
