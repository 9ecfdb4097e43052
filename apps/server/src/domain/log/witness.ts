import type { Checkpoint } from '@kanda/tlog';
import { namedTime } from '../time.ts';

/** A checkpoint to hold a log against. */
export interface Witness extends Checkpoint {
  /** Kept elsewhere, or found in the store itself. */
  readonly kept: boolean;
  /** Found beside the store, in what this node remembers of what it signed. */
  readonly remembered?: boolean;
  /** The names of those whose valid cosignatures it bears, and when they made them (ms). */
  readonly cosigned?: ReadonlyMap<string, number>;
}

/** Whose word counts more comes first. */
export function rankOf({ kept, remembered = false }: Witness): number {
  if (kept) return 0;
  return remembered ? 1 : 2;
}

/** As the subject of a sentence. */
export function whose({ kept, remembered = false }: Witness): string {
  if (kept) return 'the checkpoint';
  return remembered ? 'the checkpoint that this node remembers' : "the store's own checkpoint";
}

/** RFC 3339. */
export function timeOf({ at }: Pick<Witness, 'at'>): string {
  return at === null ? 'an unknown time' : new Date(namedTime(at)).toISOString();
}
