/** The contract of the store on a PostgreSQL of some version, in a file for each: they take minutes, side by side. */
import { afterAll, beforeAll, describe } from 'vitest';
import { PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { describeStoreContract } from '../contract.ts';
import { PostgresDatabases } from './postgres-database.ts';

/** @param binaries the folder of its programs; null: there is none, which was said */
export function describeContractOn(name: string, binaries: string | null): void {
  describe.skipIf(binaries === null)(`on ${name}`, () => {
    let server: PostgresServer;
    let databases: PostgresDatabases;
    beforeAll(async () => {
      server = await PostgresServer.start({ binaries: binaries ?? '' });
      databases = new PostgresDatabases(server);
    });
    afterAll(() => server.stop());

    describeStoreContract('the PostgreSQL store', () => databases.make());
  });
}
