/**
 * A log that was restored contradicts the checkpoints from before: `kanda audit verify` names the event that explains it.
 *
 * Seen to fail without it: with `explainedByRestores` of domain/log/restores.ts giving nothing, and with it giving what it
 * has although events were changed, too.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AuditedLog } from '../../background/audited-log.ts';
import { kanda, kandaDone } from '../lib/run-kanda.ts';

let log: AuditedLog;
/** A checkpoint of 31 events. */
let before: string;

beforeEach(async () => {
  log = await AuditedLog.open();
  await log.record(19);
  const backup = join(log.dataDir, 'backup.db');
  await kandaDone(['backup', '--data-dir', log.dataDir, backup]);
  await log.record(11);
  await log.checkpoint();
  before = log.write('before', await log.newestNote());
  await log.stop();
  // By the clock of the test nothing is as old as it looks.
  const flags = ['--force', '--ignore-clock', '--data-dir', log.dataDir];
  await kandaDone(['restore', ...flags, backup]);
  await log.start();
});
afterEach(() => log.remove());

async function verify(checkpoint = before) {
  const { code, stdout } = await kanda([
    'audit',
    'verify',
    '--data-dir',
    log.dataDir,
    '--checkpoint',
    checkpoint,
  ]);
  return { code, stdout };
}

test('which checkpoints to set aside is said while the log is shorter than they are, and when it is longer', async () => {
  await log.checkpoint();
  const shorter = await verify();
  expect(shorter.stdout).toContain('the log ends at event 21, and a checkpoint covers 31');
  expect(shorter.stdout).toMatch(/event 21 is store\.restored: at \S+Z a backup that ended with event 20/);
  expect(shorter.stdout).toContain('Set aside the checkpoints of 21 and more events from before it');
  await log.record(20);
  await log.checkpoint();
  const longer = await verify();
  expect(longer.stdout).toContain('do not lead to the checkpoint of 31 events');
  expect(longer.stdout).toContain('event 21 is store.restored');
  expect([shorter.code, longer.code]).toEqual([1, 1]);
  const after = await verify(log.write('after', await log.newestNote()));
  expect(after).toEqual({ code: 0, stdout: expect.not.stringContaining('store.restored') });
});

test('an event that was changed is not explained by a restore', async () => {
  await log.record(20);
  await log.checkpoint();
  log.tamper(`update event set actor = 'x' where account_id = ${log.account.id} and id = 25`);
  expect(await verify()).toEqual({ code: 1, stdout: expect.not.stringContaining('store.restored') });
});

test('a checkpoint of after the restore that the log does not lead to is not explained by it', async () => {
  await log.record(20);
  log.now = Date.now() + 60_000;
  await log.checkpoint();
  const after = log.write('after', await log.newestNote());
  const account = log.account.id;
  log.tamper(`delete from event where account_id = ${account} and id > 30;
    delete from log_checkpoint where account_id = ${account};
    delete from log_tree where account_id = ${account}; delete from log_tile where account_id = ${account};
    update account_head set last_event = 30 where account_id = ${account}`);
  const { code, stdout } = await verify(after);
  expect(code).toBe(1);
  expect(stdout).toContain('the log ends at event 30');
  expect(stdout).not.toContain('store.restored');
});
