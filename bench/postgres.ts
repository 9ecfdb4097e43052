/** A PostgreSQL 18 for measurements, durable as in earnest, with everything else as it comes. */
import { join } from 'node:path';
import { DATABASE_FILE } from '../apps/server/src/compose/open-store.ts';
import { copyStore } from '../apps/server/src/store/copy/copy-store.ts';
import { DEFAULT_LIMITS } from '../apps/server/src/store/postgres/connections.ts';
import { openPostgresSide } from '../apps/server/src/store/postgres/copy-side.ts';
import { openSqliteSide } from '../apps/server/src/store/sqlite/copy-side.ts';
import { PostgresServer } from '../test/support/postgres-server.ts';

let server: Promise<PostgresServer> | null = null;
let pid = Number.NaN;

/** Copies a seeded store into a database of its own and gives its URL. */
export async function copyToPostgres(dataDir: string): Promise<string> {
  server ??= PostgresServer.start({ durable: true });
  pid = (await server).pid;
  const url = await (await server).createDatabase();
  const from = await openSqliteSide(join(dataDir, DATABASE_FILE));
  const to = await openPostgresSide(url, DEFAULT_LIMITS);
  try {
    await copyStore(from, to, { copying: () => {}, comparing: () => {} });
  } finally {
    await from.close();
    await to.close();
  }
  return url;
}

/** The process under which all others of the server are. */
export function postgresPid(): number {
  return pid;
}

export async function endPostgres(): Promise<void> {
  await (await server)?.stop();
}
