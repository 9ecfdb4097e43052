import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/**
 * Since when an account's own second factor is on. Of those that are on already it is not known: they count from the
 * upgrade, so that none is taken for older than it is. ../schema.ts describes the column.
 */
export function ownFactorAge({ integer }: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`alter table account_authenticator add column confirmed_at ${integer}`.execute(db);
      await sql`update account_authenticator set confirmed_at = ${Date.now()} where active = 1`.execute(db);
    },
  };
}
