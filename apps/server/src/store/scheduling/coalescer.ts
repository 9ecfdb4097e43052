import { type Fault, storeUnavailable } from '../../domain/errors.ts';
import { isRequestFault } from '../postgres/sql-states.ts';
import { FairQueue } from './fair-queue.ts';

interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers questions, one answer for each. It calls `take` when it is its turn, and no sooner: until then more come in. */
export type Answer<Q, A> = (take: () => readonly Q[]) => Promise<readonly A[]>;

export interface LaneBound {
  /** More than this in one lane cannot be answered in time: its further callers are refused at once. */
  readonly perLane: number;
  /** The fault that they get. */
  readonly refusal: () => Fault;
}

const LANE_BOUND: LaneBound = {
  perLane: 4_096,
  refusal: () => storeUnavailable(new Error('too many calls are waiting')),
};

/**
 * Questions that come while earlier ones are being answered, gathered: however many there are, together they cost
 * what a few cost. Lanes take turns when more wait than are answered at once.
 */
export class Coalescer<Q, A> {
  readonly #queue: FairQueue<Waiting<Q, A>>;
  readonly #refusal: () => Fault;
  readonly #atOnce: number;
  readonly #answer: Answer<Q, A>;
  /** Answers that were asked for and have not taken their questions yet. */
  #planned = 0;

  constructor(atOnce: number, answer: Answer<Q, A>, { perLane, refusal }: LaneBound = LANE_BOUND) {
    this.#queue = new FairQueue(perLane);
    this.#refusal = refusal;
    this.#atOnce = atOnce;
    this.#answer = answer;
  }

  /** How many have not begun to be answered. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Rejects with the bound's refusal when too many wait in this lane, and with what kept the answer from being given. */
  ask(lane: number | string, question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      if (!this.#queue.push(lane, { question, resolve, reject })) {
        reject(this.#refusal());
      } else if (this.#planned * this.#atOnce < this.#queue.length) {
        this.#planned++;
        let waiting: readonly Waiting<Q, A>[] | undefined;
        void this.#settle(() => {
          if (waiting === undefined) {
            this.#planned--;
            waiting = this.#queue.take(this.#atOnce);
          }
          return waiting;
        });
      }
    });
  }

  /** Never rejects: each caller gets its own outcome. */
  async #settle(take: () => readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#answer(() => take().map(({ question }) => question));
      for (const [index, { resolve }] of take().entries()) resolve(answers[index] as A);
    } catch (error) {
      const waiting = take();
      if (waiting.length > 1 && isRequestFault((error as Error).cause ?? error)) {
        // One of them holds what the database does not take: the others must not suffer for it.
        const middle = waiting.length >> 1;
        await this.#settle(() => waiting.slice(0, middle));
        await this.#settle(() => waiting.slice(middle));
        return;
      }
      for (const { reject } of waiting) reject(error);
    }
  }
}
