import { Fault, storeUnavailable } from '../../domain/errors.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Verdict } from '../../domain/verdicts/decide.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import { type LaneName, Lanes, type Taken } from '../scheduling/lanes.ts';
import { AttemptBatches, type AttemptItem, PATIENCE_MS, type TakenAttempts } from './attempt-batches.ts';
import { noteBatch } from './batch-figures.ts';
import type { Connections, DatabaseLimits } from './connections.ts';
import type { JudgeBatch } from './judge.ts';
import { isLockTimeout } from './sql-states.ts';
import { transact } from './transact.ts';
import { unavailable } from './transaction.ts';
import { runWorks, type Work } from './works.ts';

export interface WorkOptions {
  /** The account whose work it is; a name: work of no account, of which nothing shares a transaction. */
  readonly lane: LaneName;
  /** It changes nothing but the log: the account's own work passes it, as anybody may have put it there. */
  readonly aside?: boolean;
  /** Whether it may run a second time when the database undid the first; not when it does something elsewhere. */
  readonly repeatable?: boolean;
  /** Whether it goes by the time: refused while this machine's clock is out of step with the database's. */
  readonly inStep?: boolean;
}

interface WorkItem {
  readonly work: Work<unknown>;
  readonly repeatable: boolean;
  readonly inStep: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Item = AttemptItem | WorkItem;

/** More than this in one transaction would let the first caller wait for the last. */
const MAX_BATCH = 256;
/** Changes of one account that share a transaction and its commit: they take their locks in one order, its head first. */
const MAX_WORKS = 32;
/** More than this waiting in one lane cannot be answered in time: its further callers are refused at once. */
const MAX_WAITING = 4_096;
/** Batches under way at once. Of two for one account, the second waits in the database until the first is durable. */
const MAX_BATCHES = 2;
/** Attempts of several accounts that share a transaction. */
interface Batch {
  readonly accounts: ReadonlySet<LaneName>;
  readonly ended: Promise<void>;
}

/**
 * Group commit: all attempts that arrive while a batch is being committed go into the next one, which is one
 * transaction and two round trips for all of them. Each account has a lane: what it asks for is done in the
 * order of arrival, and never in two transactions at once, while other accounts go on beside it. Changes are
 * transactions of their own. Each caller is answered after the commit that holds its work. An account whose rows
 * another session holds is set aside and tried by itself, beside the others.
 */
export class GroupCommit {
  readonly #connections: Connections;
  readonly #limits: DatabaseLimits;
  readonly #attempts: AttemptBatches;
  readonly #figures: StoreFigures;
  readonly #lanes = new Lanes<Item>(MAX_WAITING);
  readonly #mostWorks: number;
  readonly #mostAlone: number;
  /** Under way, in the order in which they began. */
  readonly #batches = new Set<Batch>();
  #works = 0;
  /** Transactions of accounts that are held. They use connections of the changes', of which one is left. */
  #alone = 0;
  #scheduled = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(connections: Connections, limits: DatabaseLimits, judge: JudgeBatch, figures: StoreFigures) {
    this.#connections = connections;
    this.#figures = figures;
    this.#limits = limits;
    this.#attempts = new AttemptBatches(connections, limits, judge, figures);
    this.#mostWorks = Math.max(1, Math.floor(limits.poolSize / 2) - MAX_BATCHES);
    this.#mostAlone = Math.max(1, this.#mostWorks - 1);
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
  run<T>(work: Work<T>, { lane, aside = false, repeatable = true, inStep = false }: WorkOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const item = { work, repeatable, inStep, resolve: resolve as (value: unknown) => void, reject };
      this.#push(reject, () => this.#lanes.push(lane, item, aside));
    });
  }

  /** Resolves when nothing is queued or under way any more; afterwards everything is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#isBusy()) await new Promise<void>((resolve) => this.#idle.push(resolve));
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

  #isBusy(): boolean {
    return this.#lanes.size + this.#batches.size + this.#works + this.#alone > 0;
  }

  readonly #start = (): void => {
    this.#scheduled = false;
    while (this.#alone < this.#mostAlone) {
      const taken =
        this.#lanes.takeOne(isWork, mostWorksOf, true) ??
        this.#lanes.takeOne(isAttempt, () => MAX_BATCH, true);
      if (taken === undefined) break;
      this.#alone++;
      void this.#commitAlone(taken).then(() => {
        this.#alone--;
        this.#proceed();
      });
    }
    while (this.#works < Math.max(1, this.#mostWorks - this.#alone)) {
      const taken = this.#lanes.takeOne(isWork, mostWorksOf);
      if (taken === undefined) break;
      this.#works++;
      void this.#commitWorks(taken, false).then(() => {
        this.#works--;
        this.#proceed();
      });
    }
    while (this.#batches.size < MAX_BATCHES) {
      const taken = this.#lanes.takeAll(isAttempt, MAX_BATCH);
      if (taken.length === 0) break;
      void this.#commitBatch(taken);
    }
  };

  #proceed(): void {
    if (this.#lanes.size > 0) this.#schedule();
    else if (!this.#isBusy()) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What arrives during one turn of the event loop goes together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#start);
  }

  async #commitBatch(taken: readonly Taken<Item>[]): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const batch: Batch = { accounts: new Set(taken.map(({ name }) => name)), ended };
    const before = [...this.#batches].filter(({ accounts }) => taken.some(({ name }) => accounts.has(name)));
    this.#batches.add(batch);
    await this.#attempts.commit(taken as readonly TakenAttempts[], async () => {
      await Promise.all(before.map((one) => one.ended));
      return before.length > 0;
    });
    this.#batches.delete(batch);
    resolve();
    this.#proceed();
  }

  /** As far as its rows can be had, its lane shares transactions again afterwards. */
  async #commitAlone(taken: Taken<Item>): Promise<void> {
    const isDone = taken.items.every(isWork)
      ? await this.#commitWorks(taken, true)
      : await this.#attempts.commitAlone(taken as TakenAttempts);
    if (isDone) this.#lanes.letGo(taken.name);
  }

  /** Answers all callers and ends the lane, or sets it aside. False when rows were held until the end. */
  async #commitWorks(taken: Taken<Item>, isAlone: boolean): Promise<boolean> {
    const items = taken.items as readonly WorkItem[];
    const repeatable = items.every((item) => item.repeatable);
    // What must not run twice waits at once for as long as is allowed.
    const mayGoAside = !isAlone && repeatable;
    const { lockTimeoutMs } = this.#limits;
    const limits = {
      ...this.#limits,
      lockTimeoutMs: mayGoAside ? Math.min(lockTimeoutMs, PATIENCE_MS) : lockTimeoutMs,
    };
    const begunAt = performance.now();
    try {
      const outcomes = await transact(this.#connections, this.#limits, repeatable, (session) =>
        runWorks(session, limits, items, mayGoAside),
      );
      noteBatch(this.#figures, items, true, begunAt);
      for (const { item, value, error } of outcomes) {
        if (error === undefined) item.resolve(value);
        else item.reject(error instanceof Fault ? error : storeUnavailable(error));
      }
      taken.done();
      return !outcomes.some(({ error }) => isLockTimeout(error));
    } catch (error) {
      if (mayGoAside && isLockTimeout(error)) {
        taken.setAside();
        return true;
      }
      noteBatch(this.#figures, items, false, begunAt);
      const fault = unavailable(error);
      for (const { reject } of items) reject(fault);
      taken.done();
      return !isLockTimeout(error);
    }
  }
}

/** Work of no account shares a transaction with nothing. */
function mostWorksOf(name: LaneName): number {
  return typeof name === 'number' ? MAX_WORKS : 1;
}

const isWork = (item: Item): boolean => 'work' in item;
const isAttempt = (item: Item): boolean => 'attempt' in item;
