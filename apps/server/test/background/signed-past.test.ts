/**
 * With write access to the database and no key, a changed log must not be signed: what was signed last is
 * remembered where that access does not reach (decision 0004).
 *
 * Seen to fail without the guard: with a memory that remembers nothing (`signed` of domain/log/log-trees.ts), a
 * second checkpoint over the changed log was signed in all of these, `damagedLogs` was 0, and `kanda audit verify`
 * ended with 0.
 */

import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint, sameBytes, splitNotes } from '@kanda/tlog';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SIGNED_FILE, SignedFile } from '../../src/background/signed-file.ts';
import { AuditedLog, MINUTE } from '../background/audited-log.ts';
import { kanda, kandaDone } from '../cli/lib/run-kanda.ts';

let log: AuditedLog;
let id: number;

beforeEach(async () => {
  log = await AuditedLog.open();
  id = log.account.id;
  await log.record(300);
  await log.checkpoint();
});
afterEach(() => log.remove());

const file = () => join(log.dataDir, SIGNED_FILE);
const restart = async () => {
  await log.stop();
  await log.start();
};

/** Changes an event and deletes everything in the store that knows better. */
function forge(change = `update event set ip = '203.0.113.9' where account_id = ${id} and id = 17`): void {
  log.tamper(
    `begin; ${change}; ${['log_checkpoint', 'log_tile', 'log_tree', 'refusal']
      .map((table) => `delete from ${table} where account_id = ${id};`)
      .join('')} commit`,
  );
}

const TAIL_CUT = () => `delete from event where account_id = ${id} and id > 200;
  update account_head set last_event = 200 where account_id = ${id}`;

async function rounds(): Promise<void> {
  log.now += MINUTE;
  const keeper = log.keeper();
  await keeper.sequence({ evenIfNotDue: true });
  await keeper.review();
}

async function expectUnsigned(): Promise<void> {
  expect(await log.installation.store.newestCheckpoint(id)).toBeNull();
  expect(log.figures.damagedLogs).toBe(1);
  expect(log.logged.map(({ fields }) => fields)).toContainEqual(
    expect.objectContaining({ account: log.account.publicId }),
  );
}

describe('a changed log, of which the store has no checkpoint any more,', () => {
  test.each([
    ['an event changed', () => forge()],
    ['the end cut off', () => forge(TAIL_CUT())],
  ])('is never signed by the process that signed it before: %s', async (_, change) => {
    change();
    await rounds();
    await log.record(3);
    await rounds();
    await expectUnsigned();
  });

  test.each([
    ['an event changed', () => forge()],
    ['the end cut off', () => forge(TAIL_CUT())],
  ])('is never signed after a restart: %s', async (_, change) => {
    await restart();
    change();
    await rounds();
    await expectUnsigned();
  });

  test('is found before it has grown again past what was signed', async () => {
    await restart();
    forge(TAIL_CUT());
    await log.keeper().review();
    expect(log.figures.damagedLogs).toBe(1);
    // And once it has: more events than were signed, and not those.
    await log.record(200);
    await rounds();
    await expectUnsigned();
  });

  test('fails `kanda audit verify`, without any checkpoint handed in', async () => {
    const key = log.verifierKey;
    forge();
    await rounds();
    await log.stop();
    for (const args of [[], ['--key', key]]) {
      const { code, stdout } = await kanda(['audit', 'verify', '--data-dir', log.dataDir, ...args]);
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringContaining('that this node remembers of 301 events'),
      });
    }
  });
});

describe('after `kanda restore` of a backup that is behind', () => {
  test('the log is signed on, what was signed before is kept, and the log says so', async () => {
    const backup = join(log.dataDir, 'backup.db');
    await kandaDone(['backup', '--data-dir', log.dataDir, backup]);
    await log.record(50);
    await log.checkpoint();
    await log.stop();
    // By the clock of the test nothing is as old as it looks.
    const restored = await kandaDone([
      'restore',
      '--force',
      '--ignore-clock',
      '--data-dir',
      log.dataDir,
      backup,
    ]);
    expect(restored.stderr).toMatch(/signed is kept as .*signed-checkpoints\.before-restore-/);
    await log.start();
    await rounds();
    await log.record(1);
    await rounds();
    expect(log.logged).toEqual([]);
    expect((await log.newest()).size).toBe(303);
    const { code } = await kanda(['audit', 'verify', '--data-dir', log.dataDir]);
    expect(code).toBe(0);
  });

  test('by other means it is reported by the server and by `kanda doctor`, until someone accepts it', async () => {
    await log.save();
    await log.record(50);
    await log.checkpoint();
    await log.restore();
    await rounds();
    expect(log.figures.damagedLogs).toBe(1);
    const doctor = () => kanda(['doctor', '--port', '0', '--data-dir', log.dataDir]);
    expect((await doctor()).stdout).toContain(`${log.origin}: 351 events signed, 301 in the store`);
    const accepted = await kandaDone(['audit', 'accept-restore', '--data-dir', log.dataDir]);
    expect(accepted.stderr).toContain('restart its server now');
    await restart();
    await log.record(1);
    await rounds();
    expect((await log.newest()).size).toBe(302);
    expect((await doctor()).stdout).toContain('the store has what was signed of 2 logs');
    expect((await log.installation.store.readLog(0, 0, 10)).map(({ event }) => event)).toContain(
      'store.restored',
    );
  });
});

test('a log that is gone as a whole is reported, and by `kanda audit verify`', async () => {
  const tables = ['event', 'account_head', 'log_checkpoint', 'log_tile', 'log_tree', 'refusal'];
  log.tamper(tables.map((table) => `delete from ${table} where account_id = ${id};`).join(''));
  await rounds();
  expect(log.figures.damagedLogs).toBe(1);
  await log.stop();
  const { code, stdout } = await kanda(['audit', 'verify', '--data-dir', log.dataDir]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('this node remembers') });
});

test('a store whose signing key was replaced is not signed with the new one', async () => {
  await log.stop();
  log.tamper("delete from server_key where name = 'log-signing'");
  forge();
  await log.start();
  await rounds();
  await expectUnsigned();
  expect(log.logged[0]?.fields).toMatchObject({
    cause: { message: expect.stringContaining('was signed with another key') },
  });
});

test('a log without its account is not signed as that of the installation', async () => {
  log.tamper(`pragma foreign_keys = off; delete from account where id = ${id}`);
  await log.record(1);
  await rounds();
  expect(await log.installation.store.newestCheckpoint(0)).toBeNull();
  expect(log.figures.damagedLogs).toBeGreaterThan(0);
});

describe('an honest log', () => {
  test('is signed on and on over restarts, and reviewed without a finding', async () => {
    for (let round = 0; round < 3; round++) {
      await restart();
      await log.record(100);
      await rounds();
    }
    expect(log.figures.damagedLogs).toBe(0);
    expect(log.logged).toEqual([]);
    expect((await log.newest()).size).toBe(601);
    expect(newestRemembered()).toBe(601);
  });

  test('that was signed and not kept, as the process was killed in between, is signed anew', async () => {
    await log.record(1);
    const { store } = log.installation;
    const keep = store.addCheckpoint;
    store.addCheckpoint = () => Promise.reject(new Error('killed'));
    await log.keeper().sequence({ evenIfNotDue: true });
    store.addCheckpoint = keep;
    expect(newestRemembered()).toBe(302);
    await restart();
    log.figures.damagedLogs = 0;
    await log.record(1);
    await rounds();
    expect(log.figures.damagedLogs).toBe(0);
    expect((await log.newest()).size).toBe(303);
  });

  test('is taken up by a node that remembers nothing yet, and by one that remembers less', async () => {
    const before = readFileSync(file());
    await log.record(5);
    await log.checkpoint();
    for (const remembered of [null, before]) {
      await log.stop();
      if (remembered === null) rmSync(file());
      else writeFileSync(file(), remembered);
      await log.start();
      await log.keeper().review();
      expect(newestRemembered()).toBe(306);
    }
    expect(log.figures.damagedLogs).toBe(0);
  });
});

function newestRemembered(): number {
  const { notes } = splitNotes(readFileSync(file(), 'utf8'));
  return Math.max(...notes.map((note) => parseCheckpoint(note).checkpoint.size));
}

describe('the file of what was signed', () => {
  const warnings: string[] = [];
  const open = (path = file()) => new SignedFile({ path, warn: (message) => warnings.push(message) });
  beforeEach(() => {
    warnings.length = 0;
  });

  test('is this user’s alone', () => {
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test.each([1, 40, 100, 150])(
    'with its last note cut off by %i bytes has the note before it',
    async (cut) => {
      const before = await log.newest();
      await log.record(1);
      await log.checkpoint();
      truncateSync(file(), statSync(file()).size - cut);
      const known = await open().newest(log.origin);
      // A line end that is missing loses nothing.
      expect(known?.size).toBe(cut === 1 ? 302 : before.size);
      const note = await log.newestNote();
      const reopened = open();
      await reopened.remember({ ...(await log.newest()), note });
      expect((await open().newest(log.origin))?.size).toBe(302);
    },
  );

  test('stays small, whatever its processes append at once', async () => {
    const note = await log.newestNote();
    const memories = [open(), open(), open()];
    // Of another log each, so that one that is lost shows.
    const named = (at: number) => {
      const origin = `kanda/acc_${at}`;
      const text = note.replaceAll(log.origin, origin);
      return { ...parseCheckpoint(text).checkpoint, note: text };
    };
    appendFileSync(file(), `\n\n${`${note}\n`.repeat(6_000)}`);
    const before = statSync(file()).size;
    await Promise.all(
      memories.flatMap((memory, one) =>
        Array.from({ length: 100 }, (_, at) => memory.remember(named(100 * one + at))),
      ),
    );
    expect(statSync(file()).size).toBeLessThan(before / 4);
    const origins = await open().origins();
    expect(origins.toSorted()).toEqual(
      [log.origin, ...Array.from({ length: 300 }, (_, at) => `kanda/acc_${at}`)].toSorted(),
    );
  });

  test('that cannot be there is reported once, and the process remembers all the same', async () => {
    const place = log.write('no-folder', '');
    const memory = open(join(place, SIGNED_FILE));
    const checkpoint = { ...(await log.newest()), note: await log.newestNote() };
    await memory.remember(checkpoint);
    await memory.remember({ ...checkpoint, size: checkpoint.size + 1 });
    expect(warnings).toEqual([expect.stringContaining('only until it stops')]);
    expect((await memory.newest(log.origin))?.size).toBe(checkpoint.size + 1);
    expect(sameBytes((await memory.newest(log.origin))?.root ?? new Uint8Array(), checkpoint.root)).toBe(
      true,
    );
  });
});
