import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import { MASTER_KEY_FILE } from './master-keys.ts';
import { DATABASE_FILE } from './open-store.ts';

/** Where the embedded store of these settings stands. */
export interface StorePlace {
  readonly dataDir: string;
  readonly database: string;
  /** Where its master key is looked for, in words that an operator can follow. */
  readonly masterKey: string;
}

export function storePlace(config: Config): StorePlace {
  const dataDir = resolve(config.dataDir);
  return { dataDir, database: join(dataDir, DATABASE_FILE), masterKey: masterKeyPlace(config, dataDir) };
}

function masterKeyPlace(config: Config, dataDir: string): string {
  if (config.masterKey !== null) return 'KANDA_MASTER_KEY';
  if (config.masterKeyCommand !== null) return 'KANDA_MASTER_KEY_COMMAND';
  return config.masterKeyFile ?? join(dataDir, MASTER_KEY_FILE);
}

/** Whether a store is there. @throws when this user may not even see that */
export function storeExists({ dataDir, database }: StorePlace): boolean {
  try {
    return statSync(database, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw new Error(
      `${dataDir} is closed to this user (${(cause as Error).message}). Run the command as the user that the server runs as: sudo -u kanda kanda …`,
      { cause },
    );
  }
}

/** The place of a store that is there. A mistyped folder must not become a new, empty store. */
export function existingStore(config: Config): StorePlace {
  const place = storePlace(config);
  if (config.databaseUrl === null && !storeExists(place)) {
    throw new Error(
      `There is no store in ${place.dataDir} (no ${DATABASE_FILE}). Name its folder: --data-dir /var/lib/kanda, or KANDA_DATA_DIR.`,
    );
  }
  return place;
}

/** Refuses a command that copies the store's file when the settings name a PostgreSQL database. */
export function assertEmbedded(config: Config, instead: string): void {
  if (config.databaseUrl === null) return;
  throw new Error(
    `KANDA_DATABASE_URL is set, so the store is a PostgreSQL database and not a file. Use ${instead}; to work on the SQLite store in the data directory, unset it.`,
  );
}
