/**
 * Weeks of the log in which a test half is already: its events are in `event_other` until the week has a partition.
 *
 * Seen to fail without `movePartition`: the week got no partition, and the events of everybody else that came in it would
 * have been beside those of the half for ever.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { Connections, DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { parseDatabaseUrl } from '../../../src/store/postgres/database-url.ts';
import { addPartitions, WEEK_MS } from '../../../src/store/postgres/partitions.ts';
import { ORIGIN, START, Workbench } from '../contract/workbench.ts';
import { type PostgresDatabase, PostgresDatabases } from './postgres-database.ts';

describe.skipIf(embeddedPostgres() === null)('a week that a test half has reached before the server', () => {
  let server: PostgresServer;
  let bench: Workbench;
  let database: PostgresDatabase;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const databases = new PostgresDatabases(server);
    bench = await Workbench.open(async () => {
      database = await databases.make();
      return database;
    });
  });
  afterEach(() => bench.close());

  test('gets its partition, with the events that are there, and no log is other than before', async () => {
    const live = await bench.createAccount();
    const half = await bench.store.createTestHalf({
      liveId: live.id,
      publicId: 'acc_test',
      at: START,
      origin: ORIGIN,
    });
    const ahead = 20 * WEEK_MS;
    await bench.store.advanceTestClock(half.id, ahead, { ...bench.change(), offsetMs: 0 });
    const phone = await bench.enrol(half, 'ada');
    await bench.validate(phone, phone.codeAt(START + ahead));
    const before = await bench.events(half);
    const inOther = 'select count(*)::int as n from event_other';
    expect(await database.behindTheStore(inOther)).not.toEqual([{ n: 0 }]);

    const connections = await Connections.open(parseDatabaseUrl(database.url), DEFAULT_LIMITS);
    try {
      await addPartitions(connections, START + ahead);
      await addPartitions(connections, START + ahead);
    } finally {
      await connections.close();
    }
    expect(await database.behindTheStore(inOther)).toEqual([{ n: 0 }]);
    expect(await bench.events(half)).toEqual(before);
    bench.now = START + ahead;
    await bench.enrol(live, 'bob');
    expect(await database.behindTheStore(inOther)).toEqual([{ n: 0 }]);
    expect((await bench.events(live)).map(({ event }) => event)).toEqual([
      'client.registered',
      'account.registered',
    ]);
  });
});
