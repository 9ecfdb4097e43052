import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOG_HEADER_BYTES, LogFrames } from '../../../src/store/sqlite/log-frames.ts';
import { WalSync } from '../../../src/store/sqlite/wal-sync.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const PAGE = 4096;
const FRAME = 24 + PAGE;

describe('the write-ahead log, written anew', () => {
  let database: SqliteDatabase;
  let sqlite: DatabaseSync;
  let log: WalSync;
  let logPath: string;
  beforeEach(() => {
    database = new SqliteDatabase();
    logPath = `${database.path}-wal`;
    sqlite = new DatabaseSync(database.path);
    sqlite.exec('pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table note (text text)');
    log = new WalSync(logPath);
    return async () => {
      await log.close();
      sqlite.close();
      await database.remove();
    };
  });

  const write = (count: number) => {
    for (let note = 0; note < count; note++) sqlite.exec('insert into note values (hex(randomblob(400)))');
  };
  const frames = () => Number(sqlite.prepare('pragma wal_checkpoint(noop)').get()?.log);

  it('is the same, byte for byte, and SQLite goes on with it', async () => {
    // More than is read at a time.
    write(700);
    const before = readFileSync(logPath);
    await log.rewrite(frames());
    expect(readFileSync(logPath).equals(before)).toBe(true);
    write(1);
    expect(sqlite.prepare('select count(*) as notes from note').get()).toEqual({ notes: 701 });
    expect(sqlite.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  });

  it('every frame that SQLite counts is found, and none of an older log behind them', async () => {
    write(300);
    sqlite.exec('pragma wal_checkpoint(restart)');
    write(5);
    const bytes = readFileSync(logPath);
    expect(bytes.length).toBeGreaterThan(LOG_HEADER_BYTES + 300 * FRAME);
    const followed = LogFrames.of(bytes.subarray(0, LOG_HEADER_BYTES));
    expect(followed?.follow(bytes.subarray(LOG_HEADER_BYTES))).toBe(frames() * FRAME);
    expect(followed?.frames).toBe(frames());
    await log.rewrite(frames());
    expect(readFileSync(logPath).equals(bytes)).toBe(true);
  });

  it('what SQLite itself makes of a copy is what was followed, wherever the log is cut off', () => {
    write(20);
    const bytes = readFileSync(logPath);
    for (let kept = LOG_HEADER_BYTES; kept <= bytes.length; kept += Math.floor(FRAME / 3)) {
      const copy = `${database.path}-copy`;
      copyFileSync(database.path, copy);
      writeFileSync(`${copy}-wal`, bytes.subarray(0, kept));
      const other = new DatabaseSync(copy);
      const { log: known } = other.prepare('pragma wal_checkpoint(noop)').get() as { log: number };
      other.close();
      const followed = LogFrames.of(bytes.subarray(0, LOG_HEADER_BYTES));
      followed?.follow(bytes.subarray(LOG_HEADER_BYTES, kept));
      const whole = followed?.frames ?? 0;
      // SQLite takes what the last commit among them covers.
      const committed = Array.from({ length: whole }, (_, frame) => frame + 1).filter(
        (frame) => bytes.readUInt32BE(LOG_HEADER_BYTES + (frame - 1) * FRAME + 4) !== 0,
      );
      expect(committed.at(-1) ?? 0, `${kept} bytes`).toBe(known);
    }
  });

  it('a log with a hole in it is refused, as nothing behind the hole would be found after a power cut', async () => {
    write(300);
    const file = openSync(logPath, 'r+');
    writeSync(file, Buffer.alloc(PAGE), 0, PAGE, LOG_HEADER_BYTES + 260 * FRAME);
    closeSync(file);
    await expect(log.rewrite(frames())).rejects.toThrow(
      `lost ${frames() - 260} of ${frames()} frames to a failed write: check the disk, and restart every process`,
    );
  });

  it('an empty log is nothing to write', async () => {
    sqlite.exec('pragma wal_checkpoint(truncate)');
    await expect(log.rewrite(frames())).resolves.toBeUndefined();
    expect(readFileSync(logPath)).toHaveLength(0);
  });
});
