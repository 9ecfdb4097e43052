/**
 * Bytes that were flipped within rows: SQLite's own check passes, and the trees of the logs do not. Seen to fail without
 * the comparison: `doctor` said that every page was checked, and `backup` made one.
 */
import { closeSync, copyFileSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wrongCodes } from '../../../../../test/support/caller.ts';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { checkLogs } from '../../../src/cli/log/damaged-logs.ts';
import { AuditedLog } from '../../background/audited-log.ts';
import { kanda, kandaDone } from '../lib/run-kanda.ts';
import { alter, type PreparedStore, storeWithClient, withServer } from './stores.ts';

const EVENTS = 300;
const PAGE = 4096;
/** Of the caller, in each event's row, and in no index. */
const ADDRESS = '127.0.0.1';
afterAll(endAll);

let made: PreparedStore;
beforeAll(async () => {
  made = await storeWithClient();
  const [code = ''] = wrongCodes(made.client, 1);
  await withServer(made.dataDir, made.apiKey, async (caller) => {
    for (let sent = 0; sent < EVENTS; sent++) await caller.validate(`unknown-${sent}`, code);
  });
});

/** A folder with the store as it is after bytes were flipped. */
function folderWith(change: (database: string) => void): string {
  const folder = temporaryFolder();
  for (const name of ['kanda.db', 'master.key']) copyFileSync(join(made.dataDir, name), join(folder, name));
  change(join(folder, 'kanda.db'));
  return folder;
}

/** Within the text of a row of the log, on every ninth page: what is there stays a row. */
function flipEveryNinthPage(database: string): number {
  const bytes = readFileSync(database);
  const file = openSync(database, 'r+');
  let flipped = 0;
  for (let page = 0; page * PAGE < bytes.length; page += 1) {
    const at = bytes.indexOf(ADDRESS, page * PAGE);
    if (page % 9 !== 0 && flipped > 0) continue;
    if (at < 0 || at >= (page + 1) * PAGE) continue;
    writeSync(file, Buffer.from('9'), 0, 1, at);
    flipped++;
  }
  closeSync(file);
  return flipped;
}

const isWholeForSqlite = (database: string): boolean => {
  const sqlite = new DatabaseSync(database, { readOnly: true });
  try {
    return JSON.stringify(sqlite.prepare('pragma quick_check').all()) === '[{"quick_check":"ok"}]';
  } finally {
    sqlite.close();
  }
};

test('flipped bytes in rows of the log: doctor, backup and restore say so, and make nothing of it unasked', async () => {
  let flipped = 0;
  const folder = folderWith((database) => {
    flipped = flipEveryNinthPage(database);
  });
  expect(flipped).toBeGreaterThan(0);
  expect(isWholeForSqlite(join(folder, 'kanda.db'))).toBe(true);
  const doctor = await kanda(['doctor', '--port', '0', '--data-dir', folder]);
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toMatch(/✗ Events .*the log is damaged, or was altered/);

  const backups = temporaryFolder();
  const file = join(backups, 'kanda.db');
  const refused = await kanda(['backup', file, '--data-dir', folder]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/its log is damaged, or was altered.*--accept-damage/s);
  expect(readdirSync(backups)).toEqual([]);
  await kandaDone(['backup', '--accept-damage', file, '--data-dir', folder]);

  const restored = temporaryFolder();
  const key = join(made.dataDir, 'master.key');
  const restore = ['restore', file, '--data-dir', restored, '--master-key-file', key];
  const notRestored = await kanda(restore);
  expect(notRestored.code).toBe(1);
  expect(notRestored.stderr).toMatch(/Restore an older backup.*--accept-damage/s);
  expect(readdirSync(restored)).toEqual([]);
  await kandaDone([...restore, '--accept-damage']);
});

test.each([
  ['a tile of the tree', 'update log_tile set hashes = zeroblob(length(hashes)) where tile = 0'],
  ['a checkpoint', 'update log_checkpoint set root = zeroblob(32)'],
  ['an event that is gone', 'delete from event where id = 100'],
  ['the first events, which were not pruned', 'delete from event where id < 10'],
])('%s', async (_what, sql) => {
  const folder = folderWith((database) => alter(database, sql));
  const file = join(temporaryFolder(), 'kanda.db');
  expect(await kanda(['backup', file, '--data-dir', folder])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('its log is damaged, or was altered'),
  });
});

test('a whole store passes, also where old events were pruned', async () => {
  const folder = folderWith((database) =>
    alter(
      database,
      `delete from event where id <= 100 and account_id = (select max(account_id) from event);
       update log_tree set pruned_to = 100 where account_id = (select max(account_id) from event)`,
    ),
  );
  const { stdout } = await kandaDone(['backup', join(temporaryFolder(), 'a.db'), '--data-dir', folder]);
  expect(stdout).toMatch(/and \d{3} events by the trees of the logs/);
});

test('an event of a kind that this version does not know is of a newer one, and is not called damaged', async () => {
  const folder = folderWith((database) => alter(database, 'update event set type = 9999 where id = 100'));
  const file = join(temporaryFolder(), 'kanda.db');
  const refused = await kanda(['backup', file, '--data-dir', folder]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/its log has events of a newer version of Kanda: .*event 100 has a type/s);
  expect(refused.stderr).not.toContain('damaged');
  const doctor = await kanda(['doctor', '--port', '0', '--data-dir', folder]);
  expect(doctor.stdout).toMatch(/✗ Events .*events of a newer version/);
  const verified = await kanda(['audit', 'verify', '--data-dir', folder]);
  expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('event 100 has a type') });
  expect(verified.stdout).not.toContain('was changed');
});

test('hints name what was given and what is needed, so that the next one is the last', async () => {
  const folder = folderWith(flipEveryNinthPage);
  const file = join(temporaryFolder(), 'kanda.db');
  await kandaDone(['backup', '--accept-damage', file, '--data-dir', folder]);
  const backup = await kanda(['backup', '--force', file, '--data-dir', folder]);
  expect(backup.stderr).toContain(`kanda backup --force --accept-damage --data-dir ${folder} ${file}`);
  const there = await kanda(['backup', '--accept-damage', file, '--data-dir', folder]);
  expect(there.stderr).toContain(`kanda backup --force --accept-damage --data-dir ${folder} ${file}`);
  const occupied = await kanda(['restore', '--accept-damage', '--ignore-clock', file, '--data-dir', folder]);
  const all = `kanda restore --force --ignore-clock --accept-damage --data-dir ${folder} ${file}`;
  expect(occupied.stderr).toContain(all);
  const damaged = await kanda(['restore', '--force', '--ignore-clock', file, '--data-dir', folder]);
  expect(damaged.stderr).toContain(all);
});

test('the comparison of a long log gives way, so that Ctrl-C is answered', async () => {
  const log = await AuditedLog.open();
  try {
    await log.record(16_000);
    await log.checkpoint();
    await log.save();
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const checked = await checkLogs(log.file);
    isOver = true;
    expect(checked.findings).toEqual([]);
    expect(turns).toBeGreaterThan(1);
  } finally {
    await log.remove();
  }
});
