import type { Fault } from '../../domain/errors.ts';

/** What a caller is answered for whom there is no place; `whose` places are meant, and how many there are. */
export type Refusal = (whose: string, most: number) => Fault;

/** A place that is taken, until it is released. */
export interface Place {
  /** Aborted when another caller was given the place. */
  readonly givenUp: AbortSignal;
  release(): void;
}

interface Taken {
  readonly accountId: number;
  readonly givenUp: AbortController;
}

/**
 * Places for long answers, with a limit per account and one for the process. When all are taken, the account
 * with the most gives its oldest one up, as long as it keeps more than the one that comes has: no account keeps others
 * out by being first.
 */
export class AccountPlaces {
  readonly #perAccount: number;
  readonly #atAll: number;
  readonly #refusal: Refusal;
  /** The oldest first. */
  readonly #taken = new Set<Taken>();

  constructor(perAccount: number, atAll: number, refusal: Refusal) {
    this.#perAccount = perAccount;
    this.#atAll = atAll;
    this.#refusal = refusal;
  }

  /** Faults: the refusal, when all places of the account, or of all accounts, are taken. */
  take(accountId: number): Place {
    const counts = this.#counts();
    const own = counts.get(accountId) ?? 0;
    if (own >= this.#perAccount) throw this.#refusal('An account', this.#perAccount);
    if (this.#taken.size >= this.#atAll && !this.#giveUpForOneWith(own, counts))
      throw this.#refusal('All accounts together', this.#atAll);
    const taken = { accountId, givenUp: new AbortController() };
    this.#taken.add(taken);
    return { givenUp: taken.givenUp.signal, release: () => this.#taken.delete(taken) };
  }

  #counts(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { accountId } of this.#taken) counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
    return counts;
  }

  /** Makes room for an account that has `own`; false when no account has two more than that. */
  #giveUpForOneWith(own: number, counts: ReadonlyMap<number, number>): boolean {
    const most = Math.max(...counts.values());
    const oldest = [...this.#taken].find(({ accountId }) => counts.get(accountId) === most);
    if (most <= own + 1 || oldest === undefined) return false;
    this.#taken.delete(oldest);
    oldest.givenUp.abort();
    return true;
  }
}
