/**
 * One PostgreSQL server for all files that only need databases: making a cluster and starting it for each took longer
 * than many of the tests. A file that stops, configures or fills the server itself starts one of its own.
 */
import { embeddedPostgres, PostgresServer, SHARED_SERVER } from './postgres-server.ts';

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (embeddedPostgres() === null) return undefined;
  // Four files at once, each with several nodes and their pools.
  const server = await PostgresServer.start({ settings: ['max_connections=600'] });
  process.env[SHARED_SERVER] = `${server.port}:${server.folder}`;
  return async () => {
    delete process.env[SHARED_SERVER];
    await server.stop();
  };
}
