import type { Change } from '../change.ts';
import type { EventRecord } from '../log/events.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Secret } from '../secret.ts';
import type { OffReason, Webhook, WebhookProgress, WebhookSettings, WebhookTarget } from './webhook.ts';

export type DeliveryKind = 'event' | 'resend' | 'test';

/** One attempt to send something. */
export interface Attempt {
  readonly kind: DeliveryKind;
  /** The number of the event; null: a test has none. */
  readonly sequence: number | null;
  /** The event's name, or `webhook.test`. */
  readonly type: string;
  /** ms, by the server's clock. */
  readonly at: number;
  readonly durationMs: number;
  /** The status of the answer; null: there was none. */
  readonly status: number | null;
  /** Why it counts as failed; null: it was taken. */
  readonly error: string | null;
}

/** An attempt as it is kept; `number` counts within the webhook. */
export interface Delivery extends Attempt {
  readonly number: number;
}

/** A webhook that has events to send, or whose time to try again will come. */
export interface WaitingWebhook extends WebhookProgress {
  readonly accountId: number;
  /** The live account, of a test half, too. */
  readonly ownerId: number;
  readonly id: string;
  readonly behind: number;
}

/**
 * An event by which a store recognises that its log still is the one that was read: after a failover that lost commits,
 * numbers are given again.
 */
export interface LogMark {
  readonly id: number;
  readonly at: number;
  readonly requestId: string | null;
}

/** What is to be sent next to one webhook. */
export interface WebhookWork extends WebhookProgress {
  /** Another one after each change of the webhook. */
  readonly version: number;
  readonly accountPublicId: string;
  readonly target: WebhookTarget;
  /** Whether it belongs to a test half. */
  readonly isTest: boolean;
  /** By how many ms the clock of that half is ahead; 0 for live accounts. */
  readonly offsetMs: number;
  readonly events: readonly EventRecord[];
  /** The last event that was looked at, passing the filter or not; null: there is none after `deliveredTo`. */
  readonly reached: LogMark | null;
  /** Whether there are events beyond it. */
  readonly more: boolean;
  /** How many events after `deliveredTo` the retention has deleted. */
  readonly pruned: number;
}

/** What came of a round of sending. */
export interface Settlement extends WebhookProgress {
  readonly version: number;
  /** From which `deliveredTo` it went on. */
  readonly from: number;
  /** The event at `deliveredTo`; null: nothing was taken. */
  readonly mark: LogMark | null;
  readonly attempts: readonly Attempt[];
}

export interface NewWebhook extends WebhookSettings {
  readonly accountId: number;
  readonly id: string;
  readonly secret: Secret<Uint8Array>;
}

export interface WebhookChange extends Partial<WebhookSettings> {
  readonly enabled?: boolean;
}

/** The webhooks of accounts. Changes are recorded in the log. */
export interface WebhookStore {
  /** Begins at the end of the log. Faults: webhook_quota_exceeded. */
  createWebhook(webhook: NewWebhook, made: Change): Promise<Webhook>;
  /** All of them, oldest first. */
  listWebhooks(accountId: number): Promise<readonly Webhook[]>;
  /** Faults: webhook_not_found. */
  changeWebhook(accountId: number, id: string, changed: WebhookChange, made: Change): Promise<Webhook>;
  /** The present secret signs along for a day. Faults: webhook_not_found. */
  rotateWebhookSecret(
    accountId: number,
    id: string,
    secret: Secret<Uint8Array>,
    made: Change,
  ): Promise<Webhook>;
  /** Faults: webhook_not_found. */
  deleteWebhook(accountId: number, id: string, made: Change): Promise<void>;
  /** Newest first. Faults: webhook_not_found, cursor_invalid. */
  listDeliveries(accountId: number, id: string, page: PageRequest): Promise<Page<Delivery>>;
  /** Where to send something outside of the order. Faults: webhook_not_found. */
  webhookTarget(accountId: number, id: string, now: number): Promise<WebhookTarget>;
  /** Keeps an attempt that was made outside of the order. Faults: webhook_not_found. */
  keepDelivery(accountId: number, id: string, attempt: Attempt, made: Change): Promise<Delivery>;

  /**
   * Those with events that are not delivered, of the accounts numbered above `after`, at most `span` numbers on.
   * `highest`: the largest number of an account that has a webhook.
   */
  waitingWebhooks(
    after: number,
    span: number,
  ): Promise<{ readonly waiting: readonly WaitingWebhook[]; readonly highest: number }>;
  /** null: it was deleted or switched off, or its account was disabled. `now` (ms) by the server's clock. */
  webhookWork(accountId: number, id: string, limit: number, now: number): Promise<WebhookWork | null>;
  /** Keeps what came of a round, unless the webhook or its log is not as it was read any more: then false. */
  settleWebhook(accountId: number, id: string, settlement: Settlement): Promise<boolean>;
  /** As `settleWebhook`, and nothing more is sent. Writes an event. */
  switchOffWebhook(
    accountId: number,
    id: string,
    reason: OffReason,
    settlement: Settlement,
    made: Change,
  ): Promise<boolean>;
}

/** What is sent, and how it went. */
export interface Outcome {
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

/** A message as Standard Webhooks has it. */
export interface Message {
  /** The same for the same event, however often it is sent. */
  readonly id: string;
  readonly body: string;
  readonly isTest: boolean;
}

/** Sends messages, and decides where to. */
export interface WebhookSender {
  /** Throws the fault webhook_url_refused for a URL that would never be sent to. Gives it as it will be used. */
  accept(url: string): string;
  /** Never rejects. */
  post(target: WebhookTarget, message: Message, now: number, signal: AbortSignal): Promise<Outcome>;
}

/** Counted since the start, for the metrics. */
export interface WebhookFigures {
  delivered: number;
  failed: number;
  switchedOff: number;
  /** Events that retention deleted before they were delivered. */
  lost: number;
  /** Webhooks that wait for their next attempt. */
  failing: number;
  /** Events that are not delivered yet, of all webhooks. */
  behind: number;
  /** Seconds: the age of the oldest of these, as far as it was read. */
  lagSeconds: number;
}
