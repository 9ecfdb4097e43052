/**
 * One PostgreSQL server for all files that only need databases: making a cluster and starting it for each took longer
 * than many of the tests. A file that stops, configures or fills the server itself starts one of its own, on a copy of a
 * cluster that is made once.
 */
import {
  embeddedPostgres,
  makeTemplate,
  PostgresServer,
  SHARED_SERVER,
  TEMPLATE,
} from './postgres-server.ts';

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const binaries = embeddedPostgres();
  if (binaries === null) return undefined;
  const { template, remove } = makeTemplate(binaries);
  process.env[TEMPLATE] = template;
  // Four files at once, each with several nodes and their pools.
  const server = await PostgresServer.start({ settings: ['max_connections=600'] });
  process.env[SHARED_SERVER] = `${server.port}:${server.folder}`;
  return async () => {
    delete process.env[SHARED_SERVER];
    delete process.env[TEMPLATE];
    await server.stop();
    remove();
  };
}
