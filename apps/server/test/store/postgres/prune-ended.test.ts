/** What ended by the clocks of test halves, on PostgreSQL; with SQLite: ../operations/prune-ended.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { forgetDeletedSecrets } from '../../../src/store/operations/authenticators/deleted-secrets.ts';
import { prunePrevious } from '../../../src/store/operations/authenticators/previous-secrets.ts';
import { dropExpiredAnswers } from '../../../src/store/operations/idempotency/idempotent-answers.ts';
import { forgetSpentReceipts } from '../../../src/store/operations/receipts/receipts.ts';
import { DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { openPostgresSide } from '../../../src/store/postgres/copy-side.ts';
import { DAY_MS, START } from '../contract/workbench.ts';
import { PostgresDatabases } from './postgres-database.ts';

const END = START + 60 * DAY_MS;
const VALUES = {
  idempotent_answer: `key, ${END}, key`,
  deleted_secret: `key, 30, 1, ${END}`,
  spent_receipt: `key, ${END}`,
  previous_secret: `n, 1, n, 'SHA1', 6, 30, 1, key, ${END}`,
} as const;

describe.skipIf(embeddedPostgres() === null)('rows that ended by the clock of a test half', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  test('go a thousand at a time, and those of live accounts stay', async () => {
    const database = await new PostgresDatabases(server).make();
    const side = await openPostgresSide(database.url, DEFAULT_LIMITS);
    try {
      await database.behindTheStore(
        `insert into account_head (account_id, last_event, last_number, clock_offset)
         values (1, 0, 0, 0), (2, 0, 0, ${365 * DAY_MS})`,
      );
      for (const [table, prune] of [
        ['idempotent_answer', dropExpiredAnswers],
        ['deleted_secret', forgetDeletedSecrets],
        ['previous_secret', prunePrevious],
        ['spent_receipt', forgetSpentReceipts],
      ] as const) {
        const counts = async () =>
          (
            await database.behindTheStore(
              `select count(*) filter (where account_id = 1)::int as live,
                 count(*) filter (where account_id = 2)::int as half from ${table}`,
            )
          )[0];
        for (const [account, rows] of [
          [1, 20],
          [2, 1_500],
        ]) {
          await database.behindTheStore(
            `insert into ${table} select ${account}, ${VALUES[table]}
             from (select n, convert_to(n::text, 'UTF8') as key from generate_series(1, ${rows}) as s(n)) as numbers`,
          );
        }
        expect(await side.transaction((db) => prune(db, START))).toBe(true);
        expect(await counts()).toEqual({ live: 20, half: 500 });
        expect(await side.transaction((db) => prune(db, START))).toBe(false);
        expect(await counts()).toEqual({ live: 20, half: 0 });
        expect(await side.transaction((db) => prune(db, END + 30 * DAY_MS))).toBe(false);
        expect(await counts()).toEqual({ live: 0, half: 0 });
      }
    } finally {
      await side.close();
    }
  });
});
