import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedFigures, FeedStore, WaitingLog } from '../../domain/feeds/ports.ts';
import { MAX_PAUSE_MS } from '../../domain/log/ports.ts';
import { endsWithin } from '../ends-within.ts';
import type { KeeperLeadership, KeeperLog } from '../log-keeper-parts.ts';
import type { EventSink } from './event-sink.ts';
import { KnownEvents } from './known-events.ts';
import { type Sent, SentEvents } from './sent-events.ts';

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

/**
 * Sends the events of all logs to a receiver of the operator's, oldest first within each log. Nothing is done where events
 * are written: the store is asked which logs the receiver has not had all of. How far it is moves on only over what the
 * sink has confirmed, so a process that is killed, or loses the work to another node, has some of it sent again.
 */
export class EventFeed {
  readonly #parts: EventFeedParts;
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();
  readonly #sent = new SentEvents();
  /** How far logs were settled since the list that is gone through was read; null: that was refused. */
  readonly #settled = new Map<number, number | null>();
  readonly #known: KnownEvents;
  /** Events that have not arrived, of the logs that this round has seen. */
  #behind = 0;
  #retryMs = FIRST_RETRY_MS;
  /** Whether this node had the work when the last round began. */
  #hasWork = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: EventFeedParts) {
    this.#parts = parts;
    this.#known = new KnownEvents(parts.log, parts.figures, parts.digest);
  }

  start(): void {
    const { log, sink } = this.#parts;
    log.info({ receiver: sink.name }, 'The events of all logs are sent to this receiver');
    this.#loop = this.#run();
  }

  /**
   * Has what was sent confirmed, for 3 s at most, and as long again until a send under way has ended: a file on a disk
   * that does not answer would keep the server from stopping. The store can be closed afterwards.
   */
  async stop(): Promise<void> {
    const { finishWithinMs = STOP_WITHIN_MS, sink, log } = this.#parts;
    this.#stopping.abort();
    if (await endsWithin(this.#loop, finishWithinMs)) return;
    this.#ending.abort();
    if (await endsWithin(this.#loop, finishWithinMs)) return;
    log.error(
      { receiver: sink.name },
      'Sending events did not end within the time for a stop. What was sent last is sent again after the next start',
    );
  }

  async #run(): Promise<void> {
    const { sink, figures, log } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      const begun = performance.now();
      try {
        const more = await this.#round();
        const pause = Math.min((performance.now() - begun) / SHARE, MAX_PAUSE_MS);
        if (!more) await this.#pause(Math.max(LOOK_EVERY_MS, pause));
      } catch (cause) {
        await this.#forget();
        if (this.#stopping.signal.aborted) return;
        figures.failures++;
        log.error(
          { receiver: sink.name, cause, retryInMs: this.#retryMs },
          'Events could not be sent, or it is not known whether they arrived. They are sent again from the last that did',
        );
        await this.#pause(this.#retryMs);
        this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
      }
    }
    await this.#confirm().catch(() => {
      // They are sent again after the next start.
    });
    await sink.drop();
  }

  /** One round over all logs; true: there is more to send. */
  async #round(): Promise<boolean> {
    const { figures } = this.#parts;
    if (!(await this.#begins())) {
      await this.#forget();
      figures.behind = 0;
      return false;
    }
    this.#behind = 0;
    let more = false;
    for await (const waiting of this.#waiting()) {
      if (this.#stopping.signal.aborted) return false;
      const left = await this.#sendSome(waiting);
      more ||= left > 0;
      if (this.#isConfirmationDue()) await this.#confirm();
    }
    figures.behind = this.#behind;
    if (this.#behind === 0) this.#recovered();
    if (this.#isConfirmationDue()) await this.#confirm();
    return more;
  }

  /** A node that does not have the work, and cannot ask whether it has it now, has not failed to send anything. */
  async #begins(): Promise<boolean> {
    const hadWork = this.#hasWork;
    this.#hasWork = false;
    try {
      this.#hasWork = await this.#isLeader();
    } catch (error) {
      if (hadWork) throw error;
    }
    return this.#hasWork;
  }

  async *#waiting(): AsyncGenerator<WaitingLog> {
    const { store, sink, figures } = this.#parts;
    for (let after = -1; ; after += ACCOUNTS_AT_ONCE) {
      const begun = performance.now();
      const { waiting, highest } = await store.waitingLogs(sink.feed, after, ACCOUNTS_AT_ONCE);
      const worked = performance.now() - begun;
      this.#settled.clear();
      for (const { fedTo, lastEvent } of waiting) this.#behind += lastEvent - Math.min(fedTo, lastEvent);
      // Before anything is sent: a round that fails must not leave it at what it was before.
      figures.behind = Math.max(figures.behind, this.#behind);
      yield* waiting;
      if (after + ACCOUNTS_AT_ONCE >= highest) return;
      await this.#rest(worked);
    }
  }

  /** Sends what one read has of a log; how many events are left after it. */
  async #sendSome(waiting: WaitingLog): Promise<number> {
    const { store, sink } = this.#parts;
    const { accountId, lastEvent } = waiting;
    const before = this.#sent.of(accountId) ?? this.#startOf(waiting);
    if (before === null) return 0;
    if (before.to >= lastEvent) {
      // Nothing is left of a log that is new to this feed: that is kept, too.
      if (before.to > before.from) this.#sent.note(before, 0);
      return 0;
    }
    const begun = performance.now();
    const read = await store.eventsToFeed(accountId, before.to, EVENTS_AT_ONCE);
    const events = this.#known.of(waiting, read);
    const newest = events.at(-1)?.event;
    if (newest === undefined) return this.#skipPruned(waiting, before, read.length > 0);
    const messages = events.map(({ message }) => message);
    const worked = performance.now() - begun;
    // Another node may have taken over while this one rested; the next round finds that.
    if (!(await this.#isLeader())) return 0;
    await sink.send(messages, this.#ending.signal);
    const { id: to, at, origin } = newest;
    const lost = to - before.to - events.length;
    const sent = {
      accountId,
      from: before.from,
      to,
      mark: { id: to, at, requestId: origin.requestId },
      events: before.events + events.length,
      lost: before.lost + lost,
    };
    this.#sent.note(sent, events.length);
    await this.#rest(worked);
    return read.length > events.length ? 0 : lastEvent - to;
  }

  /** Where to go on with a log; null: nowhere until it is looked at again, as what was sent of it could not be kept. */
  #startOf({ accountId, fedTo, prunedTo, lastEvent }: WaitingLog): Sent | null {
    const settled = this.#settled.get(accountId);
    if (settled === null) return null;
    const from = settled ?? fedTo;
    const start = { accountId, from, to: from, mark: null, events: 0, lost: 0 };
    // What was deleted before the feed came to this log was never to be sent.
    if (from === 0) return { ...start, to: Math.min(prunedTo, lastEvent) };
    if (from <= lastEvent) return start;
    // Only an altered store is further with a log than the log is.
    this.#parts.log.error(
      { receiver: this.#parts.sink.name, sentTo: from, lastEvent },
      'The store says that more events of a log were sent than it has: it was altered. All of that log is sent again',
    );
    return { ...start, to: 0 };
  }

  #skipPruned({ prunedTo, lastEvent }: WaitingLog, before: Sent, isUnknown: boolean): number {
    const to = Math.min(prunedTo, lastEvent);
    if (isUnknown || to <= before.to) return 0;
    this.#sent.note({ ...before, to, mark: null, lost: before.lost + to - before.to }, 0);
    return lastEvent - to;
  }

  #isConfirmationDue(): boolean {
    return this.#sent.isConfirmationDue(this.#parts.sink.confirmEveryMs);
  }

  async #confirm(): Promise<void> {
    const { sink } = this.#parts;
    const all = this.#sent.all();
    if (all.length === 0) return;
    if (!(await this.#isLeader())) return this.#forget();
    const hasSent = this.#sent.events > 0;
    if (hasSent) await sink.confirm(this.#ending.signal);
    for (let at = 0; at < all.length; at += SETTLED_AT_ONCE) {
      const begun = performance.now();
      await this.#settle(all.slice(at, at + SETTLED_AT_ONCE));
      if (at + SETTLED_AT_ONCE < all.length) await this.#rest(performance.now() - begun);
    }
    this.#sent.clear();
    if (hasSent) this.#recovered();
  }

  async #settle(some: readonly Sent[]): Promise<void> {
    const { store, sink, figures, log } = this.#parts;
    const refused = new Set(await store.settleFeed(sink.feed, some));
    for (const { accountId, to, events, lost } of some) {
      this.#settled.set(accountId, refused.has(accountId) ? null : to);
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

  /** Only what has arrived shows it: a receiver may take everything, and never confirm. */
  #recovered(): void {
    if (this.#retryMs > FIRST_RETRY_MS)
      this.#parts.log.info({ receiver: this.#parts.sink.name }, 'Events are sent again');
    this.#retryMs = FIRST_RETRY_MS;
  }

  async #forget(): Promise<void> {
    this.#sent.clear();
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
