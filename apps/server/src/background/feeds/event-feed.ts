import { setTimeout as sleep } from 'node:timers/promises';
import { fedEvent } from '../../domain/feeds/fed-event.ts';
import type { FeedFigures, FeedProgress, FeedStore, WaitingLog } from '../../domain/feeds/ports.ts';
import { type EventRecord, UNKNOWN_EVENT } from '../../domain/log/events.ts';
import { MAX_PAUSE_MS } from '../../domain/log/ports.ts';
import type { KeeperLeadership, KeeperLog } from '../log-keeper-parts.ts';
import type { EventSink } from './event-sink.ts';

const LOOK_EVERY_MS = 1_000;
const ACCOUNTS_AT_ONCE = 1_000;
/** Of one log in one read: some 300 kB at most, as they are sent. */
const EVENTS_AT_ONCE = 250;
/** Of the main thread's time, this part at most: calls come first. */
const SHARE = 0.05;
const MAX_REST_MS = 100;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 5 * 60 * 1000;
const STOP_WITHIN_MS = 3_000;
/** Of how many logs, and of how many events, it is remembered that they were sent and not confirmed. */
const MAX_UNCONFIRMED_LOGS = 5_000;
const MAX_UNCONFIRMED_EVENTS = 50_000;
/** Settled in one transaction: validations wait for it. */
const SETTLED_AT_ONCE = 50;

export interface EventFeedParts {
  readonly store: FeedStore;
  readonly sink: EventSink;
  /** SHA-256 as text. */
  readonly digest: (text: string) => string;
  readonly log: KeeperLog;
  readonly figures: FeedFigures;
  /** Where several nodes share a store, one of them sends. */
  readonly leadership?: KeeperLeadership | undefined;
  /** How long a stop waits for what was sent to be confirmed; without it 3 s. */
  readonly finishWithinMs?: number;
}

/** What was sent of a log since the last confirmation. */
interface Sent extends FeedProgress {
  readonly events: number;
  readonly lost: number;
}

/**
 * Sends the events of all logs to a receiver of the operator's, oldest first within each log. Nothing is done where events
 * are written: the store is asked which logs the receiver has not had all of. How far it is moves on only over what the
 * sink has confirmed, so a process that is killed, or loses the work to another node, has some of it sent again.
 */
export class EventFeed {
  readonly #parts: EventFeedParts;
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();
  readonly #sent = new Map<number, Sent>();
  /** Logs with an event that this version does not know, as far as that was said. */
  readonly #told = new Set<number>();
  #unconfirmed = 0;
  #unconfirmedSince: number | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: EventFeedParts) {
    this.#parts = parts;
  }

  start(): void {
    const { log, sink } = this.#parts;
    log.info({ receiver: sink.name }, 'The events of all logs are sent to this receiver');
    this.#loop = this.#run();
  }

  /** Has what was sent confirmed, for 3 s at most. The store can be closed afterwards. */
  async stop(): Promise<void> {
    const { finishWithinMs = STOP_WITHIN_MS } = this.#parts;
    this.#stopping.abort();
    const timer = setTimeout(() => this.#ending.abort(), finishWithinMs);
    await this.#loop;
    clearTimeout(timer);
    await this.#parts.sink.drop();
  }

  async #run(): Promise<void> {
    const { sink, figures, log } = this.#parts;
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopping.signal.aborted) {
      const begun = performance.now();
      try {
        const more = await this.#round();
        if (retryMs > FIRST_RETRY_MS) log.info({ receiver: sink.name }, 'Events are sent again');
        retryMs = FIRST_RETRY_MS;
        const pause = Math.min((performance.now() - begun) / SHARE, MAX_PAUSE_MS);
        if (!more) await this.#pause(Math.max(LOOK_EVERY_MS, pause));
      } catch (cause) {
        await this.#forget();
        if (this.#stopping.signal.aborted) return;
        figures.failures++;
        log.error(
          { receiver: sink.name, cause, retryInMs: retryMs },
          'Events could not be sent, or it is not known whether they arrived. They are sent again from the last that did',
        );
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
    await this.#confirm().catch(() => this.#forget());
  }

  /** One round over all logs; true: there is more to send. */
  async #round(): Promise<boolean> {
    if (!(await this.#isLeader())) {
      await this.#forget();
      this.#parts.figures.behind = 0;
      return false;
    }
    let behind = 0;
    let more = false;
    for await (const waiting of this.#waiting()) {
      if (this.#stopping.signal.aborted) return false;
      const left = await this.#sendSome(waiting);
      more ||= left > 0;
      behind += waiting.lastEvent - Math.min(waiting.fedTo, waiting.lastEvent);
      if (this.#isConfirmationDue()) await this.#confirm();
    }
    this.#parts.figures.behind = behind;
    if (this.#isConfirmationDue()) await this.#confirm();
    return more;
  }

  async *#waiting(): AsyncGenerator<WaitingLog> {
    const { store, sink } = this.#parts;
    for (let after = -1; ; after += ACCOUNTS_AT_ONCE) {
      const begun = performance.now();
      const { waiting, highest } = await store.waitingLogs(sink.feed, after, ACCOUNTS_AT_ONCE);
      const worked = performance.now() - begun;
      yield* waiting;
      if (after + ACCOUNTS_AT_ONCE >= highest) return;
      await this.#rest(worked);
    }
  }

  /** Sends what one read has of a log; how many events are left after it. */
  async #sendSome(waiting: WaitingLog): Promise<number> {
    const { store, sink, digest } = this.#parts;
    const { accountId, lastEvent } = waiting;
    const before = this.#sent.get(accountId) ?? this.#startOf(waiting);
    if (before.to >= lastEvent) return 0;
    const begun = performance.now();
    const read = await store.eventsToFeed(accountId, before.to, EVENTS_AT_ONCE);
    const events = this.#known(waiting, read);
    const newest = events.at(-1);
    if (newest === undefined) return this.#skipPruned(waiting, before, read.length > 0);
    const messages = events.map((event) => fedEvent(waiting, event, digest));
    const worked = performance.now() - begun;
    // Another node may have taken over while this one rested; the next round finds that.
    if (!(await this.#isLeader())) return 0;
    await sink.send(messages, this.#ending.signal);
    const { id: to, at, origin } = newest;
    const lost = to - before.to - events.length;
    this.#note({
      accountId,
      from: before.from,
      to,
      mark: { id: to, at, requestId: origin.requestId },
      events: before.events + events.length,
      lost: before.lost + lost,
    });
    this.#unconfirmed += events.length;
    await this.#rest(worked);
    return read.length > events.length ? 0 : lastEvent - to;
  }

  /** Only an altered store is further with a log than the log is: all of it is sent again. */
  #startOf({ accountId, fedTo, lastEvent }: WaitingLog): Sent {
    const start = { accountId, from: fedTo, to: fedTo, mark: null, events: 0, lost: 0 };
    if (fedTo <= lastEvent) return start;
    this.#parts.log.error(
      { receiver: this.#parts.sink.name, sentTo: fedTo, lastEvent },
      'The store says that more events of a log were sent than it has: it was altered. All of that log is sent again',
    );
    return { ...start, to: 0 };
  }

  /** Those before the first that only a newer version can name, as a rolling upgrade has them for a while. */
  #known({ accountId, accountPublicId }: WaitingLog, read: readonly EventRecord[]): readonly EventRecord[] {
    const unknown = read.findIndex(({ event }) => event === UNKNOWN_EVENT);
    if (unknown < 0) {
      this.#told.delete(accountId);
      return read;
    }
    if (!this.#told.has(accountId)) {
      this.#told.add(accountId);
      this.#parts.log.error(
        { account: accountPublicId, event: read[unknown]?.id },
        'An event was written by a newer version of Kanda, or altered. The log is sent up to it until a server of that version has the work',
      );
    }
    return read.slice(0, unknown);
  }

  #skipPruned({ prunedTo, lastEvent }: WaitingLog, before: Sent, isUnknown: boolean): number {
    const to = Math.min(prunedTo, lastEvent);
    if (isUnknown || to <= before.to) return 0;
    this.#note({ ...before, to, mark: null, lost: before.lost + to - before.to });
    return lastEvent - to;
  }

  #note(sent: Sent): void {
    this.#sent.set(sent.accountId, sent);
    this.#unconfirmedSince ??= performance.now();
  }

  #isConfirmationDue(): boolean {
    if (this.#unconfirmedSince === null) return false;
    return (
      performance.now() - this.#unconfirmedSince >= this.#parts.sink.confirmEveryMs ||
      this.#sent.size >= MAX_UNCONFIRMED_LOGS ||
      this.#unconfirmed >= MAX_UNCONFIRMED_EVENTS
    );
  }

  async #confirm(): Promise<void> {
    const { store, sink, figures, log } = this.#parts;
    if (this.#sent.size === 0) return;
    if (!(await this.#isLeader())) return this.#forget();
    await sink.confirm(this.#ending.signal);
    const all = [...this.#sent.values()];
    for (let at = 0; at < all.length; at += SETTLED_AT_ONCE) {
      const some = all.slice(at, at + SETTLED_AT_ONCE);
      const refused = new Set(await store.settleFeed(sink.feed, some));
      for (const { accountId, events, lost } of some) {
        this.#sent.delete(accountId);
        if (refused.has(accountId)) continue;
        figures.sent += events;
        figures.lost += lost;
        if (lost > 0)
          log.error(
            { receiver: sink.name, events: lost },
            'Events were gone from a log before they were sent: KANDA_LOG_RETENTION deleted them',
          );
      }
    }
    this.#unconfirmed = 0;
    this.#unconfirmedSince = null;
  }

  async #forget(): Promise<void> {
    this.#sent.clear();
    this.#unconfirmed = 0;
    this.#unconfirmedSince = null;
    await this.#parts.sink.drop();
  }

  async #isLeader(): Promise<boolean> {
    return this.#parts.leadership === undefined || this.#parts.leadership.hold();
  }

  async #rest(workedMs: number): Promise<void> {
    await this.#pause(Math.min(workedMs / SHARE - workedMs, MAX_REST_MS));
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => {
      // Woken by the stop.
    });
  }
}
