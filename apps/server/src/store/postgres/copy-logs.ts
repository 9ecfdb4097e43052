import { type CopiedTable, insertRows, keyOf, readRows } from '../copy/rows.ts';
import type { CopySide } from '../copy/side.ts';
import { Connections, type DatabaseLimits } from './connections.ts';
import { parseDatabaseUrl } from './database-url.ts';

/** What verifying a log reads. */
const LOG_TABLES: readonly CopiedTable[] = [
  'account',
  'account_head',
  'client',
  'authenticator_state',
  'event',
  'event_tail',
  'activity',
  'log_tree',
  'log_tile',
  'log_checkpoint',
];

/** Verifying logs does not need these, and what is not in a file cannot be read there. */
const WITHOUT = { email: '', password_hash: '', data_key: new Uint8Array() };

/** Copies the logs with all that verifies them, as they are at one instant, into an empty store. Changes nothing. */
export async function copyLogs(url: string, limits: DatabaseLimits, to: CopySide): Promise<void> {
  const patient = { ...limits, poolSize: 1, statementTimeoutMs: 30 * 60 * 1000 };
  const connections = await Connections.open(parseDatabaseUrl(url), patient);
  try {
    const session = await connections.acquire();
    try {
      await session.exchange([{ text: 'begin isolation level repeatable read read only' }]);
      await to.transaction((db) => db.deleteFrom('account_head').execute());
      for (const table of LOG_TABLES) {
        for (let after: readonly unknown[] | null = null; ; ) {
          const rows = await readRows(session.db, table, after);
          const last = rows.at(-1);
          if (last === undefined) break;
          after = keyOf(table, last);
          const kept =
            table === 'account' ? rows.map((row) => ({ ...row, ...WITHOUT, email: row.public_id })) : rows;
          await to.transaction((db) => insertRows(db, table, kept));
        }
      }
    } finally {
      await session.release();
    }
  } finally {
    await connections.close();
  }
}
