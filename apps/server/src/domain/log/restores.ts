import { timeOf, type Witness } from './witness.ts';

/** An event of the log that says that a backup was restored. */
export interface Restore {
  readonly event: number;
  /** ms. */
  readonly at: number;
}

/**
 * A restore gives numbers anew: a checkpoint of before it that reaches beyond it is of events that are gone. What to say of
 * it, if that explains every checkpoint that contradicts the log. It is no excuse: who can write to the store can write
 * this event, too.
 */
export function explainedByRestores(
  contradicting: readonly Witness[],
  restores: readonly Restore[],
): string[] {
  const explains = ({ event, at }: Restore, witness: Witness) =>
    witness.size >= event && witness.at !== null && witness.at <= at;
  const explaining = restores.filter((restore) => contradicting.some((one) => explains(restore, one)));
  if (!contradicting.every((one) => explaining.some((restore) => explains(restore, one)))) return [];
  return explaining.map(
    ({ event, at }) =>
      `event ${event} is store.restored: at ${timeOf({ at })} a backup that ended with event ${event - 1} was restored. ` +
      `If you know of that restore, it explains this. Set aside the checkpoints of ${event} and more events from before it, and verify again`,
  );
}
