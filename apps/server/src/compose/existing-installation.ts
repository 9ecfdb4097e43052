import type { Config } from '../config/schema.ts';
import { shownAddress } from '../store/postgres/database-url.ts';
import { hasTables } from '../store/postgres/examine.ts';
import { type Installation, openInstallation } from './installation.ts';
import { databaseLimits, unusableDatabase } from './open-store.ts';
import { ON_STANDARD_ERROR } from './operator.ts';
import { existingStore } from './store-place.ts';
import { assertUpgraded } from './upgrade.ts';

/**
 * Opens an installation that is there: what is mistyped must not become a new, empty store with a key of its own.
 *
 * @throws for the operator, when there is none
 */
export async function openExisting(config: Config): Promise<Installation> {
  const place = existingStore(config);
  if (config.databaseUrl !== null) await assertTablesIn(config, config.databaseUrl.reveal());
  const { applied, isChanging } = await assertUpgraded(config);
  if (applied.length === 0 && !isChanging) {
    throw new Error(
      `There is no store in ${place.dataDir}: ${place.database} has no tables. If it had some, its write-ahead log (kanda.db-wal) was lost: restore a backup with kanda restore --force FILE.`,
    );
  }
  return openInstallation(config, undefined, ON_STANDARD_ERROR);
}

/** Throws an error for the operator if a database cannot be read or has no tables of Kanda. */
export async function assertTablesIn(config: Config, url: string): Promise<void> {
  const areThere = await hasTables(url, databaseLimits(config)).catch((error) => {
    throw unusableDatabase(error, url);
  });
  if (!areThere) throw noStoreIn(url);
}

/** The error for a database without Kanda's tables. */
export function noStoreIn(url: string): Error {
  return new Error(
    `There is no store in ${shownAddress(url)}: the database is empty. Is KANDA_DATABASE_URL the one that the servers have? A first \`kanda serve\` makes the tables.`,
  );
}
