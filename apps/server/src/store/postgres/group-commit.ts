import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Attempt } from '../../domain/ports.ts';
import type { Verdict } from '../../domain/verdicts/decide.ts';
import { type LaneName, Lanes, type Taken } from '../scheduling/lanes.ts';
import type { Schema } from '../schema.ts';
import type { Connections, DatabaseLimits } from './connections.ts';
import { isCulprits } from './culprits.ts';
import { isOfPrepared } from './exchange.ts';
import type { JudgeBatch, Judged } from './judge.ts';
import { isConnectionLost, type Session } from './session.ts';
import { begin, commit, UnknownOutcome } from './transaction.ts';

/** A change: one or more statements that stand or fall together. */
export type Work<T> = (db: Kysely<Schema>) => Promise<T>;

export interface WorkOptions {
  /** The account whose work it is; a name: work of no account, of which nothing shares a transaction. */
  readonly lane: LaneName;
  /** It changes nothing but the log: the account's own work passes it, as anybody may have put it there. */
  readonly aside?: boolean;
  /** Whether it may run a second time when the database undid the first; not when it does something elsewhere. */
  readonly repeatable?: boolean;
}

interface AttemptItem {
  readonly attempt: Attempt;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

interface WorkItem {
  readonly work: Work<unknown>;
  readonly repeatable: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Item = AttemptItem | WorkItem;

/** More than this in one transaction would let the first caller wait for the last. */
const MAX_BATCH = 256;
/** Changes of one account that share a transaction and its commit: they take their locks in one order, its head first. */
const MAX_WORKS = 32;
/** More than this waiting in one lane cannot be answered in time: its further callers are told at once. */
const MAX_WAITING = 4_096;
/** Batches under way at once. Of two for one account, the second waits in the database until the first is durable. */
const MAX_BATCHES = 2;
const MAX_REPEATS = 5;

/**
 * Group commit: all attempts that arrive while a batch is being committed go into the next one, which is one
 * transaction and two round trips for all of them. Each account has a lane: what it asks for is done in the
 * order of arrival, and never in two transactions at once, while other accounts go on beside it. Changes are
 * transactions of their own. Each caller is answered after the commit that holds its work.
 */
export class GroupCommit {
  readonly #connections: Connections;
  readonly #limits: DatabaseLimits;
  readonly #judge: JudgeBatch;
  readonly #figures: StoreFigures;
  readonly #lanes = new Lanes<Item>(MAX_WAITING);
  readonly #mostWorks: number;
  #batches = 0;
  #works = 0;
  #scheduled = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(connections: Connections, limits: DatabaseLimits, judge: JudgeBatch, figures: StoreFigures) {
    this.#connections = connections;
    this.#figures = figures;
    this.#limits = limits;
    this.#judge = judge;
    this.#mostWorks = Math.max(1, Math.floor(limits.poolSize / 2) - MAX_BATCHES);
  }

  /** How much waits for a transaction, or is in one. */
  get waiting(): number {
    return this.#lanes.size;
  }

  /** Resolves with the verdict once it is durable. */
  judge(attempt: Attempt): Promise<Verdict> {
    return new Promise((resolve, reject) =>
      this.#push(reject, () => this.#lanes.push(attempt.accountId, { attempt, resolve, reject })),
    );
  }

  /**
   * Resolves with what `work` returned once that is committed. A `Fault` that it throws is its caller's, and its
   * writes are undone; anything else that goes wrong rejects with `store_unavailable`.
   */
  run<T>(work: Work<T>, { lane, aside = false, repeatable = true }: WorkOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const item = { work, repeatable, resolve: resolve as (value: unknown) => void, reject };
      this.#push(reject, () => this.#lanes.push(lane, item, aside));
    });
  }

  /** Resolves when nothing is queued or under way any more; afterwards everything is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#lanes.size + this.#batches + this.#works > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #push(reject: (error: unknown) => void, push: () => boolean): void {
    if (this.#closed) {
      reject(storeUnavailable(new Error('the store is closed')));
    } else if (!push()) {
      reject(storeUnavailable(new Error('too many calls are waiting')));
    } else {
      this.#schedule();
    }
  }

  readonly #start = (): void => {
    this.#scheduled = false;
    while (this.#works < this.#mostWorks) {
      const taken = this.#lanes.takeOne(isWork, (name) => (typeof name === 'number' ? MAX_WORKS : 1));
      if (taken === undefined) break;
      this.#works++;
      void this.#commitWorks(taken.items as WorkItem[]).then(() => {
        this.#works--;
        taken.done();
        this.#proceed();
      });
    }
    while (this.#batches < MAX_BATCHES) {
      const taken = this.#lanes.takeAll(isAttempt, MAX_BATCH);
      if (taken.length === 0) break;
      this.#batches++;
      // Once it holds its locks the next batch may begin: it waits in the database for these, and comes after.
      const onLocked = once(() => ended(taken));
      const items = taken.flatMap((one) => one.items as AttemptItem[]);
      void this.#commitAttempts(items, onLocked).then(() => {
        this.#batches--;
        onLocked();
        this.#proceed();
      });
    }
  };

  #proceed(): void {
    if (this.#lanes.size > 0) this.#schedule();
    else if (this.#batches + this.#works === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What arrives during one turn of the event loop goes together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#start);
  }

  /** Never rejects: each caller is told by itself. */
  async #commitAttempts(items: readonly AttemptItem[], onLocked: () => void): Promise<void> {
    const attempts = items.map(({ attempt }) => attempt);
    const begunAt = performance.now();
    try {
      const { judged, lockouts } = await this.#transact(true, (session) =>
        this.#judge(session, attempts, onLocked),
      );
      this.#note(attempts, true, begunAt, lockouts);
      this.#tellFollower(attempts, judged, begunAt);
      for (const [index, { resolve, reject }] of items.entries()) {
        const outcome = judged[index] ?? storeUnavailable(new Error('the attempt was not judged'));
        if (outcome instanceof Fault) reject(outcome);
        else resolve(outcome);
      }
    } catch (error) {
      if (items.length > 1 && isCulprits(error)) {
        // One of them holds what the database does not take: the others must not suffer for it.
        const middle = items.length >> 1;
        await this.#commitAttempts(items.slice(0, middle), onLocked);
        await this.#commitAttempts(items.slice(middle), onLocked);
        return;
      }
      this.#note(attempts, false, begunAt);
      const unavailable = storeUnavailable(error);
      for (const { reject } of items) reject(unavailable);
    }
  }

  #note(batch: readonly (Attempt | WorkItem)[], durable: boolean, begunAt: number, lockouts = 0): void {
    const requestIds = this.#figures.follower === null ? [] : batch.flatMap(requestIdOf);
    this.#figures.note(
      { size: batch.length, durable, begunAt, endedAt: performance.now(), requestIds },
      lockouts,
    );
  }

  #tellFollower(attempts: readonly Attempt[], judged: readonly Judged[], begunAt: number): void {
    const { follower } = this.#figures;
    if (follower === null) return;
    const endedAt = performance.now();
    for (const [index, attempt] of attempts.entries()) {
      const outcome = judged[index];
      const { requestId } = attempt.origin;
      if (requestId === null || outcome === undefined) continue;
      const verdict = outcome instanceof Fault ? outcome.code : outcome.valid ? 'valid' : outcome.reason;
      follower.attemptJudged({ requestId, begunAt, endedAt, verdict });
    }
  }

  /** Never rejects: each caller is told by itself. */
  async #commitWorks(items: readonly WorkItem[]): Promise<void> {
    const repeatable = items.every((item) => item.repeatable);
    const begunAt = performance.now();
    try {
      const outcomes = await this.#transact(repeatable, (session) => this.#work(session, items));
      this.#note(items, true, begunAt);
      for (const { item, value, error } of outcomes) {
        if (error === undefined) item.resolve(value);
        else item.reject(error instanceof Fault ? error : storeUnavailable(error));
      }
    } catch (error) {
      this.#note(items, false, begunAt);
      const unavailable = storeUnavailable(error);
      for (const { reject } of items) reject(unavailable);
    }
  }

  /** One transaction for all of them; with several, each in a savepoint, so that one that refuses is undone alone. */
  async #work(session: Session, items: readonly WorkItem[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const [alone] = items.length === 1 ? items : [];
    await begin(session, this.#limits);
    for (const item of items) {
      if (alone === undefined) await session.exchange([{ text: 'savepoint work' }]);
      try {
        outcomes.push({ item, value: await item.work(session.db) });
        if (alone === undefined) await session.exchange([{ text: 'release savepoint work' }]);
      } catch (error) {
        if (isUndone(error) || isConnectionLost(error)) throw error;
        // The rollback comes with the session's release.
        if (item === alone) return [{ item, error }];
        await session.exchange([{ text: 'rollback to savepoint work' }, { text: 'release savepoint work' }]);
        outcomes.push({ item, error });
      }
    }
    await commit(session);
    return outcomes;
  }

  /**
   * Runs one transaction on a connection of its own. One that the database has undone, or whose connection was
   * lost before its commit was sent, is run again; never one of which nobody knows whether it was committed.
   */
  async #transact<T>(repeatable: boolean, run: (session: Session) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#limits.connectTimeoutMs;
    for (let repeats = 0; ; repeats++) {
      const session = await this.#connections.acquire();
      try {
        return await run(session);
      } catch (error) {
        const again = isUndone(error) || (isConnectionLost(error) && !(error instanceof UnknownOutcome));
        if (!repeatable || !again || repeats >= MAX_REPEATS || performance.now() > deadline) throw error;
      } finally {
        await session.release();
      }
      await sleep(Math.random() * 2 ** repeats * 10);
    }
  }
}

interface Outcome {
  readonly item: WorkItem;
  readonly value?: unknown;
  readonly error?: unknown;
}

function ended(taken: readonly Taken<unknown>[]): void {
  for (const one of taken) one.done();
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}

function requestIdOf(item: Attempt | WorkItem): readonly string[] {
  const requestId = 'origin' in item ? item.origin.requestId : null;
  return requestId === null ? [] : [requestId];
}

const isWork = (item: Item): boolean => 'work' in item;
const isAttempt = (item: Item): boolean => 'attempt' in item;

/** A deadlock or a serialization failure, or a plan that is no more: the database has undone the transaction as a whole. */
function isUndone(error: unknown): boolean {
  return isOfPrepared(error) || /^(40001|40P01)$/.test((error as { code?: string }).code ?? '');
}
