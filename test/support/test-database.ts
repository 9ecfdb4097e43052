/**
 * Which store the servers of these tests keep everything in. With `KANDA_TEST_STORE=postgres` each data
 * directory has a database of its own, in the PostgreSQL server of the run; `endAll` drops it.
 */
import { PgBouncer } from './pgbouncer.ts';
import { PostgresServer } from './postgres-server.ts';

let server: Promise<PostgresServer> | null = null;
let pooler: Promise<PgBouncer> | null = null;
let behindPgBouncer = false;
const databases = new Map<string, Promise<string>>();

/** Chooses PostgreSQL for all servers that this test file starts from here on. */
export function usePostgres(): void {
  process.env.KANDA_TEST_STORE = 'postgres';
}

/** As `usePostgres`, and PgBouncer stands between the servers and their databases. */
export function usePgBouncer(): void {
  usePostgres();
  behindPgBouncer = true;
}

/** The variables that lead a server with this data directory to its store. */
export async function storeVariables(dataDir: string): Promise<Record<string, string>> {
  if (process.env.KANDA_TEST_STORE !== 'postgres') return {};
  return { KANDA_DATABASE_URL: await databaseOf(dataDir) };
}

/** The database that belongs to this data directory; made when there is none. */
export function databaseOf(dataDir: string): Promise<string> {
  let url = databases.get(dataDir);
  if (url === undefined) {
    url = makeDatabase();
    databases.set(dataDir, url);
  }
  return url;
}

async function makeDatabase(): Promise<string> {
  const url = await (await postgresServer()).createDatabase();
  return behindPgBouncer ? (await pgBouncer()).through(url) : url;
}

/** The PgBouncer of this test file, before its PostgreSQL server. */
export function pgBouncer(): Promise<PgBouncer> {
  pooler ??= postgresServer().then(({ port }) => PgBouncer.start(port));
  return pooler;
}

/** The PostgreSQL server that the databases of this test file are in. */
export function postgresServer(): Promise<PostgresServer> {
  server ??= PostgresServer.forDatabases();
  return server;
}

/** Drops all databases of this test file. */
export async function endDatabases(): Promise<void> {
  const [started, standing] = [await server, await pooler];
  server = null;
  pooler = null;
  databases.clear();
  await standing?.stop();
  await started?.stop();
}
