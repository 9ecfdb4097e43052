import type { Kysely } from 'kysely';
import {
  countThrough,
  type LimitCall,
  type LimitUse,
  type LimitUses,
  namesRead,
} from '../../../domain/limits/counting.ts';
import type { LimitState, LimitStore } from '../../../domain/limits/ports.ts';
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
 * Takes and gives back for any number of callers in one transaction, in their order; the answer to a caller that takes
 * nothing is null. What is used up already is refused by a read alone: a flood of refusals writes nothing, waits for no
 * row and fills the table with no names. For the rest the rows are locked first, in one order for all, and then
 * counted, so two nodes cannot both take the last use.
 */
export async function settleLimits(
  db: Db,
  calls: readonly LimitCall[],
  rows: LimitRows,
): Promise<readonly (LimitState | null)[]> {
  const known = await rows.read(db, namesRead(calls));
  const foreseen = countThrough(calls, new Map(known));
  const left = calls.filter((call, index) => mayChange(call, known, foreseen[index] ?? null));
  if (left.length === 0) return foreseen;
  const locked = await rows.lock(db, left, known);
  const counted = new Map([...known, ...locked]);
  const states = countThrough(left, counted);
  await rows.write(db, changes(new Map([...known, ...locked]), counted));
  const answers = new Map(left.map((call, index) => [call, states[index] ?? null]));
  return calls.map((call, index) => answers.get(call) ?? foreseen[index] ?? null);
}

function mayChange({ kind, rules }: LimitCall, known: LimitUses, foreseen: LimitState | null): boolean {
  if (kind === 'take') return foreseen?.allowed === true;
  return kind === 'confirm' || rules.some(({ name }) => known.has(name));
}

function changes(before: LimitUses, after: LimitUses): (readonly [string, LimitUse])[] {
  return [...after].filter(([name, { uses, resetAt }]) => {
    const was = before.get(name);
    return was?.uses !== uses || was.resetAt !== resetAt;
  });
}

/** The operations of a store, by a dialect's way to settle one call. */
export function limitOperations(settle: (call: LimitCall) => Promise<LimitState | null>): LimitStore {
  return {
    async takeLimits(rules, now) {
      const state = await settle({ rules, now, kind: 'take' });
      if (state === null) throw new Error('nothing was taken');
      return state;
    },
    async returnLimits(rules, now) {
      await settle({ rules, now, kind: 'return' });
    },
    async confirmLimits(rules, now) {
      await settle({ rules, now, kind: 'confirm' });
    },
  };
}

/** From rows as they are in the table. */
export function toUses(rows: readonly { name: string; uses: number; reset_at: number }[]): LimitUses {
  return new Map(rows.map(({ name, uses, reset_at }) => [name, { uses, resetAt: reset_at }]));
}
