/** A store that is not the one, or not as new as the one, that this node had open before. */

import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type RememberedStore, readSeenFile, SEEN_FILE, whatIsLost } from '../background/seen-file.ts';
import { SIGNED_FILE } from '../background/signed-file.ts';
import type { Config } from '../config/schema.ts';
import type { Whereabouts } from '../store/copy/markers.ts';
import { whereaboutsInPostgres } from '../store/postgres/examine.ts';
import { whereaboutsInFile } from '../store/sqlite/examine.ts';
import { unusableStore } from './data-folder.ts';
import { databaseLimits, unusableDatabase } from './open-store.ts';
import { storePlace } from './store-place.ts';
import type { PendingUpgrade } from './upgrade.ts';

/** The migration that made the table in which a store says when it was seen. */
export const KNOWS_NODES = '0006-nodes';

const NOWHERE: Whereabouts = { seen: null, isElsewhere: false };

type Found = Pick<PendingUpgrade, 'store' | 'applied'>;

/**
 * Refuses a store that this node knows otherwise. One that is empty, as its file or its write-ahead log was deleted or
 * another database is named, would look like a new and healthy installation. In one that went back to an older state,
 * codes that were used since would be accepted again.
 *
 * @param remembered as it was before the store was looked at: another process of this node may make the store, or count,
 * meanwhile
 * @throws for the operator
 */
export async function assertNotLost(
  config: Config,
  found: Found,
  remembered: RememberedStore | null,
): Promise<void> {
  if (found.applied.length === 0) {
    assertMayBeEmpty(config, found, remembered);
    return;
  }
  if (remembered === null) return;
  const { seen, isElsewhere } = found.applied.includes(KNOWS_NODES) ? await whereabouts(config) : NOWHERE;
  // What opens it says where everything is.
  if (isElsewhere) return;
  const fault = whatIsLost(seen, remembered);
  if (fault === null) return;
  throw new Error(`${found.store} ${fault}. ${wayOut(config)}`);
}

/** What this node remembers of its store; null: nothing. @throws for the operator, when the file is damaged */
export function rememberedStore(config: Config): RememberedStore | null {
  return readSeenFile(seenPath(config));
}

/** Where it is written. */
export function seenPath(config: Config): string {
  return join(resolve(config.dataDir), SEEN_FILE);
}

/** What the store says itself. The tables are there. */
export async function whereabouts(config: Config): Promise<Whereabouts> {
  if (config.databaseUrl !== null) {
    const url = config.databaseUrl.reveal();
    return whereaboutsInPostgres(url, databaseLimits(config)).catch((error) => {
      throw unusableDatabase(error, url);
    });
  }
  const { database } = storePlace(config);
  try {
    return whereaboutsInFile(database);
  } catch (error) {
    throw unusableStore(error, database);
  }
}

/** What to do, without saying what it is about. */
export function wayOut(config: Config): string {
  return config.databaseUrl === null
    ? 'Its write-ahead log (kanda.db-wal) was lost, or another file took its place. Restore the newest backup: kanda restore --force FILE. ' +
        'If this is the newest that there is, or you put it there yourself, accept it; that makes sure that no code is accepted twice: kanda store restored'
    : 'Is KANDA_DATABASE_URL the one that this node had? If the database was restored, or a failover lost commits, stop all nodes and run once: kanda store restored. ' +
        'If that was done already, run on this node: kanda audit accept-restore';
}

function assertMayBeEmpty(config: Config, { store }: Found, remembered: RememberedStore | null): void {
  const signed = join(resolve(config.dataDir), SIGNED_FILE);
  const hasSigned = (statSync(signed, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const files = [...(remembered === null ? [] : [seenPath(config)]), ...(hasSigned ? [signed] : [])];
  if (files.length === 0) return;
  const when = remembered === null ? '' : `, at ${remembered.at}, under master key ${remembered.masterKey}`;
  const wayBack =
    config.databaseUrl === null
      ? 'If it was lost, restore the newest backup: kanda restore --force FILE.'
      : 'Is KANDA_DATABASE_URL the one that this node had? If the database was lost, restore it and run: kanda store restored.';
  throw new Error(
    `${store} is empty, and this node had a store that was not${when} (${files.join(', ')}). ${wayBack} ` +
      `To begin with an empty store, move ${files.length === 1 ? 'that file' : 'these files'} away.`,
  );
}
