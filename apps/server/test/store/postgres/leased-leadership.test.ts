/**
 * Which node does the work behind the logs.
 *
 * Seen to fail without the guard: with a lease that is waited for however far its end is (store/postgres/leased-leadership.ts),
 * no one took over one that a clock an hour ahead had written.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { Connections, DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { parseDatabaseUrl } from '../../../src/store/postgres/database-url.ts';
import { LeasedLeadership } from '../../../src/store/postgres/leased-leadership.ts';
import { makeTables } from '../../../src/store/postgres/migrate.ts';

let nodes = 0;

describe.skipIf(embeddedPostgres() === null)('the lease for the work behind the logs', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  /** An empty store's database, and a node of it for each that is asked for. */
  async function open() {
    const url = await server.createDatabase();
    const connections = await Connections.open(parseDatabaseUrl(url), DEFAULT_LIMITS);
    onTestFinished(() => connections.close());
    await makeTables(connections, DEFAULT_LIMITS);
    return {
      newNode: () => new LeasedLeadership(connections, `node ${++nodes}`),
      query: (text: string) => server.query(text, url),
    };
  }

  test('is one node’s, and another takes it over when that one yields it or is gone', async () => {
    const { newNode, query } = await open();
    const [one, other] = [newNode(), newNode()];
    expect(await one.hold()).toBe(true);
    expect(await other.hold()).toBe(false);
    expect(await one.hold()).toBe(true);
    await one.yield();
    expect(await other.hold()).toBe(true);
    expect(await one.hold()).toBe(false);
    // Gone without a word: its time runs out by the database's clock.
    await query('update lease set expires_at = 1');
    expect(await newNode().hold()).toBe(true);
    expect(await query('select fence::int from lease')).toEqual([{ fence: 3 }]);
  });

  test('that ends later than any that could be given now is no one’s: the clock that wrote it was ahead', async () => {
    const { newNode, query } = await open();
    const inAnHour = '(extract(epoch from clock_timestamp()) * 1000)::bigint + 3600000';
    await query(
      `insert into lease (name, holder, fence, expires_at) values ('background', 'gone', 7, ${inAnHour})`,
    );
    expect(await newNode().hold()).toBe(true);
    expect(await query(`select fence::int, expires_at < ${inAnHour} as soon from lease`)).toEqual([
      { fence: 8, soon: true },
    ]);
  });
});
