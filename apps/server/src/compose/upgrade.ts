/** Tables of an earlier version: who may bring them up to this one, when, and what is kept. */

import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIGNED_FILE } from '../background/signed-file.ts';
import type { Config } from '../config/schema.ts';
import { servesBeside } from '../store/migrations/index.ts';
import { shownAddress } from '../store/postgres/database-url.ts';
import { pendingInPostgres } from '../store/postgres/examine.ts';
import { backupDatabase } from '../store/sqlite/backup.ts';
import { pendingInFile } from '../store/sqlite/examine.ts';
import { DatabaseInUseError, takeExclusively } from '../store/sqlite/exclusive.ts';
import { makeNewFile } from '../store/sqlite/private-file.ts';
import { unusableStore } from './data-folder.ts';
import { type Installation, openInstallation } from './installation.ts';
import { databaseLimits, unusableDatabase } from './open-store.ts';
import type { Operator } from './operator.ts';
import { type StorePlace, storeExists, storePlace } from './store-place.ts';

/** Longer than a lease: a server that was killed is not waited for any more, one that is there renews it. */
const WAIT_MS = 15_000;
const LOOK_EVERY_MS = 500;

/**
 * Opens an installation as a server does, which makes its tables or brings them up to this version. Throws as
 * `prepareUpgrade` and `assertNotLost` do.
 */
export async function openToServe(config: Config, operator: Operator): Promise<Installation> {
  await assertNotLost(config);
  await prepareUpgrade(config, operator.onNotice);
  return openInstallation(config, Date.now, operator);
}

/**
 * Refuses an empty store where this node remembers signed logs of another: a database file that was lost, a write-ahead
 * log that was deleted, or the URL of another database would look like a new and healthy installation.
 */
async function assertNotLost(config: Config): Promise<void> {
  const remembered = join(resolve(config.dataDir), SIGNED_FILE);
  if ((statSync(remembered, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  const { store, isEmpty } = await pendingUpgrade(config);
  if (!isEmpty) return;
  const wayBack =
    config.databaseUrl === null
      ? 'If it was lost, restore a backup: kanda restore FILE.'
      : 'Is KANDA_DATABASE_URL the one that this node had? If the database was lost, restore it and run: kanda store restored.';
  throw new Error(
    `${store} is empty, and ${remembered} remembers logs that this node has signed for a store that was not. ${wayBack} ` +
      `To begin with an empty store, move that file away.`,
  );
}

/** What the tables of a store lack. */
export interface PendingUpgrade {
  /** As it is shown to the operator. */
  readonly store: string;
  /** The names of the migrations, oldest first; empty: the tables are those of this version, or there are none. */
  readonly pending: readonly string[];
  /** There are no tables. */
  readonly isEmpty: boolean;
  /** A server of another version has the store open, as far as can be seen without a lock. */
  readonly isServed: boolean;
}

/** Looks at the tables and changes nothing. */
export async function pendingUpgrade(config: Config): Promise<PendingUpgrade> {
  if (config.databaseUrl !== null) {
    const url = config.databaseUrl.reveal();
    const found = await pendingInPostgres(url, databaseLimits(config)).catch((error) => {
      throw unusableDatabase(error, url);
    });
    return { store: shownAddress(url), ...found };
  }
  const place = storePlace(config);
  const found = storeExists(place) ? pendingIn(place) : null;
  const pending = found ?? [];
  const isServed = pending.length > 0 && isOpenElsewhere(place);
  return { store: place.database, pending, isEmpty: found === null, isServed };
}

function pendingIn({ database }: StorePlace): readonly string[] | null {
  try {
    return pendingInFile(database);
  } catch (error) {
    throw unusableStore(error, database);
  }
}

/**
 * Refuses a store whose tables are of an earlier version: a command that lists accounts must not migrate the tables
 * under a server that runs.
 */
export async function assertUpgraded(config: Config): Promise<void> {
  const { store, pending } = await pendingUpgrade(config);
  if (pending.length === 0) return;
  throw new Error(
    `The tables of ${store} are of an earlier version of Kanda (${pending.join(', ')} still to come), and this command changes no tables. ` +
      'Stop the server, then start the new one, or run: kanda migrate',
  );
}

/**
 * Makes sure that a server may bring the tables up to this version as it opens the store. On SQLite no other process may
 * have the store open, and the file is copied first. On PostgreSQL no server of another version may be at work, unless
 * the migrations let one serve beside.
 *
 * @param onNotice hears of the backup
 * @param waits whether it looks again for a while: a server that was just ended, or starts now, may have the store open
 * @throws for the operator, when the store is in use; then nothing was changed
 */
export async function prepareUpgrade(
  config: Config,
  onNotice: (message: string) => void,
  { keepsBackup = true, waits = true }: { readonly keepsBackup?: boolean; readonly waits?: boolean } = {},
): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const { store, pending, isServed } = await pendingUpgrade(config);
    if (pending.length === 0) return;
    const mayServeBeside = config.databaseUrl !== null && servesBeside(pending);
    if (!isServed || mayServeBeside) break;
    // Another process of this version may be about to do it.
    if (!waits || performance.now() - begun > WAIT_MS) throw inUse(store, pending);
    await sleep(LOOK_EVERY_MS);
  }
  if (config.databaseUrl === null && keepsBackup) await keepFile(storePlace(config), onNotice);
}

function inUse(store: string, pending: readonly string[]): Error {
  return new Error(
    `${store} has tables of an earlier version (${pending.join(', ')} still to come), and a server of that version has it open. ` +
      'Stop that server first (all of its nodes), then start again. Nothing was changed.',
  );
}

function isOpenElsewhere({ database }: StorePlace): boolean {
  try {
    takeExclusively(database).release();
    return false;
  } catch (error) {
    if (error instanceof DatabaseInUseError) return true;
    throw error;
  }
}

async function keepFile({ database }: StorePlace, onNotice: (message: string) => void): Promise<void> {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const kept = resolve(`${database}.before-upgrade-${stamp}`);
  try {
    makeNewFile(kept);
    await backupDatabase({ from: database, to: kept, onProgress: () => {} });
  } catch (cause) {
    rmSync(kept, { force: true });
    throw new Error(
      `${database} cannot be backed up before its tables are changed (${(cause as Error).message}). Nothing was changed. ` +
        'Make room in its folder, or, if you have a backup: kanda migrate --no-backup',
      { cause },
    );
  }
  onNotice(`The store as it was is kept as ${kept}. Delete it when you no longer need it.`);
}
