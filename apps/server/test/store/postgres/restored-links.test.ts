/** What `kanda store restored` does to one-time links in a PostgreSQL database. */
import { describe, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { recordRestore } from '../../../src/store/postgres/restored.ts';
import { expectLinksToEnd } from '../contract/restored-links.ts';
import { Workbench } from '../contract/workbench.ts';
import { PostgresDatabases } from './postgres-database.ts';

/** No server of this test is silent for so long. */
const WATCH_MS = 300;

describe.skipIf(embeddedPostgres() === null)('a PostgreSQL database that was restored', () => {
  test('has ended its links and their results for good, and later ones work', async () => {
    const server = await PostgresServer.start();
    try {
      const database = await new PostgresDatabases(server).make();
      const bench = await Workbench.open(async () => database);
      try {
        const accept = () => {};
        await expectLinksToEnd(bench, () =>
          recordRestore(database.url, DEFAULT_LIMITS, accept, () => bench.now, WATCH_MS),
        );
      } finally {
        await bench.close();
      }
    } finally {
      await server.stop();
    }
  });
});
