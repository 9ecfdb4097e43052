import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { openReader, openWriter } from '../../../src/store/sqlite/connection.ts';
import { Workbench } from '../contract/workbench.ts';
import { SecondProcess } from './second-process.ts';
import { SqliteDatabase } from './sqlite-database.ts';

describe('a connection', () => {
  let database: SqliteDatabase;
  beforeEach(() => {
    database = new SqliteDatabase();
    return () => database.remove();
  });

  const pragma = (sqlite: DatabaseSync, name: string) =>
    Object.values(sqlite.prepare(`pragma ${name}`).get() ?? {})[0];

  it('that writes keeps a write-ahead log, never waits inside SQLite, and checks foreign keys', async () => {
    const { sqlite } = await openWriter(database.path, 1_000);
    const settings = Object.fromEntries(
      [
        'journal_mode',
        // 1: SQLite syncs at checkpoints, GroupCommit after every commit.
        'synchronous',
        'busy_timeout',
        'foreign_keys',
        'trusted_schema',
        'secure_delete',
        'wal_autocheckpoint',
      ].map((name) => [name, pragma(sqlite, name)]),
    );
    expect(settings).toEqual({
      journal_mode: 'wal',
      synchronous: 1,
      busy_timeout: 0,
      foreign_keys: 1,
      trusted_schema: 0,
      // 2: fast.
      secure_delete: 2,
      wal_autocheckpoint: 8_000,
    });
    sqlite.close();
  });

  it('that reads cannot write, and sees only what is committed', async () => {
    const writer = await openWriter(database.path, 1_000);
    writer.sqlite.exec('create table note (text text)');
    const reader = openReader(database.path);
    expect(() => reader.sqlite.exec("insert into note values ('x')")).toThrow(/readonly/);
    writer.sqlite.exec("begin immediate; insert into note values ('x')");
    expect(reader.sqlite.prepare('select * from note').all()).toEqual([]);
    writer.sqlite.exec('commit');
    expect(reader.sqlite.prepare('select * from note').all()).toHaveLength(1);
    reader.sqlite.close();
    writer.sqlite.close();
  });

  it('is not opened where SQLite cannot keep a write-ahead log', async () => {
    // A file in exclusive use by someone who does not use the log: the mode cannot be changed.
    const owner = new DatabaseSync(database.path);
    owner.exec('pragma locking_mode = exclusive; create table note (text text)');
    await expect(openWriter(database.path, 50)).rejects.toThrow(/locked/);
    owner.close();
  });

  it('is not opened on a file that is no database', async () => {
    writeFileSync(database.path, 'this is a text file, and a long one at that. '.repeat(100));
    await expect(openWriter(database.path, 50)).rejects.toThrow(/not a database/);
  });
});

describe('the files of a store', () => {
  it('can be read by no one but their owner, whatever the umask', async () => {
    const database = new SqliteDatabase();
    try {
      for (const umask of [0o000, 0o777]) {
        const folder = join(database.folder, `umask-${umask}`);
        mkdirSync(folder);
        const path = join(folder, 'kanda.db');
        const other = new SecondProcess();
        await other.open(path, randomBytes(32).toString('base64'), umask);
        for (const file of [path, `${path}-wal`, `${path}-shm`]) {
          expect((statSync(file).mode & 0o777).toString(8), file).toBe('600');
        }
        await other.close();
        expect(existsSync(`${path}-wal`)).toBe(false);
        expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
      }
    } finally {
      await database.remove();
    }
  });

  it('are closed to others at the next start when they were open before', async () => {
    const database = new SqliteDatabase();
    writeFileSync(database.path, '', { mode: 0o666 });
    const bench = await Workbench.open(async () => database);
    expect((statSync(database.path).mode & 0o777).toString(8)).toBe('600');
    await bench.close();
  });
});
