import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which master keys are in use is asked at every start, and must not cost a walk through all accounts. */
export function accountByMasterKey(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`create index account_by_master_key on account (data_key_master, id)`.execute(db);
    },
  };
}
