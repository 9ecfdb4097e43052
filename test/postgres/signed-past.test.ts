/**
 * Two nodes on one database: with write access to it and no key, a changed log is signed by none of them, the one
 * that takes over neither: it remembers what the other has signed.
 *
 * Seen to fail without the guard: with nodes that review nothing (`review` of background/log-keeper.ts), the one that
 * does not sign knew of no checkpoint until the test ended.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint, splitNotes } from '@kanda/tlog';
import { afterAll, expect, test, vi } from 'vitest';
import { accountWithKey, kanda, kandaDone } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { Caller, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { SOON } from '../support/patience.ts';
import { databaseOf, postgresServer, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const FLAGS = ['--checkpoint-interval', '1s'];

test('a changed log is signed by no node, until someone accepts it there', async () => {
  const dataDir = temporaryFolder();
  const url = await databaseOf(dataDir);
  const { userId, apiKey } = await accountWithKey(dataDir);
  const origin = `kanda/${userId}`;
  const elsewhere = temporaryFolder();
  const env = { KANDA_DATABASE_URL: url, KANDA_MASTER_KEY_FILE: join(dataDir, 'master.key') };
  const inDatabase = async (text: string) => (await postgresServer()).query(text, url);
  const signed = async () => {
    const rows = await inDatabase('select max(size)::int as size from log_checkpoint where account_id = 1');
    return (rows[0] as { size: number | null }).size;
  };

  const first = await KandaProcess.start({ dataDir, flags: FLAGS });
  const second = await KandaProcess.start({ dataDir: elsewhere, env, flags: FLAGS });
  const caller = new Caller(first.url).withBearer(apiKey);
  const client = await caller.enrol('alice');
  for (const code of wrongCodes(client, 6)) await caller.validate('alice', code);
  const last = (await caller.events()).at(-1)?.id ?? 0;
  // One of them signs, and the other one follows.
  await vi.waitFor(
    () => expect([dataDir, elsewhere].map((folder) => rememberedIn(folder, origin))).toEqual([last, last]),
    SOON,
  );
  caller.close();
  await first.stop();

  await inDatabase(
    `update event set ip = '203.0.113.9' where account_id = 1 and id = 3;
     ${['log_checkpoint', 'log_tile', 'log_tree', 'refusal'].map((table) => `delete from ${table} where account_id = 1;`).join('')}`,
  );
  const other = new Caller(second.url).withBearer(apiKey);
  await vi.waitFor(async () => {
    expect((await other.get('/metrics')).text).toMatch(/^kanda_log_damaged 1$/m);
    const [tree] = await inDatabase('select size::int from log_tree where account_id = 1');
    expect(tree).toMatchObject({ size: last });
  }, SOON);
  await other.validate('alice', wrongCodes(client, 7).at(-1) as string);
  other.close();
  expect(second.output).toContain('that was signed before: events were changed');
  await second.stop();
  expect(await signed()).toBeNull();
  const verified = await kanda(['audit', 'verify', '--account', userId, '--data-dir', dataDir]);
  expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('that this node remembers') });

  const accepted = await kandaDone(['audit', 'accept-restore', '--data-dir', elsewhere], { env });
  expect(accepted.stderr).toContain('restart its server now');
  const again = await second.again();
  await vi.waitFor(async () => expect(await signed()).toBeGreaterThan(last), SOON);
  await again.stop();
}, 240_000);

/** The most events of this log that the node with this data directory knows to have been signed; 0: none. */
function rememberedIn(dataDir: string, origin: string): number {
  const path = join(dataDir, 'signed-checkpoints');
  if (!existsSync(path)) return 0;
  const sizes = splitNotes(readFileSync(path, 'utf8'))
    .notes.map((note) => parseCheckpoint(note).checkpoint)
    .filter((checkpoint) => checkpoint.origin === origin)
    .map(({ size }) => size);
  return Math.max(0, ...sizes);
}
