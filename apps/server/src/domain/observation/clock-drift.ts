/** A refused code that would have been right a few steps away. */
export interface NearCode {
  /** Whose it was: told apart, and not shown. */
  readonly client: string;
  readonly account: number;
  /** By how many seconds the authenticator's clock is ahead of this server's; below 0 it is behind. */
  readonly seconds: number;
}

/** What the codes of many users say of this server's clock. */
export interface ClockDrift {
  /** By how many seconds this server's clock is ahead of theirs; below 0 it is behind. */
  readonly aheadSeconds: number;
  /** How many users' codes say so. */
  readonly clients: number;
}

/** Older codes say nothing of the clock now. */
const WITHIN_MS = 15 * 60_000;
/** Fewer are the users' own clocks. */
const MIN_CLIENTS = 5;
/** Of those whose codes were near or accepted, as many have to be near; so, too, without the account that has most of them. */
const MIN_SHARE = 0.2;
/** As many of them have to be off in one direction: phones' clocks go wrong in both. */
const MIN_AGREEMENT = 0.8;
/** More than these are not remembered: what they say would be the same. */
const MAX_CLIENTS = 1_000;
/** Accepted codes of accounts beyond these are counted together. */
const MAX_ACCOUNTS = 1_000;
const FURTHER_ACCOUNTS = -1;

/**
 * Tells a wrong clock of the server from wrong clocks of phones: if the codes of several users are refused and would have
 * been right some steps away, all in the same direction, it is the server that is off. One account can send such codes on
 * purpose, so where others are heard of, theirs have to say the same without it. The only account, or several that agree,
 * can look like that: nothing is refused for it.
 */
export class CodesAgainstClock {
  /** Refused codes that would have been right a few steps away, by which clock is behind. */
  serverBehind = 0;
  serverAhead = 0;
  readonly #uptime: () => number;
  /** In the order in which they were last seen. */
  readonly #near = new Map<string, NearCode & { readonly at: number }>();
  /** Accepted codes by account, in this span of time and the one before. */
  #accepted = { now: new Map<number, number>(), before: new Map<number, number>(), since: 0 };

  /** @param uptime ms that go by whatever the clock is set to */
  constructor(uptime: () => number = () => performance.now()) {
    this.#uptime = uptime;
    this.#accepted.since = uptime();
  }

  /** What one batch has come to. */
  note(accepted: ReadonlyMap<number, number>, near: readonly NearCode[]): void {
    const { now } = this.#accepted;
    for (const [account, codes] of accepted) {
      const place = now.has(account) || now.size < MAX_ACCOUNTS ? account : FURTHER_ACCOUNTS;
      now.set(place, (now.get(place) ?? 0) + codes);
    }
    for (const code of near) {
      const { client, seconds } = code;
      if (seconds > 0) this.serverBehind++;
      else this.serverAhead++;
      this.#near.delete(client);
      this.#near.set(client, { ...code, at: this.#uptime() });
      if (this.#near.size > MAX_CLIENTS) this.#near.delete(this.#near.keys().next().value as string);
    }
  }

  /** What the last quarter of an hour says of the clock; null: nothing is wrong, or too few users say so. */
  look(): ClockDrift | null {
    const now = this.#uptime();
    this.#turn(now);
    for (const [client, { at }] of this.#near) {
      if (now - at <= WITHIN_MS) break;
      this.#near.delete(client);
    }
    const near = [...this.#near.values()];
    const seconds = near.map((one) => one.seconds).sort((one, other) => one - other);
    const ahead = seconds.filter((one) => one > 0).length;
    const agreeing = Math.max(ahead, seconds.length - ahead);
    if (seconds.length < MIN_CLIENTS || agreeing < MIN_AGREEMENT * seconds.length) return null;
    const direction = ahead === agreeing ? 1 : -1;
    if (!this.#isManyOf(near, null) || !this.#isManyOf(near, loudest(near), direction)) return null;
    const median = seconds[Math.floor(seconds.length / 2)] as number;
    return { aheadSeconds: -median, clients: agreeing };
  }

  /**
   * Whether enough of all codes heard of are near. Of those without one account, which may be none, only codes that are off in
   * this direction say so.
   */
  #isManyOf(near: readonly NearCode[], without: number | null, direction?: 1 | -1): boolean {
    const heard = near.filter(({ account }) => account !== without);
    const saying = heard.filter(({ seconds }) => direction === undefined || seconds * direction > 0).length;
    let all = heard.length;
    for (const span of [this.#accepted.now, this.#accepted.before])
      for (const [account, codes] of span) if (account !== without) all += codes;
    return saying >= MIN_SHARE * all;
  }

  /** Begins a new span of time for the accepted codes once the last one is over. */
  #turn(now: number): void {
    const spans = Math.floor((now - this.#accepted.since) / WITHIN_MS);
    if (spans === 0) return;
    const { now: latest, since } = this.#accepted;
    this.#accepted = {
      now: new Map(),
      before: spans === 1 ? latest : new Map(),
      since: since + spans * WITHIN_MS,
    };
  }
}

/** The account with most of these codes. */
function loudest(near: readonly NearCode[]): number | null {
  const voices = new Map<number, number>();
  for (const { account } of near) voices.set(account, (voices.get(account) ?? 0) + 1);
  return [...voices].sort(([, one], [, other]) => other - one)[0]?.[0] ?? null;
}

/** What to say of it to the operator. */
export function driftInWords({ aheadSeconds, clients }: ClockDrift): string {
  const direction = aheadSeconds > 0 ? 'ahead' : 'behind';
  return `This server's clock looks about ${Math.abs(aheadSeconds)} s ${direction}: the codes of ${clients} users were refused in the last 15 minutes and would have been right then. Compare it with a clock that you trust, and keep it in step by NTP.`;
}
