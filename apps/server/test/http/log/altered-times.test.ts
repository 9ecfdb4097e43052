/** Events whose time was altered, on SQLite; on PostgreSQL: test/postgres/altered-times.test.ts. */
import { DatabaseSync } from 'node:sqlite';
import { SOON } from '../../../../../test/support/patience.ts';
import { describeAlteredTimes } from './altered-times.ts';

describeAlteredTimes(({ databaseFile }, sql) => {
  const sqlite = new DatabaseSync(databaseFile, { timeout: SOON.timeout });
  sqlite.exec(sql);
  sqlite.close();
});
