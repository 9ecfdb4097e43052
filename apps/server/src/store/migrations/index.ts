import type { Kysely } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import type { Schema } from '../schema.ts';
import { initial } from './0001-initial.ts';
import { logTree } from './0002-log-tree.ts';
import { accountByMasterKey } from './0003-account-by-master-key.ts';
import { accountSecurity } from './0004-account-security.ts';
import { statistics } from './0005-statistics.ts';
import { nodes } from './0006-nodes.ts';
import { burntSteps } from './0007-burnt-steps.ts';
import { authenticators } from './0008-authenticators.ts';
import { recoveryCodes } from './0009-recovery-codes.ts';
import { deletedSecrets } from './0012-deleted-secrets.ts';
import { idempotentAnswers } from './0013-idempotent-answers.ts';
import { previousSecrets } from './0016-previous-secrets.ts';
import { trustedDevices } from './0017-trusted-devices.ts';
import { authenticatorMix } from './0018-authenticator-mix.ts';
import { testHalves } from './0020-test-halves.ts';
import { ownFactorAge } from './0023-own-factor-age.ts';
import { receipts } from './0024-receipts.ts';
import { endedAccounts } from './0025-ended-accounts.ts';
import { webhooks } from './0026-webhooks-expand.ts';
import { links } from './0027-links.ts';
import { expiringKeys } from './0031-expiring-keys-expand.ts';
import { gettingStarted } from './0032-getting-started-expand.ts';
import { keyUse } from './0033-key-use-expand.ts';
import { operators } from './0035-operators-expand.ts';
import { eventFeed } from './0038-event-feed-expand.ts';
import type { ColumnTypes } from './column-types.ts';
import { isFit, phaseOf, planOf } from './phases.ts';

/** Every migration, oldest first. Names are kept for ever, and say the phase (phases.ts); a released one is never changed. */
const MIGRATIONS: Readonly<Record<string, (types: ColumnTypes) => Migration>> = {
  '0001-initial': initial,
  '0002-log-tree': logTree,
  '0003-account-by-master-key': accountByMasterKey,
  '0004-account-security': accountSecurity,
  '0005-statistics': statistics,
  '0006-nodes': nodes,
  '0007-burnt-steps': burntSteps,
  '0008-authenticators': authenticators,
  '0009-recovery-codes': recoveryCodes,
  // 0010 and 0011 were never used: migrations keep their names for ever.
  '0012-deleted-secrets': deletedSecrets,
  '0013-idempotent-answers': idempotentAnswers,
  // 0014 and 0015 were never used either.
  '0016-previous-secrets': previousSecrets,
  '0017-trusted-devices': trustedDevices,
  '0018-authenticator-mix': authenticatorMix,
  '0020-test-halves': testHalves,
  // 0021 and 0022 were never used either.
  '0023-own-factor-age': ownFactorAge,
  '0024-receipts': receipts,
  '0025-ended-accounts': endedAccounts,
  '0026-webhooks-expand': webhooks,
  '0027-links': links,
  '0031-expiring-keys-expand': expiringKeys,
  '0032-getting-started-expand': gettingStarted,
  '0033-key-use-expand': keyUse,
  '0035-operators-expand': operators,
  '0038-event-feed-expand': eventFeed,
};

/** The migrations that a store has, oldest first; none: it has no tables. */
export async function appliedMigrations(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  return tables.some((table) => table.name === 'kysely_migration') ? namesIn(db) : [];
}

async function namesIn(db: Kysely<Schema>): Promise<string[]> {
  const bookkeeping = db as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const rows = await bookkeeping.selectFrom('kysely_migration').select('name').orderBy('name').execute();
  return rows.map((row) => row.name);
}

/** The migrations of a store that has tables which this version cannot serve beside: a newer one has made them. */
export async function migrationsTooNew(db: Kysely<Schema>): Promise<string[]> {
  return (await namesIn(db)).filter((name) => !(name in MIGRATIONS) && phaseOf(name) !== 'expand');
}

/** Their names, oldest first. */
export const MIGRATION_NAMES: readonly string[] = Object.keys(MIGRATIONS);

/** The migrations of one dialect, as Kysely's migrator takes them. */
export function migrationsFor(types: ColumnTypes): MigrationProvider {
  return {
    getMigrations: async () =>
      Object.fromEntries(Object.entries(MIGRATIONS).map(([name, make]) => [name, make(types)])),
  };
}

/** The store was written by a newer version, or a migration failed. The message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** What is made by {@link migrate}. */
export interface MigrateOptions {
  /** Also those of the phase `contract` that would wait. */
  readonly contract?: boolean;
}

/**
 * Brings the tables up to this version. Returns the names that were applied. Refuses a store that a newer
 * version has already changed. Kysely's migrator takes a lock and a transaction in PostgreSQL alone; for SQLite the
 * caller holds both.
 */
export async function migrate(
  db: Kysely<Schema>,
  types: ColumnTypes,
  options: MigrateOptions = {},
): Promise<string[]> {
  const { pending, newer } = planOf(await appliedMigrations(db), MIGRATION_NAMES, options);
  if (newer.length > 0) throw writtenByNewer(newer);
  const last = pending.at(-1);
  if (last === undefined) return [];
  const migrator = new Migrator({ db, provider: migrationsFor(types) });
  const { error, results = [] } = await migrator.migrateTo(last);
  if (error !== undefined) {
    const failed =
      results.find((result) => result.status === 'Error')?.migrationName ?? 'the first migration';
    throw new MigrationError(`The store could not be brought up to date: ${failed} failed and was undone.`, {
      cause: error,
    });
  }
  return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

/** How {@link assertFit} judges, and what it says. */
export interface Fitting {
  /** As it is shown to the operator. */
  readonly store?: string;
  /** Whether nothing may wait and nothing may be newer: every table and column is looked at. */
  readonly exactly?: boolean;
}

/** @throws {MigrationError} when this version cannot work on tables with these migrations as they are; none: there are none */
export function assertFit(
  applied: readonly string[],
  { store = 'This store', exactly = false }: Fitting = {},
): void {
  if (applied.length === 0) return;
  const plan = planOf(applied, MIGRATION_NAMES, { contract: exactly });
  const { pending, newer } = plan;
  if (isFit(plan) && !(exactly && newer.length > 0)) return;
  if (newer.length > 0) throw writtenByNewer(newer, store);
  const command = pending.every((name) => phaseOf(name) === 'contract') ? 'migrate --contract' : 'migrate';
  throw new MigrationError(
    `${store} has tables of an earlier version of Kanda (${pending.join(', ')} still to come), and this changes no tables. ` +
      `Stop the server, then start the new one, or run: kanda ${command}`,
  );
}

function writtenByNewer(newer: readonly string[], store = 'This store'): MigrationError {
  return new MigrationError(
    `${store} was written by a newer version of Kanda (it has ${newer.join(', ')}). ` +
      'Start that version or a later one, or restore a backup made before the upgrade.',
  );
}
