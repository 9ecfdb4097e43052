import { expect, it } from 'vitest';
import { forgetEndedSessions } from '../../../src/store/operations/accounts/sessions.ts';
import { openWriter } from '../../../src/store/sqlite/connection.ts';
import { migrateSqlite } from '../../../src/store/sqlite/migrate.ts';
import { START } from '../contract/workbench.ts';
import { SqliteDatabase } from '../sqlite/sqlite-database.ts';

it('sessions that have expired are dropped, a thousand at a time, and those that stand stay', async () => {
  const database = new SqliteDatabase();
  const writer = await openWriter(database.path, 1_000);
  await migrateSqlite(writer, 1_000);
  const insert = writer.sqlite.prepare('insert into account_session values (?, ?, ?, 0, 0, ?, null, null)');
  writer.sqlite.exec('begin');
  for (let number = 0; number < 1_500; number++) insert.run(number % 7, number, `ses_${number}`, START);
  insert.run(1, 9_999, 'ses_standing', START + 1);
  writer.sqlite.exec('commit');
  const left = () => writer.sqlite.prepare('select id from account_session').all();

  expect(await forgetEndedSessions(writer.db, START - 1)).toBe(false);
  expect(left()).toHaveLength(1_501);
  expect(await forgetEndedSessions(writer.db, START)).toBe(true);
  expect(left()).toHaveLength(501);
  expect(await forgetEndedSessions(writer.db, START)).toBe(false);
  expect(left()).toEqual([{ id: 'ses_standing' }]);
  writer.sqlite.close();
  await database.remove();
});
