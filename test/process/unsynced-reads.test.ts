/**
 * Commands that read the SQLite store beside a server show nothing that a power cut could take back: what the server has
 * committed and not synced is synced first, and where that fails nothing is shown.
 *
 * Seen to fail: without `syncSeen` in store/sqlite/log-reader.ts and store/sqlite/backup.ts all three ended with 0.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { kanda } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { Caller, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';

afterAll(endAll);

test('while the disk confirms no sync, nothing of the log is verified, shown or backed up', async () => {
  const flag = join(temporaryFolder(), 'sync-fails');
  const preload = pathToFileURL(join(import.meta.dirname, '../support/failing-sync.mjs')).href;
  const env = { NODE_OPTIONS: `--import=${preload}`, TEST_SYNC_FAILS: flag };
  const server = await KandaProcess.start({ env: { ...env, KANDA_CHECKPOINT_INTERVAL: '1s' } });
  const { dataDir } = server;
  const caller = new Caller(server.url).withBearer((await openAccount(server.url)).apiKey);
  await caller.enrol('alice');
  await expect.poll(async () => (await caller.get('/api/logs/checkpoint')).status).toBe(200);

  writeFileSync(flag, '');
  // Committed, and not on the disk: the caller gets no confirmation.
  expect((await caller.validate('alice', '000000')).status).toBe(503);
  const backup = join(temporaryFolder(), 'backup.db');
  const commands = [
    ['audit', 'verify'],
    ['audit', 'checkpoint'],
    ['backup', backup],
  ];
  for (const command of commands) {
    const { code, stdout, stderr } = await kanda([...command, '--data-dir', dataDir], { env });
    expect({ code, stdout }, command.join(' ')).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('a power cut may take it back');
  }
  expect(existsSync(backup)).toBe(false);

  rmSync(flag);
  for (const command of commands) {
    const { code, stderr } = await kanda([...command, '--data-dir', dataDir], { env });
    expect(code, `${command.join(' ')}: ${stderr}`).toBe(0);
  }
  caller.close();
});
