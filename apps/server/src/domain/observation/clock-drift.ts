/** A refused code that would have been right a few steps away. */
export interface NearCode {
  /** Whose it was: told apart, and not shown. */
  readonly client: string;
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
/** Of those whose codes were near or accepted, as many have to be near. */
const MIN_SHARE = 0.2;
/** As many of them have to be off in one direction: phones' clocks go wrong in both. */
const MIN_AGREEMENT = 0.8;
/** More than these are not remembered: what they say would be the same. */
const MAX_CLIENTS = 1_000;

/**
 * Tells a wrong clock of the server from wrong clocks of phones: if the codes of several users are refused and would have
 * been right some steps away, all in the same direction, it is the server that is off. The users of one account that
 * sends such codes on purpose can look like that, so nothing is refused for it.
 */
export class CodesAgainstClock {
  /** Refused codes that would have been right a few steps away, by which clock is behind. */
  serverBehind = 0;
  serverAhead = 0;
  readonly #uptime: () => number;
  /** In the order in which they were last seen. */
  readonly #near = new Map<string, { readonly seconds: number; readonly at: number }>();
  /** Accepted codes in this span of time and the one before. */
  #accepted = { now: 0, before: 0, since: 0 };

  /** @param uptime ms that go by whatever the clock is set to */
  constructor(uptime: () => number = () => performance.now()) {
    this.#uptime = uptime;
    this.#accepted.since = uptime();
  }

  /** What one batch has come to. */
  note(accepted: number, near: readonly NearCode[]): void {
    this.#accepted.now += accepted;
    for (const { client, seconds } of near) {
      if (seconds > 0) this.serverBehind++;
      else this.serverAhead++;
      this.#near.delete(client);
      this.#near.set(client, { seconds, at: this.#uptime() });
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
    const seconds = [...this.#near.values()].map((one) => one.seconds).sort((one, other) => one - other);
    const ahead = seconds.filter((one) => one > 0).length;
    const agreeing = Math.max(ahead, seconds.length - ahead);
    const { now: latest, before } = this.#accepted;
    if (seconds.length < MIN_CLIENTS || agreeing < MIN_AGREEMENT * seconds.length) return null;
    if (seconds.length < MIN_SHARE * (seconds.length + latest + before)) return null;
    const median = seconds[Math.floor(seconds.length / 2)] as number;
    return { aheadSeconds: -median, clients: agreeing };
  }

  /** Begins a new span of time for the accepted codes once the last one is over. */
  #turn(now: number): void {
    const spans = Math.floor((now - this.#accepted.since) / WITHIN_MS);
    if (spans === 0) return;
    const { now: latest, since } = this.#accepted;
    this.#accepted = { now: 0, before: spans === 1 ? latest : 0, since: since + spans * WITHIN_MS };
  }
}

/** What to say of it to the operator. */
export function driftInWords({ aheadSeconds, clients }: ClockDrift): string {
  const direction = aheadSeconds > 0 ? 'ahead' : 'behind';
  return `This server's clock looks about ${Math.abs(aheadSeconds)} s ${direction}: the codes of ${clients} users were refused in the last 15 minutes and would have been right then. Compare it with a clock that you trust, and keep it in step by NTP.`;
}
