/**
 * Two nodes on one PostgreSQL, each with a file of its own for the events of all logs. The one that has the work behind the
 * logs is killed in the middle of its lines, and the other goes on: together the files have every event, each in order.
 *
 * Seen to fail with a node that begins at the newest event in place of what was kept as sent (background/feeds/event-feed.ts):
 * what the killed one had not sent was in neither file.
 */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { Caller, openAccount, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { SOON } from '../support/patience.ts';
import { databaseOf, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const KILLS = 2;
const EVENTS = 25;

interface Line {
  readonly messageId: string;
  readonly account: string;
  readonly id: number;
}

/** The lines of the account in one file, as far as they are whole. */
function linesOf(path: string): Line[] {
  if (!existsSync(path)) return [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as Line).filter(({ account }) => account.startsWith('acc_'));
}

test('the files of two nodes have every event, whichever is killed', async () => {
  const [one, other] = [temporaryFolder(), temporaryFolder()];
  const files = [one, other].map((folder) => join(folder, 'events.ndjson'));
  const env = { KANDA_DATABASE_URL: await databaseOf(one) };
  const start = (index: number) =>
    KandaProcess.start({
      dataDir: [one, other][index] ?? '',
      env,
      flags: ['--event-file', files[index] ?? ''],
    });
  const nodes = [await start(0)];
  copyFileSync(join(one, 'master.key'), join(other, 'master.key'));
  nodes.push(await start(1));
  const access = await openAccount(nodes[0]?.url ?? '');
  const at = (index: number) => new Caller(nodes[index]?.url ?? '').withBearer(access.apiKey);
  const client = await at(0).enrol('ada');
  const counts = () => files.map((path) => linesOf(path).length);

  let written = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const before = counts();
    const write = async (count: number) => {
      for (const code of wrongCodes(client, count, written)) {
        // Either node may be the one that is killed.
        for (const index of [0, 1]) if (await tried(at(index), code)) break;
      }
      written += count;
    };
    const leader = () => counts().findIndex((count, index) => count > (before[index] ?? 0));
    await write(EVENTS);
    await vi.waitFor(() => expect(leader()).not.toBe(-1), SOON);
    const killed = leader();
    const writing = write(EVENTS);
    await nodes[killed]?.kill();
    await writing;
    nodes[killed] = await start(killed);
  }

  const ids = (await at(0).events()).map(({ id }) => id).sort((a, b) => a - b);
  expect(ids.length).toBeGreaterThan(KILLS * EVENTS);
  const lines = () => files.flatMap(linesOf);
  const sent = () => [...new Set(lines().map(({ id }) => id))].sort((a, b) => a - b);
  await vi.waitFor(() => expect(sent()).toEqual(ids), SOON);
  expect(new Set(lines().map(({ messageId }) => messageId)).size).toBe(ids.length);
  for (const path of files) {
    const first = [...new Set(linesOf(path).map(({ id }) => id))];
    expect(first).toEqual(first.toSorted((a, b) => a - b));
  }
});

async function tried(caller: Caller, code: string): Promise<boolean> {
  try {
    return (await caller.validate('ada', code)).status === 200;
  } catch {
    return false;
  }
}
