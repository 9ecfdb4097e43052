import type { NearCode } from './clock-drift.ts';

/** What of a judged attempt is counted. */
export interface Tallied {
  /** Which authenticator accepted it; null: none. */
  readonly accepted: number | null;
  readonly lockedNow: boolean;
  readonly delayedNow: boolean;
  readonly nearSeconds: number;
}

const NONE: readonly NearCode[] = [];

/** What the attempts of one batch have come to. It counts once the batch is durable. */
export class BatchTally {
  accepted = 0;
  /** Clients that were locked until they are unlocked. */
  lockouts = 0;
  /** Clients that have to wait from now on between wrong codes. */
  delays = 0;
  #near: NearCode[] | null = null;

  /**
   * @param whose tells the client apart from all others; asked only where that matters
   * @param byServerClock whether it was judged by the time of this server's clock, and says something of it
   */
  add(judged: Tallied | null, whose: () => string, byServerClock: boolean): void {
    if (judged === null) return;
    if (judged.accepted !== null) this.accepted++;
    else {
      if (judged.lockedNow) this.lockouts++;
      if (judged.delayedNow) this.delays++;
      if (judged.nearSeconds !== 0 && byServerClock) {
        this.#near ??= [];
        this.#near.push({ client: whose(), seconds: judged.nearSeconds });
      }
    }
  }

  get near(): readonly NearCode[] {
    return this.#near ?? NONE;
  }
}
