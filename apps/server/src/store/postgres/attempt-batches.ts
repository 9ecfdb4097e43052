import { storeUnavailable } from '../../domain/errors.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Verdict } from '../../domain/verdicts/decide.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import { isVerdict } from '../judging/judged.ts';
import type { LaneName } from '../scheduling/lanes.ts';
import { noteBatch, tellFollower } from './batch-figures.ts';
import type { Connections, DatabaseLimits } from './connections.ts';
import type { JudgeBatch } from './judge.ts';
import { isLockTimeout, isRequestFault } from './sql-states.ts';
import { transact } from './transact.ts';
import { unavailable } from './transaction.ts';

export interface AttemptItem {
  readonly attempt: Attempt;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/** Attempts of one account, as they were taken from its lane. */
export interface TakenAttempts {
  readonly name: LaneName;
  readonly items: readonly AttemptItem[];
  done(): void;
  setAside(): void;
}

/** How long others wait for a row that one account needs and another session holds: longer than a commit takes. */
export const PATIENCE_MS = 250;
/** When it is known that something is held, what is free is found by halves: each waits that long. */
const HURRY_MS = 25;

/**
 * `patient`: waits for a moment. `hurried`: leaves out the accounts whose heads are held, and waits even less for other
 * rows. `full`: waits for as long as is allowed.
 */
type Waiting = 'patient' | 'hurried' | 'full';

/** Commits attempts of several accounts in one transaction, and finds out whose fault it is when that fails. */
export class AttemptBatches {
  readonly #connections: Connections;
  readonly #limits: DatabaseLimits;
  readonly #judge: JudgeBatch;
  readonly #figures: StoreFigures;

  constructor(connections: Connections, limits: DatabaseLimits, judge: JudgeBatch, figures: StoreFigures) {
    this.#connections = connections;
    this.#limits = limits;
    this.#judge = judge;
    this.#figures = figures;
  }

  /**
   * Answers all callers and ends all lanes; those of accounts whose rows are held are set aside. Never rejects.
   * `whenFree` waits for batches of this process that may hold the same rows, and says whether there were any.
   */
  async commit(taken: readonly TakenAttempts[], whenFree: () => Promise<boolean>): Promise<void> {
    const error = await this.#try(taken, 'patient');
    if (error === null) return;
    if (!isLockTimeout(error)) return await this.#fail(taken, error);
    // One of this process' own batches may have committed slowly: then nothing is held by others.
    const wasOwn = await whenFree();
    const again = wasOwn || taken.length > 1 ? await this.#try(taken, 'hurried') : error;
    if (again !== null) await this.#narrow(taken, again);
  }

  /** Likewise for one account that was set aside. False when its rows were held until the end. */
  async commitAlone(taken: TakenAttempts): Promise<boolean> {
    const error = await this.#try([taken], 'full');
    if (error !== null) await this.#fail([taken], error);
    return !isLockTimeout(error);
  }

  /** One transaction. Gives what it failed with, in which case no caller is answered yet; null: all are. */
  async #try(taken: readonly TakenAttempts[], waiting: Waiting): Promise<unknown> {
    const items = taken.flatMap((one) => one.items);
    const attempts = items.map(({ attempt }) => attempt);
    const begunAt = performance.now();
    const options = {
      lockTimeoutMs: this.#lockTimeout(waiting),
      skipsHeld: waiting === 'hurried',
      // The next batch may begin: it waits in the database for these locks, and comes after.
      onLocked: (held: ReadonlySet<LaneName>) => ended(taken.filter(({ name }) => !held.has(name))),
    };
    try {
      const { judged, held, tally } = await transact(this.#connections, this.#limits, true, (session) =>
        this.#judge(session, attempts, options),
      );
      noteBatch(this.#figures, attempts, true, begunAt, tally);
      tellFollower(this.#figures, attempts, judged, begunAt);
      for (const [index, { attempt, resolve, reject }] of items.entries()) {
        if (held.has(attempt.accountId)) continue;
        const outcome = judged[index] ?? storeUnavailable(new Error('the attempt was not judged'));
        if (isVerdict(outcome)) resolve(outcome);
        else reject(outcome);
      }
      for (const one of taken) {
        if (held.has(one.name as number)) one.setAside();
        else one.done();
      }
      return null;
    } catch (error) {
      noteBatch(this.#figures, attempts, false, begunAt);
      return error;
    }
  }

  /** Finds what of a batch is free when something of it is held that is no account's head. */
  async #narrow(taken: readonly TakenAttempts[], error: unknown): Promise<void> {
    const [first, second] = taken;
    if (!isLockTimeout(error)) return await this.#fail(taken, error);
    if (second === undefined) return first?.setAside();
    const parts = halves(taken);
    const errors: unknown[] = [];
    for (const part of parts) errors.push(await this.#try(part, 'hurried'));
    if (errors.every(isLockTimeout)) {
      // No single account's row, most often a whole table: waiting is all that can be done.
      const held = await this.#try(taken, 'full');
      if (held !== null) await this.#fail(taken, held);
      return;
    }
    for (const [index, part] of parts.entries()) {
      if (errors[index] !== null) await this.#narrow(part, errors[index]);
    }
  }

  /** Tells all callers; but when one of the attempts holds what the database does not take, that one alone. */
  async #fail(taken: readonly TakenAttempts[], error: unknown): Promise<void> {
    const items = taken.flatMap((one) => one.items);
    if (items.length === 1 || !isRequestFault(error)) {
      const fault = unavailable(error);
      for (const { reject } of items) reject(fault);
      return ended(taken);
    }
    const [only] = taken.length === 1 ? taken : [];
    const parts = only === undefined ? halves(taken) : halves(only.items).map((some) => [partOf(only, some)]);
    for (const part of parts) {
      const again = await this.#try(part, only === undefined ? 'hurried' : 'full');
      if (again === null) continue;
      if (only === undefined) await this.#narrow(part, again);
      else await this.#fail(part, again);
    }
    only?.done();
  }

  #lockTimeout(waiting: Waiting): number {
    const { lockTimeoutMs } = this.#limits;
    if (waiting === 'full') return lockTimeoutMs;
    return Math.min(lockTimeoutMs, waiting === 'patient' ? PATIENCE_MS : HURRY_MS);
  }
}

/** Some of an account's attempts; the lane ends with all of them. */
function partOf({ name }: TakenAttempts, items: readonly AttemptItem[]): TakenAttempts {
  return { name, items, done: () => {}, setAside: () => {} };
}

function ended(taken: readonly TakenAttempts[]): void {
  for (const one of taken) one.done();
}

function halves<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = all.length >> 1;
  return [all.slice(0, middle), all.slice(middle)];
}
