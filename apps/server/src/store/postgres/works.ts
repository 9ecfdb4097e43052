import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import type { DatabaseLimits } from './connections.ts';
import { isConnectionLost, type Session } from './session.ts';
import { isLockTimeout, isUndone } from './sql-states.ts';
import { begin, commit } from './transaction.ts';

/** A change: one or more statements that stand or fall together. */
export type Work<T> = (db: Kysely<Schema>) => Promise<T>;

/** What one piece of work came to: what it gave, or what it threw. */
export interface Outcome<T> {
  readonly item: T;
  readonly value?: unknown;
  readonly error?: unknown;
}

/**
 * One transaction for all of them; with several, each in a savepoint, so that one that refuses is undone alone.
 * With `asideWhenHeld`, a row that is held throws and undoes all; otherwise it is the error of the one that met it.
 * What goes by the time is refused while this machine's clock is out of step (`inStep`).
 */
export async function runWorks<T extends { readonly work: Work<unknown>; readonly inStep: boolean }>(
  session: Session,
  limits: DatabaseLimits,
  items: readonly T[],
  asideWhenHeld: boolean,
): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  const [alone] = items.length === 1 ? items : [];
  await begin(session, limits);
  for (const item of items) {
    if (alone === undefined) await session.exchange([{ text: 'savepoint work' }]);
    try {
      // `begin` has just compared the clocks.
      if (item.inStep) session.clocks.assertInStep();
      outcomes.push({ item, value: await item.work(session.db) });
      if (alone === undefined) await session.exchange([{ text: 'release savepoint work' }]);
    } catch (error) {
      if (isUndone(error) || isConnectionLost(error) || (asideWhenHeld && isLockTimeout(error))) throw error;
      // The rollback comes with the session's release.
      if (item === alone) return [{ item, error }];
      await session.exchange([{ text: 'rollback to savepoint work' }, { text: 'release savepoint work' }]);
      outcomes.push({ item, error });
    }
  }
  await commit(session);
  return outcomes;
}
