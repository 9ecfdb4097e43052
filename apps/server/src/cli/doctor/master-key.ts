import { assertOpens, findMasterKeys } from '../../compose/master-keys.ts';
import type { StorePlace } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import type { StoreFacts } from '../../store/sqlite/examine.ts';
import { wherePut } from '../master-keys/at-hand.ts';
import { idsOf, keyState } from '../master-keys/key-state.ts';
import { type Finding, fine, look, problem } from './finding.ts';

/**
 * Whether the master keys at hand open the store, and all of it.
 *
 * @param facts of the store; null: there is none, or it cannot be read
 * @param whenMissing what to say when there is no key where there is a store; null: there is no store yet
 */
export function masterKeyFinding(
  config: Config,
  place: StorePlace,
  facts: Pick<StoreFacts, 'serverKeys' | 'wrapped'> | null,
  whenMissing: Finding | null,
): Finding {
  try {
    const found = findMasterKeys(config, place.dataDir);
    if (found === null) {
      return (
        whenMissing ??
        look('Master key', 'there is none yet', 'The first `kanda serve` makes it. Back it up then.')
      );
    }
    const given = found.masterKeys.map(({ id }) => id).join(', ');
    if (facts === null)
      return fine('Master key', `${found.source}, key ${given}; there is no store to try it on`);
    assertOpens(found.masterKeys, facts.serverKeys);
    const state = keyState(found.masterKeys, facts.wrapped);
    const opens = `${found.source} opens the store (key ${given})`;
    switch (state.progress) {
      case 'missing':
        return problem(
          'Master key',
          `${found.source} opens only a part of the store; the rest needs ${idsOf(state, 'missing').join(', ')}`,
          `A rotation did not end. Put that key back ${wherePut(found)}, then go on: kanda keys rotate`,
        );
      case 'rotating':
        return look('Master key', `${opens}; a rotation has not ended`, 'Go on with it: kanda keys rotate');
      case 'retirable':
        return look(
          'Master key',
          `${opens}; nothing needs ${idsOf(state, 'older').join(', ')} any more`,
          'Keep a copy for older backups, then take it away: kanda keys retire',
        );
      case 'steady':
        return fine('Master key', opens);
    }
  } catch (error) {
    return problem(
      'Master key',
      (error as Error).message,
      'Nothing in the store can be read without it. Run this as the user, and with the settings, that the server runs with.',
    );
  }
}
