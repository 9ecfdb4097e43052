import type { Kysely } from 'kysely';
import {
  countThrough,
  type LimitCall,
  type LimitUse,
  type LimitUses,
  namesOf,
} from '../../../domain/limits/counting.ts';
import type { LimitState, Store } from '../../../domain/ports.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

/** How a dialect reads and writes the rows of limits. */
export interface LimitRows {
  /** The rows that are there. */
  read(db: Db, names: readonly string[]): Promise<LimitUses>;
  /**
   * The rows of all that these calls name, which no other transaction can change until this one ends; `known` is what
   * `read` answered in this transaction.
   */
  lock(db: Db, calls: readonly LimitCall[], known: LimitUses): Promise<LimitUses>;
  /** Writes rows, which `lock` has answered or which are new. */
  write(db: Db, changed: readonly (readonly [name: string, use: LimitUse])[]): Promise<void>;
}

/**
 * Takes and gives back for any number of callers in one transaction, in their order; the answer to a caller that gives
 * back is null. What is used up already is refused by a read alone: a flood of refusals writes nothing, waits for no
 * row and fills the table with no names. For the rest the rows are locked first, in one order for all, and then
 * counted, so two nodes cannot both take the last use.
 */
export async function settleLimits(
  db: Db,
  calls: readonly LimitCall[],
  rows: LimitRows,
): Promise<readonly (LimitState | null)[]> {
  const known = await rows.read(db, namesOf(calls));
  const foreseen = countThrough(calls, new Map(known));
  const left = calls.filter((call, index) =>
    call.gives ? call.rules.some(({ name }) => known.has(name)) : foreseen[index]?.allowed === true,
  );
  if (left.length === 0) return foreseen;
  const locked = await rows.lock(db, left, known);
  const counted = new Map(locked);
  const states = countThrough(left, counted);
  await rows.write(db, changes(locked, counted));
  const answers = new Map(left.map((call, index) => [call, states[index] ?? null]));
  return calls.map((call, index) => answers.get(call) ?? foreseen[index] ?? null);
}

function changes(before: LimitUses, after: LimitUses): (readonly [string, LimitUse])[] {
  return [...after].filter(([name, { uses, resetAt }]) => {
    const was = before.get(name);
    return was?.uses !== uses || was.resetAt !== resetAt;
  });
}

/** The operations of a store, by a dialect's way to settle one call. */
export function limitOperations(
  settle: (call: LimitCall) => Promise<LimitState | null>,
): Pick<Store, 'takeLimits' | 'returnLimits'> {
  return {
    async takeLimits(rules, now) {
      const state = await settle({ rules, now, gives: false });
      if (state === null) throw new Error('nothing was taken');
      return state;
    },
    async returnLimits(rules, now) {
      await settle({ rules, now, gives: true });
    },
  };
}

/** From rows as they are in the table. */
export function toUses(rows: readonly { name: string; uses: number; reset_at: number }[]): LimitUses {
  return new Map(rows.map(({ name, uses, reset_at }) => [name, { uses, resetAt: reset_at }]));
}
