import { expect, it } from 'vitest';
import { forgetEndedLimits } from '../../../src/store/operations/installation/installation.ts';
import { settleLimits } from '../../../src/store/operations/limits/settle-limits.ts';
import { openWriter } from '../../../src/store/sqlite/connection.ts';
import { LIMIT_ROWS } from '../../../src/store/sqlite/limit-rows.ts';
import { migrateSqlite } from '../../../src/store/sqlite/migrate.ts';
import { START } from '../contract/workbench.ts';
import { SqliteDatabase } from '../sqlite/sqlite-database.ts';

it('windows that have ended are dropped, a thousand at a time, and those that run stay', async () => {
  const database = new SqliteDatabase();
  const writer = await openWriter(database.path, 1_000);
  await migrateSqlite(writer, 1_000);
  const take = (name: string, windowMs: number) => ({
    rules: [{ name, limit: 1, windowMs }],
    now: START,
    kind: 'take' as const,
  });
  const calls = Array.from({ length: 1_500 }, (_, address) => take(`ended ${address}`, 1_000));
  await settleLimits(writer.db, [...calls, take('running', 1_001)], LIMIT_ROWS);
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
