import { type FoundMasterKeys, findMasterKeys } from '../../compose/master-keys.ts';
import { existingStore, type StorePlace } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import { formatTable } from '../lib/table.ts';
import { storeFacts } from '../store/store-facts.ts';
import { wherePut } from './at-hand.ts';
import { idsOf, type KeyState, keyState } from './key-state.ts';

export interface KeyStatusOptions {
  readonly json?: boolean;
}

/** Prints the master keys at hand, what each wraps, and what to do next. Sets the exit status to 1 when one is missing. */
export async function printKeyStatus(config: Config, { json = false }: KeyStatusOptions): Promise<void> {
  const place = existingStore(config);
  const found = findMasterKeys(config, place.dataDir);
  const state = keyState(found?.masterKeys ?? null, (await storeFacts(config)).wrapped);
  const next = nextStep(state, found, place);
  if (json) {
    const keys = state.keys.map(({ masterKeyId, ...line }) => ({ id: masterKeyId, ...line }));
    console.log(
      JSON.stringify({ source: place.masterKey, state: state.progress, keys, next: next.text }, null, 2),
    );
  } else {
    const rows = state.keys.map(({ masterKeyId, role, dataKeys, serverKeys }) => [
      masterKeyId,
      role === 'missing' ? 'MISSING' : `${role}, ${place.masterKey}`,
      String(dataKeys),
      String(serverKeys),
    ]);
    console.log(formatTable([['MASTER KEY', 'AT HAND', 'DATA KEYS', 'SERVER KEYS'], ...rows]));
    console.log(`\n${next.text}`);
  }
  if (!next.well) process.exitCode = 1;
}

function nextStep(
  state: KeyState,
  found: FoundMasterKeys | null,
  place: StorePlace,
): { readonly well: boolean; readonly text: string } {
  const missing = idsOf(state, 'missing').join(', ');
  const older = idsOf(state, 'older').join(', ');
  switch (state.progress) {
    case 'missing':
      return {
        well: false,
        text:
          found === null
            ? `There is no master key at ${place.masterKey}, and the store needs ${missing}. Put it back from where you keep its copy (chmod 600).`
            : `A server would not start: master key ${missing} is missing. Put it back from where you keep its copy, ${wherePut(found)}.`,
      };
    case 'rotating':
      return { well: true, text: 'A rotation has not ended. Go on with: kanda keys rotate' };
    case 'retirable':
      return {
        well: true,
        text: `Nothing in the store needs ${older} any more. Keep a copy for older backups, then take it away with: kanda keys retire`,
      };
    case 'steady':
      return { well: true, text: 'All is well. For a new master key: kanda keys rotate' };
  }
}
