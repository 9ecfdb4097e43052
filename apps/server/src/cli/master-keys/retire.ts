import { openExisting } from '../../compose/existing-installation.ts';
import type { Installation } from '../../compose/installation.ts';
import { keyringOf } from '../../compose/master-keys.ts';
import type { Config } from '../../config/schema.ts';
import { replaceMasterKeyFile } from '../../crypto/master-key-file.ts';
import { byOperator } from '../accounts/account.ts';
import { masterKeysNow } from './at-hand.ts';

/** Takes the older master keys out of the key file, once nothing in the store is under them. */
export async function retireKeys(config: Config): Promise<void> {
  const installation = await openExisting(config);
  try {
    const { current, retired } = await retire(installation, config);
    const { file, source } = installation.masterKey;
    if (retired.length === 0) {
      console.log(`${current}  the only master key at hand: there is none to take away`);
    } else if (file === null) {
      console.log(`${current}  nothing in the store needs ${retired.join(', ')} any more`);
      console.error(
        `This command cannot change ${source}: ${source === 'KANDA_MASTER_KEY' ? 'set it to' : 'have it print'} its first key alone, for every server, and restart them. Keep a copy of the older one for as long as you keep older backups.`,
      );
    } else {
      console.log(`${current}  the only master key in ${file} now; ${retired.join(', ')} was taken away`);
      console.error(
        'Backups made before the rotation still need the older one: keep a copy as long as them.',
      );
    }
  } finally {
    await installation.close();
  }
}

interface Retired {
  readonly current: string;
  readonly retired: readonly string[];
}

function retire({ store, masterKey, clock }: Installation, config: Config): Promise<Retired> {
  const { file } = masterKey;
  return store.holdMasterKeys<Retired>((inUse) => {
    const masterKeys = masterKeysNow(masterKey, config);
    keyringOf(masterKeys).assertHas(inUse);
    const [current, ...older] = masterKeys;
    const needed = older.filter(({ id }) => inUse.includes(id));
    if (needed.length > 0) {
      throw new Error(
        `The store still needs ${needed.map(({ id }) => id).join(', ')}. First bring everything under ${current.id}: kanda keys rotate`,
      );
    }
    const result = { current: current.id, retired: older.map(({ id }) => id) };
    if (file === null || older.length === 0) return { result, event: null };
    replaceMasterKeyFile(file, [current]);
    return {
      result,
      event: {
        event: 'masterkey.retired',
        outcome: 'success',
        reason: null,
        clientId: null,
        ...byOperator(clock),
      },
    };
  });
}
