/** `kanda serve --workers`: several processes on one port. */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { Caller, codeOf, openAccount } from '../process/caller.ts';
import { endAll, KandaProcess, serveUntilItEnds, temporaryFolder } from '../process/kanda-process.ts';
import { databaseOf } from '../process/test-database.ts';

afterAll(endAll);

test('on SQLite they are refused, with the reason', async () => {
  const { code, output } = await serveUntilItEnds({ flags: ['--workers', '2'] });
  expect(code).toBe(1);
  expect(output).toContain('SQLite has one writer');
});

test('on PostgreSQL they are one Kanda: a code is accepted once, one that dies is replaced, and all stop together', async () => {
  const dataDir = temporaryFolder();
  const env = { KANDA_DATABASE_URL: await databaseOf(dataDir) };
  const server = await KandaProcess.start({ dataDir, env, flags: ['--workers', '2'] });
  const workers = await until(
    () => workersOf(server),
    (pids) => pids.length === 2,
  );
  const { apiKey } = await openAccount(server.url);
  const caller = new Caller(server.url).withBearer(apiKey, 16);
  for (let round = 0; round < 5; round++) {
    const client = await caller.enrol(`user-${round}`);
    const code = codeOf(client, 1);
    const answers = await Promise.all(
      Array.from({ length: 32 }, () => caller.validate(client.clientId, code)),
    );
    expect(answers.filter(({ json }) => json.valid === true)).toHaveLength(1);
  }
  caller.close();

  process.kill(workers[0] ?? 0, 'SIGKILL');
  await until(
    () => workersOf(server),
    (pids) => pids.length === 2 && !pids.includes(workers[0] ?? 0),
  );
  expect((await new Caller(server.url).get('/readyz')).status).toBe(200);
  expect((await server.stop()).code).toBe(0);
  expect(workersOf(server)).toEqual([]);
});

function workersOf({ pid }: KandaProcess): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(Number);
}

async function until<T>(look: () => T, isSo: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const seen = look();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`it did not come to that: ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}
