/**
 * KANDA_CALL_DEADLINE reaches the server: it ends a call before the store gives up waiting for another's lock.
 *
 * The texts tell the two apart, not a clock: a change that was given up may still be made, and one that never had its
 * turn was not. Seen to fail without `callDeadlineMs` in cli/server/serve.ts: the text was the store's.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { DATABASE_FILE } from '../../apps/server/src/compose/open-store.ts';
import { Caller, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

afterAll(endAll);

test('the deadline that is set ends a call that waits for its store', async () => {
  const server = await KandaProcess.start({ flags: ['--call-deadline', '1s'] });
  const caller = new Caller(server.url).withBearer((await openAccount(server.url)).apiKey);
  await caller.enrol('ada');
  const holder = new DatabaseSync(join(server.dataDir, DATABASE_FILE));
  onTestFinished(() => holder.close());
  holder.exec('begin immediate');
  const { status, json } = await caller.validate('ada', '123456');
  expect([status, json.code, json.detail]).toEqual([
    503,
    'store_unavailable',
    expect.stringContaining('it may have been'),
  ]);
});
