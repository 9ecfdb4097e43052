/**
 * A store with a test half that is 85 years ahead, copied into PostgreSQL.
 *
 * Seen to fail while the times of all events counted: ten years of partitions were made, and none for this one. Without the
 * clock as a limit, an event that is dated too late brought 27 more.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { copyStore } from '../../../src/store/copy/copy-store.ts';
import { DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { openPostgresSide } from '../../../src/store/postgres/copy-side.ts';
import { WEEK_MS } from '../../../src/store/postgres/partitions.ts';
import { openSqliteSide } from '../../../src/store/sqlite/copy-side.ts';
import { ORIGIN, START, Workbench } from '../contract/workbench.ts';
import { SqliteDatabase } from '../sqlite/sqlite-database.ts';
import { PostgresDatabases } from './postgres-database.ts';

const SILENT = { copying() {}, comparing() {} };
const YEARS_AHEAD = 85;

describe.skipIf(embeddedPostgres() === null)('a copy of a store with a test half years ahead', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  test('has partitions for the weeks of live events alone, and none later than its clock', async () => {
    const source = new SqliteDatabase();
    const bench = await Workbench.open(async () => source);
    const live = await bench.createAccount();
    const half = await bench.store.createTestHalf({
      liveId: live.id,
      publicId: 'acc_test',
      at: START,
      origin: ORIGIN,
    });
    const ahead = YEARS_AHEAD * 52 * WEEK_MS;
    await bench.store.advanceTestClock(half.id, ahead, { ...bench.change(), offsetMs: 0 });
    bench.now = START + 2 * WEEK_MS;
    await bench.enrol(live, 'ada');
    // As after a clock that was wrong once.
    bench.now = START + 30 * WEEK_MS;
    await bench.enrol(live, 'late');
    await bench.store.close();

    const target = await new PostgresDatabases(server).make();
    const from = await openSqliteSide(source.path);
    const to = await openPostgresSide(target.url, DEFAULT_LIMITS);
    try {
      await copyStore(from, to, SILENT, () => START + 3 * WEEK_MS);
    } finally {
      await from.close();
      await to.close();
    }
    const partitions = await target.behindTheStore(
      `select relname from pg_inherits join pg_class on oid = inhrelid
       where inhparent = 'event'::regclass and relname ~ '^event_20[3-9]|^event_2[1-9]|^event_2027' order by 1`,
    );
    expect(partitions.map(({ relname }) => relname)).toEqual([
      'event_20270107',
      'event_20270114',
      'event_20270121',
      'event_20270128',
      'event_20270204',
      'event_20270211',
      'event_20270218',
    ]);
    const where = await target.behindTheStore(
      `select tableoid::regclass::text as place, count(*)::int as events from event group by 1 order by 1`,
    );
    expect(where).toEqual([
      { place: 'event_20261231', events: 2 },
      { place: 'event_20270114', events: 1 },
      { place: 'event_other', events: 2 },
    ]);
    await bench.close();
  });
});
