import { noStoreIn } from '../../compose/existing-installation.ts';
import { databaseLimits, unusableDatabase } from '../../compose/open-store.ts';
import { existingStore } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import { readPostgresFacts } from '../../store/postgres/examine.ts';
import { readStoreFacts, type StoreFacts } from '../../store/sqlite/examine.ts';

/** What the store of these settings tells about itself without any key; changes nothing. @throws when there is none */
export async function storeFacts(config: Config): Promise<StoreFacts> {
  const place = existingStore(config);
  if (config.databaseUrl === null) return readStoreFacts(place.database);
  const url = config.databaseUrl.reveal();
  const facts = await readPostgresFacts(url, databaseLimits(config)).catch((error) => {
    throw unusableDatabase(error, url);
  });
  if (facts === null) throw noStoreIn(url);
  return facts;
}
