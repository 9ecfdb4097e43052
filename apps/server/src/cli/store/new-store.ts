import { assertNotForeign } from '../../compose/data-folder.ts';
import { type Installation, openInstallation } from '../../compose/installation.ts';
import { assertNotLost, rememberedStore } from '../../compose/lost-store.ts';
import { databaseLimits, unusableDatabase } from '../../compose/open-store.ts';
import type { Operator } from '../../compose/operator.ts';
import { storeExists, storePlace } from '../../compose/store-place.ts';
import { assertUpgraded } from '../../compose/upgrade.ts';
import { type Config, SCHEMA } from '../../config/schema.ts';
import { shownAddress } from '../../store/postgres/database-url.ts';
import { hasTables } from '../../store/postgres/examine.ts';

const OPERATOR: Operator = {
  onNotice: (message) => console.error(message),
  newMasterKey(file) {
    console.error(
      `A new store is made, with a new master key in ${file}. Back that file up now, apart from the database: without it no secret can be read.`,
    );
  },
};

/** Opens an installation for a command that may come before the first start of a server: the store is made if need be. */
export async function openOrMake(config: Config): Promise<Installation> {
  const remembered = rememberedStore(config);
  const found = await assertUpgraded(config);
  if (!found.isChanging) await assertNotLost(config, found, remembered);
  return openInstallation(config, undefined, OPERATOR);
}

/**
 * Throws for the operator when the store would be made where no server looks for it: when no one has named a folder and
 * the default one has no store, a server with a KANDA_DATA_DIR that this command does not have would never see it.
 */
export function assertOfServer(config: Config): void {
  if (config.databaseUrl !== null) return;
  const place = storePlace(config);
  if (config.dataDir === SCHEMA.dataDir.default && !storeExists(place)) {
    throw new Error(
      `There is no store in ${place.dataDir}, the default folder. If the server has KANDA_DATA_DIR (--data-dir), give it to this command, too. For a first store in the default folder, start the server: kanda serve`,
    );
  }
  assertNotForeign(place.dataDir);
}

/** Whether there is a store to compare with. @throws for people, when the database cannot be asked */
export async function isStoreThere(config: Config): Promise<boolean> {
  if (config.databaseUrl === null) return storeExists(storePlace(config));
  const url = config.databaseUrl.reveal();
  return hasTables(url, databaseLimits(config)).catch((error) => {
    throw unusableDatabase(error, url);
  });
}

/** The store's file, or the database's address without its password. */
export function shownStore(config: Config): string {
  return config.databaseUrl === null
    ? storePlace(config).database
    : shownAddress(config.databaseUrl.reveal());
}
