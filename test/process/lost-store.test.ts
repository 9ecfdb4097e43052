/**
 * A store that was lost does not look like a new one: the node remembers what it has signed. Seen to fail without the look
 * at that memory: the server started, said that there is no account yet, and was ready.
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, expect, test } from 'vitest';
import { openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { embeddedPostgres, PostgresServer } from '../support/postgres-server.ts';

const SIGNED = 'signed-checkpoints';
let postgres: PostgresServer | null = null;
afterEach(endAll);
afterAll(() => postgres?.stop());

/** A folder whose server has signed a log, and was killed. */
async function killedAfterSigning(more: Readonly<Record<string, string>> = {}): Promise<KandaProcess> {
  const server = await KandaProcess.start({ env: { KANDA_CHECKPOINT_INTERVAL: '1s', ...more } });
  await openAccount(server.url);
  const signed = join(server.dataDir, SIGNED);
  await expect.poll(() => statSync(signed, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(0);
  await server.kill();
  return server;
}

test.each([
  ['the write-ahead log, which had all of it', ['kanda.db-wal', 'kanda.db-shm']],
  ['the database file', ['kanda.db', 'kanda.db-wal', 'kanda.db-shm']],
])('deleted: %s', async (_what, files) => {
  const killed = await killedAfterSigning();
  for (const file of files) rmSync(join(killed.dataDir, file), { force: true });
  await expect(killed.again()).rejects.toThrow(/is empty, and .*signed-checkpoints.* kanda restore FILE/s);
  const signed = join(killed.dataDir, SIGNED);
  renameSync(signed, `${signed}.gone`);
  const anew = await killed.again();
  expect((await fetch(`${anew.url}/readyz`)).status).toBe(200);
  expect(existsSync(join(killed.dataDir, 'kanda.db'))).toBe(true);
});

test.skipIf(embeddedPostgres() === null)('the URL of another database, which is empty', async () => {
  postgres = await PostgresServer.start();
  const url = await postgres.createDatabase();
  const killed = await killedAfterSigning({ KANDA_DATABASE_URL: url });
  const other = await postgres.createDatabase();
  const again = killed.again({ env: { KANDA_DATABASE_URL: other } });
  await expect(again).rejects.toThrow(/is empty, and .*signed-checkpoints.*KANDA_DATABASE_URL/s);
  const client = new pg.Client({ connectionString: other });
  await client.connect();
  const { rowCount } = await client.query("select 1 from pg_tables where schemaname = 'public'");
  await client.end();
  expect(rowCount).toBe(0);
});
