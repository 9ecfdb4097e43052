import {
  closeSync,
  copyFileSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, codeOf, wrongCodes } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { SIGNED_FILE } from '../../../src/background/signed-file.ts';
import { openInstallation } from '../../../src/compose/installation.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { EVENT_TYPES } from '../../../src/domain/log/events.ts';
import { takeExclusively } from '../../../src/store/sqlite/exclusive.ts';
import { kanda, kandaDone } from '../lib/run-kanda.ts';
import { alter, damage, newestEvents, type PreparedStore, storeWithClient, withServer } from './stores.ts';

afterAll(endAll);

/** A store and a backup of it, which the tests alter copies of. */
let made: PreparedStore;
let backup: string;
beforeAll(async () => {
  made = await storeWithClient();
  backup = join(temporaryFolder(), 'backup.db');
  await kandaDone(['backup', backup, '--data-dir', made.dataDir]);
});

/** A folder with the store of the backup and its key, on which no server runs. */
function sameStore(): string {
  const folder = temporaryFolder();
  copyFileSync(backup, join(folder, 'kanda.db'));
  copyFileSync(join(made.dataDir, 'master.key'), join(folder, 'master.key'));
  return folder;
}

function restoreInto(folder: string, file = backup, ...more: string[]) {
  return kanda(['restore', file, '--data-dir', folder, ...more]);
}

/** The one file that a restore has kept. */
function keptIn(folder: string): string {
  const kept = readdirSync(folder).filter((name) => /^kanda\.db\.before-restore-\d{8}T\d{6}Z$/.test(name));
  expect(kept).toHaveLength(1);
  return join(folder, kept[0] ?? '');
}
const isDraft = (name: string) => /^store-seen\..+\.draft$/.test(name);

describe('a used code is never accepted again, also after a restore', () => {
  test('neither one that was accepted after the backup, nor one that was shown and not used', async () => {
    const { dataDir, apiKey } = await storeWithClient();
    const file = join(temporaryFolder(), 'backup.db');
    // One code beyond the present: a phone whose clock is ahead shows it, and it is accepted.
    const { bob, carol, accepted } = await withServer(dataDir, apiKey, async (caller) => {
      const clients = {
        bob: await caller.enrol('bob', { period: 300 }),
        carol: await caller.enrol('carol', { period: 300 }),
      };
      await kandaDone(['backup', file, '--data-dir', dataDir]);
      const code = codeOf(clients.bob, 1);
      expect((await caller.validate('bob', code)).json).toEqual({ valid: true });
      return { ...clients, accepted: code };
    });
    const shown = [codeOf(carol, -1), codeOf(carol), codeOf(carol, 1)];
    const restored = await restoreInto(dataDir, file, '--force');
    expect(restored.stderr).toMatch(/No code that was shown until now is accepted,[^(]*\(3 auth/);
    const backedUp = newestEvents(file);
    expect(newestEvents(join(dataDir, 'kanda.db'))).toEqual(
      backedUp.map(({ account, id }) => ({ account, id: id + 1, type: EVENT_TYPES['store.restored'] })),
    );

    await withServer(dataDir, apiKey, async (caller) => {
      const verdicts = [];
      for (const code of [accepted, codeOf(bob), codeOf(bob, -1)]) {
        verdicts.push((await caller.validate('bob', code)).json);
      }
      for (const code of shown) verdicts.push((await caller.validate('carol', code)).json);
      expect(verdicts).toEqual(Array(6).fill({ valid: false, reason: 'invalid_code' }));
      // They may have been used: the log tells that apart from a wrong code, and no failure is counted.
      const reasons = (await caller.events('carol')).map(({ reason }) => reason);
      expect(reasons).toContain('clock_ahead');
    });
  });
});

describe('into a folder without a store', () => {
  test('with the master key beside it or named by a setting, what was in the backup is served again', async () => {
    const folder = join(temporaryFolder(), 'new');
    const key = join(made.dataDir, 'master.key');
    const restored = await restoreInto(folder, backup, '--master-key-file', key);
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 account, 1 user as of 20/),
    });
    expect(readdirSync(folder)).toEqual(['kanda.db']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'kanda.db')).mode & 0o777).toBe(0o600);

    copyFileSync(key, join(folder, 'master.key'));
    await withServer(folder, made.apiKey, async (caller) => {
      expect((await caller.get('/api/totp/clients/alice')).json).toMatchObject({ clientId: 'alice' });
    });
  });

  test('a backup that others may read becomes a store that they may not, and is not changed itself', async () => {
    const folder = temporaryFolder();
    copyFileSync(join(made.dataDir, 'master.key'), join(folder, 'master.key'));
    const file = join(temporaryFolder(), 'open.db');
    writeFileSync(file, readFileSync(backup), { mode: 0o644 });
    expect((await restoreInto(folder, file)).code).toBe(0);
    expect(statSync(join(folder, 'kanda.db')).mode & 0o777).toBe(0o600);
    expect(readFileSync(file)).toEqual(readFileSync(backup));
  });

  test('a write-ahead log that is left there is not read into the restored store', async () => {
    const folder = temporaryFolder();
    const server = await KandaProcess.start({ dataDir: folder });
    await server.kill();
    expect(statSync(join(folder, 'kanda.db-wal')).size).toBeGreaterThan(0);
    renameSync(join(folder, 'kanda.db'), join(temporaryFolder(), 'lost'));
    copyFileSync(join(made.dataDir, 'master.key'), join(folder, 'master.key'));
    expect((await restoreInto(folder)).code).toBe(0);
    const names = readdirSync(folder).filter((name) => !name.includes('before-restore'));
    expect(names).toEqual(['kanda.db', 'master.key']);
    const { stdout } = await kandaDone(['account', 'list', '--data-dir', folder]);
    expect(stdout).toContain('owner@example.com');
  });

  test('a copy of a live store that someone made by hand is restored with its write-ahead log', async () => {
    const live = sameStore();
    const server = await KandaProcess.start({ dataDir: live });
    const caller = new Caller(server.url).withBearer(made.apiKey);
    await caller.enrol('in-the-log');
    caller.close();
    const copies = temporaryFolder();
    for (const suffix of ['', '-wal']) {
      copyFileSync(join(live, `kanda.db${suffix}`), join(copies, `copy.db${suffix}`));
    }
    await server.stop();
    const folder = temporaryFolder();
    copyFileSync(join(made.dataDir, 'master.key'), join(folder, 'master.key'));
    const { stdout } = await restoreInto(folder, join(copies, 'copy.db'));
    expect(stdout).toContain('2 users');
  });
});

describe('over a store that is there', () => {
  test('is refused without --force, which keeps the present store beside the new one, complete', async () => {
    const folder = sameStore();
    const server = await KandaProcess.start({ dataDir: folder });
    const caller = new Caller(server.url).withBearer(made.apiKey);
    await caller.enrol('after-the-backup');
    caller.close();
    // Killed, so that what it wrote last is in the write-ahead log alone.
    await server.kill();
    const refused = await restoreInto(folder);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/already a store in .*kanda restore --force/);
    expect(statSync(join(folder, 'kanda.db-wal')).size).toBeGreaterThan(0);

    const { code, stderr } = await restoreInto(folder, backup, '--force');
    const kept = keptIn(folder);
    expect(code).toBe(0);
    expect(stderr).toContain(kept);
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    // What was signed before is kept apart: see background/signed-past.test.ts.
    const names = readdirSync(folder)
      .filter((name) => !name.startsWith(SIGNED_FILE) && !isDraft(name))
      .map((name) => join(folder, name));
    expect(names.sort()).toEqual([join(folder, 'kanda.db'), kept, join(folder, 'master.key')].sort());
    await withServer(folder, made.apiKey, async (restored) => {
      expect((await restored.get('/api/totp/clients/after-the-backup')).status).toBe(404);
    });

    // The way back is a restore of the file that was kept.
    expect((await restoreInto(folder, kept, '--force')).code).toBe(0);
    await withServer(folder, made.apiKey, async (restored) => {
      expect((await restored.get('/api/totp/clients/after-the-backup')).status).toBe(200);
    });
  });

  test('one that is damaged beyond opening is replaced, and kept with its log', async () => {
    const folder = sameStore();
    writeFileSync(join(folder, 'kanda.db'), 'x'.repeat(10_000));
    writeFileSync(join(folder, 'kanda.db-wal'), 'its log');
    expect((await restoreInto(folder, backup, '--force')).code).toBe(0);
    const kept = keptIn(folder);
    expect(readFileSync(kept, 'utf8')).toMatch(/^x+$/);
    expect(readFileSync(`${kept}-wal`, 'utf8')).toBe('its log');
    const { stdout } = await kandaDone(['account', 'list', '--data-dir', folder]);
    expect(stdout).toContain('owner@example.com');
  });
});

describe('while a server has the store open', () => {
  test('restore is refused, also when the server is idle, and the server does not notice', async () => {
    const folder = sameStore();
    const server = await KandaProcess.start({ dataDir: folder });
    const caller = new Caller(server.url).withBearer(made.apiKey);
    const client = await caller.enrol('in-use');
    const names = () => readdirSync(folder).filter((name) => name !== SIGNED_FILE && !isDraft(name));
    const before = names();
    const refused = await restoreInto(folder, backup, '--force');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/kanda\.db is in use\. Stop the Kanda server first/);
    expect(names()).toEqual(before);
    const [wrong] = wrongCodes(client, 1);
    expect((await caller.validate('in-use', wrong ?? '')).json).toMatchObject({ valid: false });
    expect((await caller.get('/readyz')).status).toBe(200);
    caller.close();
    await server.stop();
    expect((await restoreInto(folder, backup, '--force')).code).toBe(0);
  });

  test.skipIf(process.platform !== 'linux' && skipAloud('/proc/locks is there on Linux alone'))(
    'also when the file has become unreadable under it',
    async () => {
      const folder = sameStore();
      const server = await KandaProcess.start({ dataDir: folder });
      const file = openSync(join(folder, 'kanda.db'), 'r+');
      writeSync(file, Buffer.alloc(100, 0xa5));
      closeSync(file);
      const refused = await restoreInto(folder, backup, '--force');
      expect(refused.stderr).toContain('is in use');
      await server.kill();
      expect((await restoreInto(folder, backup, '--force')).code).toBe(0);
    },
  );

  test('a server that starts during a restore is refused, and does not go on with the file that was replaced', async () => {
    const folder = sameStore();
    const path = join(folder, 'kanda.db');
    const hold = takeExclusively(path);
    const refused = expect(openInstallation(loadConfig({}, { 'data-dir': folder }))).rejects.toThrow(path);
    // After a turn of the event loop it has opened the file, and tries again and again to have its lock.
    await new Promise(setImmediate);
    linkSync(path, `${path}.kept`);
    copyFileSync(backup, join(folder, 'new'));
    renameSync(join(folder, 'new'), path);
    hold.release();
    await refused;
    expect(readdirSync(folder).sort()).toEqual(['kanda.db', 'kanda.db.kept', 'master.key']);
    expect(readFileSync(path)).toEqual(readFileSync(backup));
  });
});

describe('what is refused changes nothing', () => {
  /** Restores `file` over a store, which must be refused for `reason`. */
  async function refusal(file: string, reason: RegExp, ...more: string[]) {
    const folder = sameStore();
    const store = readFileSync(join(folder, 'kanda.db'));
    const refused = await restoreInto(folder, file, '--force', ...more);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(reason);
    expect(readdirSync(folder)).toEqual(['kanda.db', 'master.key']);
    expect(readFileSync(join(folder, 'kanda.db'))).toEqual(store);
  }

  function alteredBackup(sql: string): string {
    const file = join(temporaryFolder(), 'altered.db');
    copyFileSync(backup, file);
    alter(file, sql);
    return file;
  }

  test('a file that is no database', async () => {
    const file = join(temporaryFolder(), 'text.db');
    writeFileSync(file, 'this is no database, though it is long enough to be looked at'.repeat(100));
    await refusal(file, /text\.db cannot be restored: it is damaged, or no store at all/);
  });

  test('a database of another program, and an empty file', async () => {
    const folder = temporaryFolder();
    alter(join(folder, 'other.db'), 'create table bookmark (url text)');
    await refusal(join(folder, 'other.db'), /it is no store of Kanda's/);
    writeFileSync(join(folder, 'empty.db'), '');
    await refusal(join(folder, 'empty.db'), /it is no store of Kanda's/);
  });

  test('a backup that is damaged', async () => {
    const file = alteredBackup('create table filling (x); insert into filling values (zeroblob(200000))');
    damage(file);
    await refusal(file, /it is damaged/);
  });

  test('a backup that a newer version wrote', async () => {
    const file = alteredBackup("insert into kysely_migration values ('9999-later', '2030-01-01')");
    await refusal(file, /a newer version of Kanda wrote it \(it has 9999-later\)/);
  });

  test('a master key that is not the one of the backup', async () => {
    const other = join(temporaryFolder(), 'other.key');
    writeFileSync(other, Buffer.alloc(32, 9).toString('base64'), { mode: 0o600 });
    await refusal(backup, /the wrong master key/, '--master-key-file', other);
  });

  test('a backup of which the master key opens only a part', async () => {
    const file = alteredBackup("update account set data_key_master = '0123456789abcdef'");
    await refusal(file, /opens only a part of it; the rest needs 0123456789abcdef/);
  });

  test('a clock behind the newest event, unless told that it is right', async () => {
    const ahead = Date.now() + 3_600_000;
    const file = alteredBackup(`update event set at = ${ahead}`);
    await refusal(file, /clock .* is behind its newest event .*--ignore-clock/);
    // The events' times were changed, and their tree was not.
    const further = ['--force', '--ignore-clock', '--accept-damage'];
    expect((await restoreInto(sameStore(), file, ...further)).code).toBe(0);
  });

  // Seen to fail without the guard (clockFault of restored-store.ts): restored, with exit status 0.
  test('a clock that is more than seven days after the newest event, unless told that it is right', async () => {
    const old = Date.now() - 8 * 86_400_000;
    const file = alteredBackup(`update event set at = ${old}; update authenticator_state set watermark=1e9`);
    await refusal(file, /clock .* after its newest event .*--ignore-clock/);
    const further = ['--force', '--ignore-clock', '--accept-damage'];
    const restored = await restoreInto(sameStore(), file, ...further);
    expect(restored.code).toBe(0);
    expect(restored.stderr).toMatch(/reckoned by this machine's clock.*1 authenticator of the .* refuse/s);
  });

  test('a file that is not there, a folder, and the store itself', async () => {
    await refusal(join(temporaryFolder(), 'none.db'), /There is no file/);
    await refusal(temporaryFolder(), /is not a file/);
    const folder = sameStore();
    const itself = await restoreInto(folder, join(folder, 'kanda.db'), '--force');
    expect(itself.stderr).toContain('is the store itself');
  });

  test('no master key at hand: none is made', async () => {
    const folder = temporaryFolder();
    const refused = await restoreInto(folder);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/A backup holds no master key, and there is none at .*master\.key/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a PostgreSQL database', async () => {
    const env = { KANDA_DATABASE_URL: 'postgres://localhost/kanda' };
    const refused = await kanda(['restore', backup, '--data-dir', temporaryFolder()], { env });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('pg_restore') });
  });
});

function skipAloud(reason: string): true {
  console.warn(`SKIPPED: ${reason}`);
  return true;
}
