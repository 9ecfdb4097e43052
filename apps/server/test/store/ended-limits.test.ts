import { expect, it } from 'vitest';
import { forgetEndedLimits, takeLimits } from '../../src/store/operations/installation.ts';
import { openWriter } from '../../src/store/sqlite/connection.ts';
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts';
import { START } from './contract/workbench.ts';
import { SqliteDatabase } from './sqlite-database.ts';

it('windows that have ended are dropped, a thousand at a time, and those that run stay', async () => {
  const database = new SqliteDatabase();
  const writer = await openWriter(database.path, 1_000);
  await migrateSqlite(writer, 1_000);
  writer.sqlite.exec('begin');
  for (let address = 0; address < 1_500; address++) {
    await takeLimits(writer.db, [{ name: `ended ${address}`, limit: 1, windowMs: 1_000 }], START);
  }
  await takeLimits(writer.db, [{ name: 'running', limit: 1, windowMs: 1_001 }], START);
  writer.sqlite.exec('commit');
  const left = () => writer.sqlite.prepare('select name from limit_use').all().length;

  expect(await forgetEndedLimits(writer.db, START + 999)).toBe(false);
  expect(left()).toBe(1_501);
  expect(await forgetEndedLimits(writer.db, START + 1_000)).toBe(true);
  expect(left()).toBe(501);
  expect(await forgetEndedLimits(writer.db, START + 1_000)).toBe(false);
  expect(writer.sqlite.prepare('select name from limit_use').all()).toEqual([{ name: 'running' }]);
  writer.sqlite.close();
  await database.remove();
});
