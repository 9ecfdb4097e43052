import type { NearCode } from './clock-drift.ts';

/** What of a judged attempt is counted. */
export interface Tallied {
  /** Which authenticator accepted it; null: none. */
  readonly accepted: number | null;
  readonly lockedNow: boolean;
  readonly delayedNow: boolean;
  /** null: no code was refused. */
  readonly nearSeconds: (() => number) | null;
}

/**
 * Of how many codes of a batch it is asked what they say of the clock. Each look at a refused code computes eighteen others,
 * 20 µs. Batches are small unless the server is busy, and then a part of its users says as much as all of them.
 */
const MOST_LOOKED_AT = 8;

const NONE: readonly NearCode[] = [];
const NONE_ACCEPTED: ReadonlyMap<number, number> = new Map();

/** Whose code it was. */
export interface Whose {
  readonly accountId: number;
  readonly clientId: string;
}

/** What the attempts of one batch have come to. It counts once the batch is durable. */
export class BatchTally {
  /** Of the codes that were looked at, by account. */
  #accepted: Map<number, number> | null = null;
  /** Clients that were locked until they are unlocked. */
  lockouts = 0;
  /** Clients that have to wait from now on between wrong codes. */
  delays = 0;
  #near: NearCode[] | null = null;
  #lookedAt = 0;

  /**
   * @param byServerClock whether it was judged by the time of this server's clock, and says something of it
   */
  add(judged: Tallied | null, whose: Whose, byServerClock: boolean): void {
    if (judged === null) return;
    if (judged.lockedNow) this.lockouts++;
    if (judged.delayedNow) this.delays++;
    const saysSomething = judged.accepted !== null || judged.nearSeconds !== null;
    if (saysSomething && byServerClock && this.#lookedAt < MOST_LOOKED_AT) this.#look(judged, whose);
  }

  #look({ accepted, nearSeconds }: Tallied, whose: Whose): void {
    const { accountId: account, clientId } = whose;
    this.#lookedAt++;
    if (accepted !== null) {
      this.#accepted ??= new Map();
      this.#accepted.set(account, (this.#accepted.get(account) ?? 0) + 1);
    }
    const seconds = nearSeconds?.() ?? 0;
    if (seconds === 0) return;
    this.#near ??= [];
    this.#near.push({ client: `${account} ${clientId}`, account, seconds });
  }

  get accepted(): ReadonlyMap<number, number> {
    return this.#accepted ?? NONE_ACCEPTED;
  }

  get near(): readonly NearCode[] {
    return this.#near ?? NONE;
  }
}
