import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Steps that stay refused after a watermark was brought down. What the column holds is reported in ../schema.ts. */
export function burntSteps({ bytes }: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`alter table authenticator_state add column burnt_steps ${bytes}`.execute(db);
    },
  };
}
