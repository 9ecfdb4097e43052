/**
 * A migration that servers may go on beside, while a session holds a lock on the table: calls do not wait behind it. Seen
 * to fail with the hour that other migrations wait: calls waited as long as the lock was held.
 */

import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { endAll } from '../support/kanda-process.ts';
import { nextRelease, Releases } from '../support/next-release.ts';
import { databaseOf, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const EXPAND = { '9001-next-expand': 'alter table account add column of_next bigint' };

test('an expanding migration gives up its wait for a lock, calls go on, and it is made when the lock is gone', async () => {
  const releases = await Releases.begin();
  const program = nextRelease(EXPAND);
  const holder = new pg.Client({ connectionString: await databaseOf(releases.current.dataDir) });
  await holder.connect();
  // As pg_dump does.
  await holder.query('begin; lock table account in access share mode');
  const migration = releases.migrate(program);
  let calls = 0;
  for (let running = true; running; calls++) {
    const caller = releases.at(releases.current);
    const { status } = await caller.enrol(`user-${calls}`).then(
      () => ({ status: 200 }),
      (error: Error) => ({ status: error.message }),
    );
    expect(status).toBe(200);
    running = await Promise.race([
      migration.then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 200)),
    ]);
  }
  expect(await migration).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /cannot be changed beside a session that holds a lock.*Nothing was changed/s,
    ),
  });
  expect(calls).toBeGreaterThan(5);
  await holder.query('commit');
  await holder.end();
  expect(await releases.migrate(program)).toMatchObject({ code: 0 });
});
