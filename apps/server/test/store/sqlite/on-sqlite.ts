import { Workbench } from '../contract/workbench.ts';
import { SqliteDatabase } from './sqlite-database.ts';

/** Does something at a workbench on an SQLite file of its own. */
export async function onSqlite(
  work: (bench: Workbench, database: SqliteDatabase) => Promise<void>,
): Promise<void> {
  const database = new SqliteDatabase();
  const bench = await Workbench.open(async () => database);
  try {
    await work(bench, database);
  } finally {
    await bench.close();
  }
}
