import { sql } from 'kysely';
import { TABLES } from '../copy/rows.ts';
import type { CopySide } from '../copy/side.ts';
import { Connections, type DatabaseLimits } from './connections.ts';
import { parseDatabaseUrl, shownAddress } from './database-url.ts';
import { makeTables } from './migrate.ts';
import { addPartitions } from './partitions.ts';
import { begin, commit } from './transaction.ts';

/** Walking through a long log and counting it takes longer than any call of a server may. */
const PATIENT_MS = 30 * 60 * 1000;

/** Opens a database for a copy, with all tables of this version; makes them in an empty one. */
export async function openPostgresSide(url: string, limits: DatabaseLimits): Promise<CopySide> {
  const patient = { ...limits, poolSize: 2, statementTimeoutMs: PATIENT_MS, lockTimeoutMs: 60_000 };
  const connections = await Connections.open(parseDatabaseUrl(url), patient);
  try {
    await makeTables(connections, limits, { store: shownAddress(url), exactly: true });
  } catch (error) {
    await connections.close();
    throw error;
  }
  const session = await connections.acquire();
  return {
    shown: shownAddress(url),
    db: session.db,
    async transaction(work) {
      await begin(session, patient);
      try {
        const result = await work(session.db);
        await commit(session);
        return result;
      } catch (error) {
        await session.exchange([{ text: 'rollback' }]).catch(() => {});
        throw error;
      }
    },
    async freeze(db, message) {
      // The lock that a new trigger needs waits for running writes.
      await sql`create or replace function store_was_left() returns trigger language plpgsql
        as ${sql.lit(`begin raise exception using message = ${quoted(message)}; end`)}`.execute(db);
      for (const table of TABLES) {
        await sql`create trigger store_was_left before insert or update or delete or truncate on ${sql.table(table)}
          for each statement execute function store_was_left()`.execute(db);
      }
    },
    async thaw(db) {
      for (const table of TABLES) {
        await sql`drop trigger if exists store_was_left on ${sql.table(table)}`.execute(db);
      }
      await sql`drop function if exists store_was_left()`.execute(db);
    },
    prepareFor: (oldest, newest) => addPartitions(connections, newest, oldest),
    async settle(db) {
      // Plans that were made for empty tables would be bad ones.
      await sql`analyze`.execute(db);
      await sql`select setval(pg_get_serial_sequence('account', 'id'), greatest(1, (select max(id) from account)))`.execute(
        db,
      );
    },
    async close() {
      await session.release();
      await connections.close();
    },
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
