import { afterAll, beforeAll, describe } from 'vitest';
import {
  debianPostgres15,
  embeddedPostgres,
  PostgresServer,
} from '../../../../test/support/postgres-server.ts';
import { describeStoreContract } from './contract.ts';
import { PostgresDatabases } from './postgres/postgres-database.ts';

/** The folder with the programs of one more PostgreSQL, of whatever version. */
const another = process.env.TEST_POSTGRES ?? null;

describe.each(
  [
    ['PostgreSQL 18', embeddedPostgres()],
    ['PostgreSQL 15', debianPostgres15()],
    [`PostgreSQL in ${another}`, another],
  ].filter((row) => row[1] !== null),
)('on %s', (_, binaries) => {
  let server: PostgresServer;
  let databases: PostgresDatabases;
  beforeAll(async () => {
    server = await PostgresServer.start({ binaries: binaries ?? '' });
    databases = new PostgresDatabases(server);
  });
  afterAll(() => server.stop());

  describeStoreContract('the PostgreSQL store', () => databases.make());
});
