/**
 * What every store promises, with PgBouncer in transaction mode between the store and PostgreSQL.
 *
 * Seen to fail without the guard: with one statement prepared under a name (store/postgres/exchange.ts), verdicts and
 * much else came to nothing.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { openPostgresStore } from '../../apps/server/src/store/postgres/store.ts';
import type { Database } from '../../apps/server/test/store/contract/workbench.ts';
import { describeStoreContract } from '../../apps/server/test/store/contract.ts';
import { PostgresDatabases } from '../../apps/server/test/store/postgres/postgres-database.ts';
import { PgBouncer, pgBouncerProgram } from '../support/pgbouncer.ts';
import { embeddedPostgres, PostgresServer } from '../support/postgres-server.ts';

/** Fewer than the stores have connections, so that one of theirs is hardly ever the same one of PostgreSQL's. */
const POOL = 3;

describe.skipIf(pgBouncerProgram() === null || embeddedPostgres() === null)('behind PgBouncer', () => {
  let server: PostgresServer;
  let pooler: PgBouncer;
  let databases: PostgresDatabases;
  beforeAll(async () => {
    server = await PostgresServer.start();
    pooler = await PgBouncer.start(server.port, {
      instead: { 'default_pool_size = 20': `default_pool_size = ${POOL}` },
    });
    databases = new PostgresDatabases(server);
  });
  afterAll(async () => {
    await pooler.stop();
    await server.stop();
  });

  describeStoreContract('the PostgreSQL store', async (): Promise<Database> => {
    const database = await databases.make();
    return {
      open: (parts) =>
        openPostgresStore({ url: pooler.through(database.url), limits: { poolSize: 6 }, ...parts }),
      swapSecrets: (...names) => database.swapSecrets(...names),
      damageFailures: (...name) => database.damageFailures(...name),
      accountTables: () => database.accountTables(),
      prune: (...parts) => database.prune(...parts),
      sql: (statement) => database.sql(statement),
      keptAnswers: () => database.keptAnswers(),
      recountMixes: () => database.recountMixes(),
      countRows: (work) => database.countRows(work),
      remove: () => database.remove(),
    };
  });
});
