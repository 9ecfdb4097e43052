import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_PAUSE_MS } from '../../domain/log/ports.ts';
import type { Store } from '../../domain/store.ts';
import type { Clock } from '../../domain/time.ts';
import type { WaitingWebhook, WebhookFigures, WebhookSender } from '../../domain/webhooks/ports.ts';
import { isDue, retryDelay, webhookName } from '../../domain/webhooks/webhook.ts';
import { endsWithin } from '../ends-within.ts';
import type { KeeperLeadership, KeeperLog } from '../log-keeper-parts.ts';
import { Pace } from './pace.ts';
import { nextToServe } from './places.ts';
import { sendWindow, type TurnMemory, type WebhookTurnParts } from './webhook-turn.ts';

const LOOK_EVERY_MS = 1_000;
/** Of the main thread's time, this part at most goes into looking who waits. */
const SHARE = 0.05;
const ACCOUNTS_AT_ONCE = 1_000;
/** After so long a webhook lets others have their turn; the shorter one holds while any waits for a place. */
const TURN_MS = 15_000;
const CROWDED_TURN_MS = 3_000;
const STOP_WITHIN_MS = 3_000;

export interface WebhookRunnerParts {
  readonly store: Pick<Store, 'waitingWebhooks' | 'webhookWork' | 'settleWebhook' | 'switchOffWebhook'>;
  readonly sender: WebhookSender;
  /** SHA-256 as text. */
  readonly digest: (text: string) => string;
  readonly clock: Clock;
  readonly log: KeeperLog;
  readonly figures: WebhookFigures;
  /** Where several nodes share a store, one of them sends. */
  readonly leadership?: KeeperLeadership | undefined;
  readonly random?: () => number;
  /** How long a stop waits for messages under way, and then for what came of them; without it 3 s. */
  readonly finishWithinMs?: number;
}

/** What is remembered of a webhook between two turns. */
interface Remembered extends TurnMemory {
  servedAt: number;
  /** Times in a row that the store failed, and until when (ms of uptime) it is left alone. */
  storeFailures: number;
  restsUntil: number;
}

/**
 * Sends the log to webhooks, behind the calls: the store is asked what each has not had yet, so nothing has to be done
 * where events are written. How far each is moves on only over what was answered with 2xx; a process that is killed, or
 * loses the work to another node, has some of it sent again.
 */
export class WebhookRunner {
  readonly #parts: WebhookRunnerParts;
  readonly #pace = new Pace();
  readonly #stopping = new AbortController();
  /** Ends what is under way. */
  readonly #ending = new AbortController();
  readonly #remembered = new Map<string, Remembered>();
  readonly #serving = new Map<string, { readonly ownerId: number; readonly served: Promise<void> }>();
  /** When (ms of uptime) the last turn of an account began. */
  readonly #turns = new Map<number, number>();
  /** Whether a webhook waits for a place. */
  #isCrowded = false;
  readonly #turn: WebhookTurnParts;
  #loop: Promise<void> = Promise.resolve();
  #asking: Promise<boolean> | null = null;

  constructor(parts: WebhookRunnerParts) {
    this.#parts = parts;
    this.#turn = {
      ...parts,
      random: () => this.#random(),
      pace: this.#pace,
      mayGoOn: async () => !this.#stopping.signal.aborted && (await this.#isLeader()),
      ending: this.#ending.signal,
    };
  }

  start(): void {
    this.#pace.start();
    this.#loop = this.#run();
  }

  /**
   * Lets messages under way be answered, for 3 s at most, and what came of them be kept, for as long again: a stop that
   * waits for ever is ended with SIGKILL. The store can be closed afterwards.
   */
  async stop(): Promise<void> {
    const { finishWithinMs = STOP_WITHIN_MS } = this.#parts;
    this.#stopping.abort();
    this.#pace.stop();
    const all = this.#loop.then(() => Promise.all([...this.#serving.values()].map(({ served }) => served)));
    if (await endsWithin(all, finishWithinMs)) return;
    this.#ending.abort();
    if (await endsWithin(all, finishWithinMs)) return;
    this.#parts.log.error(
      { webhooks: this.#serving.size },
      'The work for webhooks did not end; what was sent last may be sent again',
    );
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const begun = performance.now();
      // The store is away: the next round finds the same work.
      await this.#look().catch(() => {});
      const pause = Math.min((performance.now() - begun) / SHARE, MAX_PAUSE_MS);
      await this.#rest(Math.max(LOOK_EVERY_MS, pause));
    }
  }

  /** One round: starts to serve those that wait, as far as there are places. */
  async #look(): Promise<void> {
    const { clock, figures } = this.#parts;
    if (!(await this.#isLeader())) {
      this.#remembered.clear();
      Object.assign(figures, { failing: 0, behind: 0, lagSeconds: 0 });
      return;
    }
    const waiting = await this.#waiting();
    const now = clock();
    this.#note(waiting, now);
    const due = waiting
      .filter((one) => isDue(one, now) && !this.#serving.has(keyOf(one)))
      .map((one) => ({ one, ownerId: one.ownerId, ...this.#of(keyOf(one)) }))
      .filter(({ restsUntil }) => restsUntil <= performance.now());
    const owners = [...this.#serving.values()].map(({ ownerId }) => ownerId);
    const next = nextToServe(due, owners, this.#turns);
    this.#isCrowded = next.length < due.length;
    for (const { one, ownerId } of next) {
      const key = keyOf(one);
      this.#turns.set(ownerId, performance.now());
      const served = this.#serve(one).finally(() => this.#serving.delete(key));
      this.#serving.set(key, { ownerId, served });
    }
  }

  async #waiting(): Promise<readonly WaitingWebhook[]> {
    const all: WaitingWebhook[] = [];
    for (let after = 0; ; after += ACCOUNTS_AT_ONCE) {
      const { waiting, highest } = await this.#parts.store.waitingWebhooks(after, ACCOUNTS_AT_ONCE);
      all.push(...waiting);
      if (after + ACCOUNTS_AT_ONCE >= highest) return all;
    }
  }

  #note(waiting: readonly WaitingWebhook[], now: number): void {
    const { figures } = this.#parts;
    const keys = new Set(waiting.map(keyOf));
    for (const key of this.#remembered.keys()) {
      if (!keys.has(key) && !this.#serving.has(key)) this.#remembered.delete(key);
    }
    const owners = new Set(waiting.map(({ ownerId }) => ownerId));
    for (const owner of this.#turns.keys()) if (!owners.has(owner)) this.#turns.delete(owner);
    const since = waiting.map(
      (one) => this.#remembered.get(keyOf(one))?.waitingSince ?? one.failingSince ?? now,
    );
    figures.failing = waiting.filter(({ failures }) => failures > 0).length;
    figures.behind = waiting.reduce((sum, { behind }) => sum + behind, 0);
    figures.lagSeconds = Math.max(0, now - Math.min(now, ...since)) / 1000;
  }

  #of(key: string): Remembered {
    let known = this.#remembered.get(key);
    if (known === undefined) {
      known = {
        servedAt: 0,
        taken: new Set(),
        version: 0,
        waitingSince: null,
        storeFailures: 0,
        restsUntil: 0,
      };
      this.#remembered.set(key, known);
    }
    return known;
  }

  async #serve(one: WaitingWebhook): Promise<void> {
    const known = this.#of(keyOf(one));
    const begun = performance.now();
    const isOver = () => performance.now() - begun >= (this.#isCrowded ? CROWDED_TURN_MS : TURN_MS);
    try {
      while (!isOver() && (await sendWindow(this.#turn, one, known, isOver)));
      known.storeFailures = 0;
    } catch (cause) {
      // What was sent could not be kept: it is sent again, but not at once and for ever.
      known.storeFailures++;
      known.restsUntil = performance.now() + retryDelay(known.storeFailures, this.#random());
      if (!this.#stopping.signal.aborted)
        this.#parts.log.error(
          { webhook: webhookName(one.id), cause },
          'A webhook could not be served; it is tried again later',
        );
    }
    known.servedAt = performance.now();
  }

  /** Asked before each message: those that ask at once ask once. */
  async #isLeader(): Promise<boolean> {
    const { leadership } = this.#parts;
    if (leadership === undefined) return true;
    this.#asking ??= leadership.hold().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  #random(): number {
    return (this.#parts.random ?? Math.random)();
  }

  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => {
      // Woken by the stop.
    });
  }
}

function keyOf({ accountId, id }: Pick<WaitingWebhook, 'accountId' | 'id'>): string {
  return `${accountId}/${id}`;
}

export function noWebhookFigures(): WebhookFigures {
  return { delivered: 0, failed: 0, switchedOff: 0, lost: 0, failing: 0, behind: 0, lagSeconds: 0 };
}
