/** Events whose time was altered, on PostgreSQL; on SQLite: apps/server/test/http/log/altered-times.test.ts. */
import { dirname } from 'node:path';
import { afterAll } from 'vitest';
import { describeAlteredTimes } from '../../apps/server/test/http/log/altered-times.ts';
import { endAll } from '../support/kanda-process.ts';
import { databaseOf, postgresServer, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

describeAlteredTimes(async ({ databaseFile }, sql) => {
  await (await postgresServer()).query(sql, await databaseOf(dirname(databaseFile)));
});
