/**
 * Which store the servers of these tests keep everything in. With `KANDA_TEST_STORE=postgres` each data
 * directory has a database of its own, in a PostgreSQL server that the test file starts and `endAll` ends.
 */
import { PostgresServer } from '../../tools/postgres-server.ts';

let server: Promise<PostgresServer> | null = null;
const databases = new Map<string, Promise<string>>();

/** Chooses PostgreSQL for all servers that this test file starts from here on. */
export function usePostgres(): void {
  process.env.KANDA_TEST_STORE = 'postgres';
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
    url = postgresServer().then((started) => started.createDatabase());
    databases.set(dataDir, url);
  }
  return url;
}

/** The PostgreSQL server of this test file. */
export function postgresServer(): Promise<PostgresServer> {
  server ??= PostgresServer.start({ settings: ['max_connections=200'] });
  return server;
}

/** Ends it with all databases. */
export async function endDatabases(): Promise<void> {
  const started = await server;
  server = null;
  databases.clear();
  await started?.stop();
}
