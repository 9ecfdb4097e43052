/**
 * Clients that refuse every code, since the clock was ahead when one was accepted: reported when the server starts, in
 * its metrics and by `kanda doctor`, on whatever store the test file has chosen.
 *
 * Seen to fail: without `tellClocksAhead` in cli/server/serve.ts, and with `countClocksAhead` giving 0.
 */
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Caller } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { databaseOf, postgresServer } from '../../../../../test/support/test-database.ts';
import { accountWithKey, kanda } from '../lib/run-kanda.ts';
import { alter } from '../store/stores.ts';

/** Of two clients one; as a clock that was years ahead leaves it. */
const LEFT_AHEAD =
  "update authenticator_state set watermark = 1000000000 where id in (select id from client where client_id = 'bob')";

afterAll(endAll);

test('clients that a clock left ahead are reported at the start, in the metrics and by doctor', async () => {
  const dataDir = temporaryFolder();
  const { apiKey } = await accountWithKey(dataDir, 'owner@example.com');
  const before = await KandaProcess.start({ dataDir });
  const caller = new Caller(before.url).withBearer(apiKey);
  await caller.enrol('alice');
  await caller.enrol('bob');
  expect(await clocksAhead(caller)).toBe(0);
  caller.close();
  const { output } = await before.stop();
  expect(output).not.toContain('refuse every code');
  expect(await doctorSays(dataDir)).toEqual([]);

  if (process.env.KANDA_TEST_STORE === 'postgres') {
    await (await postgresServer()).query(LEFT_AHEAD, await databaseOf(dataDir));
  } else {
    alter(join(dataDir, 'kanda.db'), LEFT_AHEAD);
  }
  const after = await KandaProcess.start({ dataDir });
  const asked = new Caller(after.url);
  await expect.poll(() => clocksAhead(asked)).toBe(1);
  asked.close();
  expect(await doctorSays(dataDir)).toEqual([
    expect.objectContaining({
      level: 'look',
      found: expect.stringContaining('1 authenticator refuses'),
      remedy: expect.stringContaining('unlock --reset-clock'),
    }),
  ]);
  expect((await after.stop()).output).toMatch(/"clients":1,.*kanda client unlock --reset-clock/);
});

async function clocksAhead(caller: Caller): Promise<number> {
  const { text } = await caller.get('/metrics');
  return Number(/^kanda_clients_clock_ahead (\d+)$/m.exec(text)?.[1]);
}

async function doctorSays(dataDir: string): Promise<readonly object[]> {
  // It ends with 1 where it finds more, such as a test's database that does not sync.
  const { stdout } = await kanda(['doctor', '--json', '--data-dir', dataDir, '--port', '0']);
  const { checks } = JSON.parse(stdout) as { checks: { check: string }[] };
  return checks.filter(({ check }) => check === 'Codes ahead');
}
