import type { FeedProgress } from '../../domain/feeds/ports.ts';

/** Of how many logs, and of how many events, it is remembered that they were sent and not confirmed. */
const MAX_UNCONFIRMED_LOGS = 5_000;
const MAX_UNCONFIRMED_EVENTS = 50_000;

/** What was sent of a log since the last confirmation. */
export interface Sent extends FeedProgress {
  readonly events: number;
  readonly lost: number;
}

/** What was sent of all logs and is not confirmed yet. */
export class SentEvents {
  readonly #logs = new Map<number, Sent>();
  #events = 0;
  #since: number | null = null;

  /** How many events; 0 although there are logs: of those, only what was pruned was passed over. */
  get events(): number {
    return this.#events;
  }

  of(accountId: number): Sent | undefined {
    return this.#logs.get(accountId);
  }

  all(): readonly Sent[] {
    return [...this.#logs.values()];
  }

  /** @param events how many of them were not noted before */
  note(sent: Sent, events: number): void {
    this.#logs.set(sent.accountId, sent);
    this.#events += events;
    this.#since ??= performance.now();
  }

  isConfirmationDue(everyMs: number): boolean {
    if (this.#since === null) return false;
    return (
      performance.now() - this.#since >= everyMs ||
      this.#logs.size >= MAX_UNCONFIRMED_LOGS ||
      this.#events >= MAX_UNCONFIRMED_EVENTS
    );
  }

  clear(): void {
    this.#logs.clear();
    this.#events = 0;
    this.#since = null;
  }
}
