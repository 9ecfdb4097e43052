/** Tables of an earlier version: who may bring them up to this one, when, and what is kept. */

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { assertFit, MIGRATION_NAMES, type MigrateOptions } from '../store/migrations/index.ts';
import { type MigrationPlan, planOf } from '../store/migrations/phases.ts';
import { shownAddress } from '../store/postgres/database-url.ts';
import { appliedInPostgres } from '../store/postgres/examine.ts';
import { LOCK_HOLDER, type Upgrade, upgradePostgres } from '../store/postgres/migrate.ts';
import { inTheWayOf } from '../store/postgres/servers.ts';
import { appliedInFile } from '../store/sqlite/examine.ts';
import { DatabaseInUseError, isLocked } from '../store/sqlite/exclusive.ts';
import { NotKeptError, upgradeFile } from '../store/sqlite/upgrade.ts';
import { unusableStore } from './data-folder.ts';
import { type Installation, openInstallation } from './installation.ts';
import { assertNotLost, rememberedStore } from './lost-store.ts';
import { databaseLimits, unusableDatabase } from './open-store.ts';
import type { Operator } from './operator.ts';
import { type StorePlace, storeExists, storePlace } from './store-place.ts';

/** Longer than a lease: a server that was killed is not waited for any more, one that is there renews it. */
const WAIT_MS = 15_000;
const LOOK_EVERY_MS = 500;
const ANOTHER_PROCESS = 'another process on this machine';

/**
 * Opens an installation as a server does, which makes its tables or brings them up to this version. Throws as
 * `upgradeStore` and `assertNotLost` do.
 */
export async function openToServe(config: Config, operator: Operator): Promise<Installation> {
  const remembered = rememberedStore(config);
  const before = await pendingUpgrade(config);
  if (!before.isChanging) await assertNotLost(config, before, remembered);
  const { waiting } = await upgradeStore(config, operator.onNotice);
  if (before.isChanging) await assertNotLost(config, await unchangingStore(config), remembered);
  if (waiting.length > 0) operator.onNotice(waitsFor(waiting));
  const installation = await openInstallation(config, Date.now, operator);
  await installation.seen.note();
  if (installation.seen.lost === null) return installation;
  await installation.close();
  throw new Error(installation.seen.lost);
}

/** What the tables of a store lack once no other process changes them: of a file that is locked nothing can be said. */
async function unchangingStore(config: Config): Promise<PendingUpgrade> {
  const begun = performance.now();
  for (;;) {
    const found = await pendingUpgrade(config);
    if (!found.isChanging) return found;
    if (performance.now() - begun > WAIT_MS) throw inUse(found.store, [], [ANOTHER_PROCESS]);
    await sleep(LOOK_EVERY_MS);
  }
}

/** What remains to be done, and when. */
export function waitsFor(waiting: readonly string[]): string {
  return (
    `${waiting.join(', ')} waits until no server of an earlier version is needed any more. ` +
    'This version works without it. Then run: kanda migrate --contract'
  );
}

/** What the tables of a store lack. */
export interface PendingUpgrade extends MigrationPlan {
  /** As it is shown to the operator. */
  readonly store: string;
  /** The migrations that it has; none: there are no tables, or `isChanging`. */
  readonly applied: readonly string[];
  /** Another process changes the tables, so that nothing can be said of them. */
  readonly isChanging: boolean;
  /** The processes that have the store open and could not go on beside what is pending, as far as can be seen. */
  readonly inTheWay: readonly string[];
}

const NOTHING = { applied: [], pending: [], waiting: [], newer: [], inTheWay: [] };

/** Looks at the tables and changes nothing. */
export async function pendingUpgrade(config: Config, options: MigrateOptions = {}): Promise<PendingUpgrade> {
  if (config.databaseUrl !== null) return pendingInDatabase(config, config.databaseUrl.reveal(), options);
  const place = storePlace(config);
  const store = place.database;
  const found = storeExists(place) ? appliedAt(place) : null;
  if (found === 'locked') return { store, ...NOTHING, isChanging: true };
  const applied = found ?? [];
  if (applied.length === 0) return { store, ...NOTHING, isChanging: false };
  const plan = planOf(applied, MIGRATION_NAMES, options);
  const inTheWay = plan.pending.length > 0 && isLocked(store) ? [ANOTHER_PROCESS] : [];
  return { store, applied, ...plan, isChanging: false, inTheWay };
}

async function pendingInDatabase(
  config: Config,
  url: string,
  options: MigrateOptions,
): Promise<PendingUpgrade> {
  const { applied, servers } = await appliedInPostgres(url, databaseLimits(config)).catch((error) => {
    throw unusableDatabase(error, url);
  });
  const store = shownAddress(url);
  if (applied.length === 0) return { store, ...NOTHING, isChanging: false };
  const plan = planOf(applied, MIGRATION_NAMES, options);
  const inTheWay = inTheWayOf(plan.pending, servers);
  return { store, applied, ...plan, isChanging: false, inTheWay };
}

function appliedAt({ database }: StorePlace) {
  try {
    return appliedInFile(database);
  } catch (error) {
    throw unusableStore(error, database);
  }
}

/**
 * Refuses a store whose tables are of another version that this one cannot work on: a command that lists accounts must
 * not migrate the tables under a server that runs.
 */
export async function assertUpgraded(config: Config): Promise<PendingUpgrade> {
  const found = await pendingUpgrade(config);
  assertFit(found.applied, found);
  return found;
}

/** What was done. */
export interface Upgraded {
  /** As it is shown to the operator. */
  readonly store: string;
  /** The migrations that were made; none: there was nothing to do. */
  readonly made: readonly string[];
  /** Those that wait until they are asked for. */
  readonly waiting: readonly string[];
}

/**
 * Brings the tables of a store up to this version; one that is empty is left to what opens it. On SQLite no other
 * process may have the store open, and the file is copied first. On PostgreSQL no server may be at work that could not go
 * on. Waits a while for those: a server that was just ended, or starts now, may have the store open, and another
 * process of this version may be doing the same.
 *
 * @param onNotice hears of the backup, and what is waited for
 * @throws for the operator, when the store is in use or written by a newer version; then nothing was changed
 */
export async function upgradeStore(
  config: Config,
  onNotice: (message: string) => void,
  { keepsBackup = true, ...options }: MigrateOptions & { readonly keepsBackup?: boolean } = {},
): Promise<Upgraded> {
  const begun = performance.now();
  for (let looks = 0; ; looks++) {
    const { store, applied, pending, waiting, newer, isChanging } = await pendingUpgrade(config, options);
    if (!isChanging && pending.length === 0) {
      assertFit(applied, { store });
      return { store, made: [], waiting };
    }
    if (newer.length > 0) assertFit(applied, { store });
    const upgrade = isChanging ? null : await tryUpgrade(config, onNotice, keepsBackup, options);
    if (upgrade !== null && upgrade.inTheWay.length === 0) return { store, made: upgrade.made, waiting };
    const others = upgrade?.inTheWay ?? [ANOTHER_PROCESS];
    if (performance.now() - begun > WAIT_MS) throw inUse(store, pending, others);
    if (looks === 0) onNotice(`Waiting for ${others.join(', ')}, which has ${store} open.`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function tryUpgrade(
  config: Config,
  onNotice: (message: string) => void,
  keepsBackup: boolean,
  options: MigrateOptions,
): Promise<Upgrade> {
  if (config.databaseUrl !== null) {
    const url = config.databaseUrl.reveal();
    return upgradePostgres(url, databaseLimits(config), options).catch((error) => {
      throw unusableDatabase(error, url);
    });
  }
  const { database } = storePlace(config);
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const backupTo = (newest: string) =>
    resolve(`${database}.before-upgrade-from-${newest.slice(0, 4)}-${stamp}`);
  try {
    const made = await upgradeFile(database, {
      ...options,
      backupTo: keepsBackup ? backupTo : null,
      onCopied: (copy) => onNotice(`The store as it was is copied to ${copy}. Its tables are changed now.`),
      onKept: (copy) =>
        onNotice(`The store as it was is kept as ${copy}. Delete it when you no longer need it.`),
    });
    return { made, inTheWay: [] };
  } catch (error) {
    if (error instanceof DatabaseInUseError) return { made: [], inTheWay: [ANOTHER_PROCESS] };
    throw error instanceof NotKeptError ? notKept(database, error) : unusableStore(error, database);
  }
}

function inUse(store: string, pending: readonly string[], others: readonly string[]): Error {
  const what = pending.length === 0 ? '' : ` (${pending.join(', ')} still to come)`;
  if (others.includes(LOCK_HOLDER)) {
    return new Error(
      `${store} has tables of an earlier version${what}, and they cannot be changed beside ${LOCK_HOLDER}. ` +
        'Wait until it has ended (pg_stat_activity names it), then run this again. Nothing was changed.',
    );
  }
  return new Error(
    `${store} has tables of an earlier version${what}, and a server of that version, or a migration that is under way, has it open: ${others.join(', ')}. ` +
      'Stop that server first (all of its nodes), then start again. Nothing was changed.',
  );
}

function notKept(database: string, cause: NotKeptError): Error {
  return new Error(
    `${database} cannot be backed up before its tables are changed (${cause.message}). Nothing was changed. ` +
      'Make room in its folder, or, if you have a backup: kanda migrate --no-backup',
    { cause },
  );
}
