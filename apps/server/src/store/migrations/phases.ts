/**
 * How a migration and servers of earlier versions get on with each other. The end of a migration's name says it, so that
 * a server reads it in the store, of migrations too that only a newer version knows:
 *
 * - `…-expand` only adds what earlier versions do not need to know. They go on beside it, and can be started again.
 * - `…-contract` takes away what this version no longer uses. It waits until it is asked for: `kanda migrate --contract`.
 * - Any other name: no server that does not know it may be at work, before or after.
 *
 * [Decision 0023](../../../../../docs/decisions/0023-phases-of-migrations.md) has what an expanding one must not do.
 */

export type Phase = 'expand' | 'contract' | 'alone';

/** Made before the names said it; they have no other effect on earlier versions than those that do. */
const NAMED_EARLIER: ReadonlySet<string> = new Set([
  '0013-idempotent-answers',
  '0016-previous-secrets',
  '0024-receipts',
]);

export function phaseOf(migration: string): Phase {
  if (migration.endsWith('-expand') || NAMED_EARLIER.has(migration)) return 'expand';
  return migration.endsWith('-contract') ? 'contract' : 'alone';
}

/** What is to be done with the tables of a store. All names are oldest first. */
export interface MigrationPlan {
  /** To be made. */
  readonly pending: readonly string[];
  /** Those of the phase `contract` that are made only when they are asked for. */
  readonly waiting: readonly string[];
  /** Those that a newer version has made. */
  readonly newer: readonly string[];
}

/**
 * Compares what a store has with what this version knows. Contracting steps that others come after do not wait: these
 * rely on them. In an empty store nothing waits.
 */
export function planOf(
  applied: readonly string[],
  known: readonly string[],
  { contract = false }: { readonly contract?: boolean } = {},
): MigrationPlan {
  const missing = known.filter((name) => !applied.includes(name));
  const asksAll = contract || applied.length === 0;
  const end = asksAll ? missing.length : missing.findLastIndex((name) => phaseOf(name) !== 'contract') + 1;
  return {
    pending: missing.slice(0, end),
    waiting: missing.slice(end),
    newer: applied.filter((name) => !known.includes(name)),
  };
}

/**
 * Whether a server may work on tables that have these migrations.
 *
 * @param newestKnown the newest migration that the server knows
 */
export function servesBeside(migrations: readonly string[], newestKnown: string): boolean {
  return migrations.every((name) => name <= newestKnown || phaseOf(name) === 'expand');
}

/** Whether this version can work on tables as they are. */
export function isFit({ pending, newer }: MigrationPlan): boolean {
  return pending.length === 0 && newer.every((name) => phaseOf(name) === 'expand');
}
