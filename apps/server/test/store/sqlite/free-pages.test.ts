import { statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, it } from 'vitest';
import { backupDatabase } from '../../../src/store/sqlite/backup.ts';
import { openReader, openWriter } from '../../../src/store/sqlite/connection.ts';
import { FreePages } from '../../../src/store/sqlite/free-pages.ts';
import { STEP_MS, Workbench } from '../contract/workbench.ts';
import { writeEarlierFile } from '../earlier-store.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const ROWS = 800;
const ROW_BYTES = 6_000;
/** What the rows above take, with room for how SQLite lays them out. */
const FILLED_BYTES = ROWS * ROW_BYTES;

let database: SqliteDatabase;
beforeEach(() => {
  database = new SqliteDatabase();
  return () => database.remove();
});

const sizeOf = (path: string) => statSync(path).size;

/** Kept answers that have all ended. */
function fill(sqlite: DatabaseSync, accountId: number): void {
  sqlite.exec('begin immediate');
  const insert = sqlite.prepare('insert into idempotent_answer values (?, randomblob(32), 1, randomblob(?))');
  for (let row = 0; row < ROWS; row++) insert.run(accountId, ROW_BYTES);
  sqlite.exec('commit; pragma wal_checkpoint(truncate)');
}

// Seen to fail without `giveBack` in the store's rounds, and without `makeShrinkable`: the file stayed as large as it was.
it('makes the file of a store that was pruned smaller, while it checks codes', async () => {
  database.keepUpEveryMs = 20;
  const bench = await Workbench.open(async () => database);
  try {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    database.behindTheStore((sqlite) => fill(sqlite, account.id));
    expect(sizeOf(database.path)).toBeGreaterThan(FILLED_BYTES);
    const verdicts = new Set<boolean>();
    await expect
      .poll(async () => {
        bench.now += STEP_MS;
        verdicts.add((await bench.validate(phone, phone.codeAt(bench.now))).valid);
        return sizeOf(database.path);
      })
      .toBeLessThan(FILLED_BYTES / 2);
    expect([...verdicts]).toEqual([true]);
    expect(database.behindTheStore((sqlite) => sqlite.prepare('pragma integrity_check').all())).toEqual([
      { integrity_check: 'ok' },
    ]);
  } finally {
    await bench.close();
  }
});

/** A file with 2,000 free pages and 100 others, and how many pages each batch of a round gives back of it. */
async function roundOn(meanwhile: (sqlite: DatabaseSync) => void = () => {}): Promise<readonly number[]> {
  const writer = await openWriter(database.path, 0);
  const { sqlite } = writer;
  sqlite.exec('create table junk (id integer primary key, content blob)');
  sqlite.exec(`with recursive n (i) as (select 1 union all select i + 1 from n where i < 2100)
    insert into junk select i, zeroblob(4000) from n`);
  sqlite.exec('delete from junk where id % 21 != 0; pragma wal_checkpoint(truncate)');
  meanwhile(sqlite);
  const reader = openReader(database.path);
  const pages = () => (sqlite.prepare('pragma page_count').get() as { page_count: number }).page_count;
  const given: number[] = [];
  const commits = {
    async runWithoutSavepoint<T>(work: (db: typeof writer.db) => T | Error): Promise<T> {
      const before = pages();
      sqlite.exec('begin immediate');
      const result = work(writer.db) as T;
      sqlite.exec('commit');
      given.push(before - pages());
      return result;
    },
  };
  await new FreePages({ reader, writer, commits }).giveBack();
  reader.sqlite.close();
  sqlite.close();
  return given;
}

// Seen to fail with one `incremental_vacuum` for all, and without a part that stays.
it('gives back a few pages in each batch, and keeps some for what comes next', async () => {
  const given = await roundOn();
  // 64, and pages in which SQLite notes which page refers to which.
  expect(Math.max(...given)).toBeLessThanOrEqual(66);
  const all = given.reduce((sum, pages) => sum + pages, 0);
  expect(all).toBeGreaterThan(1_700);
  expect(all).toBeLessThanOrEqual(2_000 - 240);
});

// Seen to fail without the look at the log.
it('gives nothing back while the log is long, as it makes it longer', async () => {
  const given = await roundOn((sqlite) => {
    sqlite.exec('pragma wal_autocheckpoint = 0');
    for (let write = 0; write < 4_500; write++)
      sqlite.exec('update junk set content = randomblob(4000) where id in (21, 42)');
  });
  expect(given).toEqual([]);
});

// Seen to fail without the pragma before the copy is written anew.
it('can be had of an earlier store by way of a backup', async () => {
  writeEarlierFile(database.path);
  const mode = (path: string) => {
    const sqlite = new DatabaseSync(path);
    const row = sqlite.prepare('pragma auto_vacuum').get();
    sqlite.close();
    return row;
  };
  expect(mode(database.path)).toEqual({ auto_vacuum: 0 });
  database.behindTheStore((sqlite) =>
    sqlite.exec(
      'create table junk (content blob); insert into junk values (zeroblob(1000000)); drop table junk',
    ),
  );
  const copy = `${database.path}.copy`;
  writeFileSync(copy, '');
  await backupDatabase({ from: database.path, to: copy, onProgress: () => {} });
  expect(mode(copy)).toEqual({ auto_vacuum: 2 });
});
