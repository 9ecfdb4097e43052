/** A snapshot that is held, as by a dump: what every batch rewrites piles up, and that shows. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { snapshotFindings } from '../../../src/cli/doctor/database.ts';
import { Connections, DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { parseDatabaseUrl } from '../../../src/store/postgres/database-url.ts';
import { readSnapshots } from '../../../src/store/postgres/snapshots.ts';
import { START, Workbench } from '../contract/workbench.ts';
import { PostgresDatabase } from './postgres-database.ts';

describe.skipIf(embeddedPostgres() === null)('a snapshot that is held', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  test('shows with its age, and so do the rows that died since', async () => {
    const url = await server.createDatabase();
    const bench = await Workbench.open(async () => new PostgresDatabase(server, url));
    onTestFinished(() => bench.close());
    const connections = await Connections.open(parseDatabaseUrl(url), DEFAULT_LIMITS);
    onTestFinished(() => connections.close());
    const look = async () => {
      const session = await connections.acquire();
      try {
        return await readSnapshots(session);
      } finally {
        await session.release();
      }
    };
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    const dump = new pg.Client(url);
    await dump.connect();
    await dump.query('begin isolation level repeatable read read only');
    await dump.query('select count(*) from account');
    for (let attempt = 0; attempt < 20; attempt++) await bench.validate(phone, phone.wrongCodeAt(START));
    // What a session has done is counted a second later, or when it ends.
    await bench.reopen();
    let found = await look();
    while (found.oldestSnapshotSeconds < 1 || found.deadRows === 0) {
      await sleep(100);
      found = await look();
    }
    await dump.end();
    while ((await look()).oldestSnapshotSeconds > 0) await sleep(100);
  });

  test('is reported by doctor when it is old', () => {
    expect(snapshotFindings({ oldestSnapshotSeconds: 299, deadRows: 9 })).toEqual([]);
    expect(snapshotFindings({ oldestSnapshotSeconds: 3_600, deadRows: 24_700 })).toEqual([
      expect.objectContaining({
        check: 'Snapshots',
        level: 'look',
        found: 'one has been held for 60 minutes; 24700 dead rows cannot be cleaned up',
      }),
    ]);
  });
});
