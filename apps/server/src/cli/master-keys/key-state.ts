import type { MasterKeys } from '../../crypto/master-key.ts';
import type { WrappedCount } from '../../domain/master-keys/master-keys.ts';

/** A master key that is at hand or that the store needs, and how much it wraps. */
export interface KeyLine extends WrappedCount {
  /** `current` wraps, `older` only opens, `missing` is needed and not at hand. */
  readonly role: 'current' | 'older' | 'missing';
}

/**
 * Where a rotation stands: `missing`, a key is needed and not at hand; `rotating`, not everything is under the
 * current key; `retirable`, an older key is at hand and wraps nothing; `steady`, there is one key.
 */
export type KeyProgress = 'missing' | 'rotating' | 'retirable' | 'steady';

export interface KeyState {
  readonly progress: KeyProgress;
  /** The current one first, then the older ones, then those that are missing. */
  readonly keys: readonly KeyLine[];
}

/** Holds the keys at hand against what the store is wrapped under. `masterKeys` is null when there are none. */
export function keyState(masterKeys: MasterKeys | null, wrapped: readonly WrappedCount[]): KeyState {
  const lineOf = (masterKeyId: string, role: KeyLine['role']): KeyLine => {
    const { dataKeys, serverKeys } = wrapped.find((count) => count.masterKeyId === masterKeyId) ?? NOTHING;
    return { masterKeyId, role, dataKeys, serverKeys };
  };
  const atHand = (masterKeys ?? []).map(({ id }, index) => lineOf(id, index === 0 ? 'current' : 'older'));
  const missing = wrapped
    .filter(({ masterKeyId }) => atHand.every((line) => line.masterKeyId !== masterKeyId))
    .map(({ masterKeyId }) => lineOf(masterKeyId, 'missing'));
  return { progress: progressOf(atHand, missing), keys: [...atHand, ...missing] };
}

/** The ids of the keys of this role. */
export function idsOf({ keys }: KeyState, role: KeyLine['role']): string[] {
  return keys.filter((line) => line.role === role).map(({ masterKeyId }) => masterKeyId);
}

const NOTHING = { dataKeys: 0, serverKeys: 0 };

function progressOf(atHand: readonly KeyLine[], missing: readonly KeyLine[]): KeyProgress {
  if (missing.length > 0) return 'missing';
  const older = atHand.filter(({ role }) => role === 'older');
  if (older.some(({ dataKeys, serverKeys }) => dataKeys + serverKeys > 0)) return 'rotating';
  return older.length > 0 ? 'retirable' : 'steady';
}
