import { CLI_ORIGIN, type EventRecord, type Origin } from '../../domain/log/events.ts';
import type { Store } from '../../domain/store.ts';
import type { Clock } from '../../domain/time.ts';
import { eventMessage } from '../../domain/webhooks/message.ts';
import type {
  Attempt,
  Settlement,
  WaitingWebhook,
  WebhookFigures,
  WebhookSender,
  WebhookWork,
} from '../../domain/webhooks/ports.ts';
import { afterFailure, isDue, type OffReason } from '../../domain/webhooks/webhook.ts';
import type { Pace } from './pace.ts';
import { type Sending, Window } from './window.ts';

const MESSAGES_AT_ONCE = 8;
/** Events that are read, sent and settled together. After a kill, at most this many are sent again. */
const EVENTS_AT_ONCE = 100;
const GONE = 410;

const NOT_FAILING = { failures: 0, failingSince: null, retryAt: 0 } as const;

/** What the server does by itself. */
const BY_KANDA: Origin = { ...CLI_ORIGIN, actor: 'kanda' };

type Which = Pick<WaitingWebhook, 'accountId' | 'id'>;

export interface WebhookTurnParts {
  readonly store: Pick<Store, 'webhookWork' | 'settleWebhook' | 'switchOffWebhook'>;
  readonly sender: WebhookSender;
  /** SHA-256 as text. */
  readonly digest: (text: string) => string;
  readonly clock: Clock;
  readonly figures: WebhookFigures;
  readonly random: () => number;
  readonly pace: Pace;
  /** Whether this process may begin to send another message. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Aborted when messages under way are to be cut off. */
  readonly ending: AbortSignal;
}

/** What is remembered of a webhook between two windows. Forgotten, it costs repeated messages and no event. */
export interface TurnMemory {
  /** What was taken ahead of one that failed, by the webhook of this version: another URL has had nothing of it. */
  taken: ReadonlySet<string>;
  version: number;
  /** ms by the server's clock: when the oldest event that waits was written; null: not known. */
  waitingSince: number | null;
}

/** What came of sending a window. */
interface Sent {
  readonly attempts: readonly Attempt[];
  readonly failed: boolean;
  readonly gone: boolean;
  /** Whether the first one, which was tried alone as the last attempt had failed, was taken. */
  readonly recovered: boolean;
  /** What ended the sending before its end: thrown when what was taken is kept. */
  readonly broken: readonly unknown[];
}

/**
 * Sends one window of events and keeps what came of it; true when there is more to send. What was sent and not kept is
 * sent again.
 *
 * @param isOver whether nothing more is to be begun
 */
export async function sendWindow(
  parts: WebhookTurnParts,
  { accountId, id }: Which,
  known: TurnMemory,
  isOver: () => boolean,
): Promise<boolean> {
  const { store, clock, digest } = parts;
  if (!(await parts.mayGoOn())) return false;
  const work = await store.webhookWork(accountId, id, EVENTS_AT_ONCE, clock());
  if (work === null || !isDue(work, clock())) return false;
  const messageOf = (event: EventRecord) => eventMessage(work.accountPublicId, event, work.isTest, digest);
  const taken = known.version === work.version ? known.taken : new Set<string>();
  const window = new Window(work, messageOf, taken);
  known.waitingSince = window.first === null ? null : window.first.event.at - work.offsetMs;
  const sent = await send(parts, window, work, isOver);
  const kept = await settle(parts, { accountId, id }, work, window, sent);
  known.taken = kept ? window.ahead() : new Set();
  known.version = work.version;
  for (const cause of sent.broken) throw cause;
  if (kept && window.first === null && !work.more) known.waitingSince = null;
  const moved = window.progress().deliveredTo > work.deliveredTo;
  return kept && moved && work.more && !sent.failed;
}

async function send(
  parts: WebhookTurnParts,
  window: Window,
  work: WebhookWork,
  isOver: () => boolean,
): Promise<Sent> {
  const attempts: Attempt[] = [];
  let failed = false;
  let recovered = false;
  const broken: unknown[] = [];
  // Where no one can say whether this node still has the work, it has not: what was taken until now is kept.
  const mayGoOn = () => parts.mayGoOn().catch(() => false);
  const sendOne = async (sending: Sending): Promise<boolean> => {
    await parts.pace.turn();
    if (failed || isOver() || !(await mayGoOn())) return false;
    const attempt = await post(parts, work, sending);
    // Nothing is known of one that was cut off by the stop.
    if (parts.ending.aborted && attempt.error !== null) return false;
    attempts.push(attempt);
    if (attempt.error === null) window.take(sending);
    else failed = true;
    return attempt.error === null;
  };
  const { first } = window;
  // One that failed last time is asked with one message, whether it takes messages again.
  if (work.failures > 0 && first !== null) recovered = await sendOne(first);
  if (work.failures === 0 || recovered) {
    const chains = window.chains();
    const sendChains = async () => {
      for (let chain = chains.shift(); chain !== undefined; chain = chains.shift()) {
        for (const sending of chain) if (!(await sendOne(sending))) break;
      }
    };
    // All of them, whatever ends one: nothing is sent behind a turn that has ended.
    const ends = await Promise.allSettled(Array.from({ length: MESSAGES_AT_ONCE }, sendChains));
    broken.push(...ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : [])));
  }
  const gone = attempts.some(({ status }) => status === GONE);
  return { attempts, failed, gone, recovered, broken };
}

async function post(
  { sender, clock, figures, ending }: WebhookTurnParts,
  work: WebhookWork,
  { event, message }: Sending,
): Promise<Attempt> {
  const at = clock();
  const outcome = await sender.post(work.target, message, at, ending);
  if (outcome.error === null) figures.delivered++;
  else figures.failed++;
  return { kind: 'event', sequence: event.id, type: event.event, at, ...outcome };
}

async function settle(
  { store, clock, figures, random }: WebhookTurnParts,
  { accountId, id }: Which,
  work: WebhookWork,
  window: Window,
  { attempts, failed, gone, recovered }: Sent,
): Promise<boolean> {
  const now = clock();
  const progress = window.progress();
  const lost = lostOf(work, now);
  if (attempts.length === 0 && progress.deliveredTo === work.deliveredTo) return true;
  const tried = attempts.length > 0;
  const before = recovered ? { failures: 0, failingSince: null } : work;
  const failure = failed ? afterFailure(before, now, random()) : null;
  const standing = failure ?? (tried ? NOT_FAILING : work);
  const settlement: Settlement = {
    version: work.version,
    from: work.deliveredTo,
    ...progress,
    failures: standing.failures,
    failingSince: standing.failingSince,
    retryAt: standing.retryAt,
    attempts: [...lost, ...attempts],
  };
  const off: OffReason | null = gone ? 'gone' : failure?.giveUp === true ? 'failing' : null;
  const made = {
    at: now + work.offsetMs,
    origin: BY_KANDA,
    ...(work.isTest ? { offsetMs: work.offsetMs } : {}),
  };
  const kept =
    off === null
      ? await store.settleWebhook(accountId, id, settlement)
      : await store.switchOffWebhook(accountId, id, off, settlement, made);
  if (kept) {
    figures.lost += work.pruned;
    if (off !== null) figures.switchedOff++;
  }
  return kept;
}

/** What the list of deliveries says of events that the retention has deleted before they were sent. */
function lostOf({ pruned, deliveredTo }: WebhookWork, at: number): Attempt[] {
  if (pruned === 0) return [];
  const error = `${pruned} events of the log up to this one, of any kind, were deleted by KANDA_LOG_RETENTION before they were sent`;
  const what = { kind: 'event', sequence: deliveredTo + pruned, type: 'unknown' } as const;
  return [{ ...what, at, durationMs: 0, status: null, error }];
}
