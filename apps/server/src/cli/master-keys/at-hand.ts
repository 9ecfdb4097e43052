import { findMasterKeys, type MasterKeyOrigin } from '../../compose/master-keys.ts';
import { storePlace } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import type { MasterKeys } from '../../crypto/master-key.ts';
import { readMasterKeyFile } from '../../crypto/master-key-file.ts';

/** What is at hand at this moment: another command may have changed the file since this one began. */
export function masterKeysNow({ file }: MasterKeyOrigin, config: Config): MasterKeys {
  if (file !== null) return readMasterKeyFile(file);
  const place = storePlace(config);
  const found = findMasterKeys(config, place.dataDir);
  if (found === null) throw new Error(`There is no master key at ${place.masterKey}.`);
  return found.masterKeys;
}

/** How to add an older key to those at hand, as the end of a sentence. */
export function wherePut({ file, source }: MasterKeyOrigin): string {
  if (file !== null) return `into ${file}, on a line of its own below the present one`;
  return source === 'KANDA_MASTER_KEY'
    ? 'into KANDA_MASTER_KEY, behind the present one and a comma'
    : `behind what ${source} prints, on a line of its own`;
}
