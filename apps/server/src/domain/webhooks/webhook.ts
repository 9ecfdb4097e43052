import type { EventType } from '../log/events.ts';
import type { Secret } from '../secret.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';

/** How many an account may have, and its test half beside it. */
export const MAX_WEBHOOKS = 10;
/** How long the secret before the present one signs along. */
export const SECRETS_OVERLAP_MS = DAY_MS;
/** How many of the newest attempts are kept for each webhook. */
export const KEPT_DELIVERIES = 200;
export const MAX_URL_LENGTH = 2_048;

const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 4 * HOUR_MS;
/** A webhook that has had no 2xx answer for this long is switched off. */
const GIVE_UP_AFTER_MS = 3 * DAY_MS;
/**
 * A webhook is not switched off before this many attempts; three days have at least 27. A clock that jumps ahead, or a
 * server that was off for a week, must not end a webhook that was tried only twice.
 */
const MIN_ATTEMPTS = 20;

const PREFIX = 'whk_';
export const WEBHOOK_ID_PATTERN = `^${PREFIX}[a-z2-7]{16}$`;

/** A webhook's id as the API and the log have it. */
export function webhookName(id: string): string {
  return PREFIX + id;
}

/** The id in a name of the shape of {@link WEBHOOK_ID_PATTERN}. */
export function webhookIdIn(name: string): string {
  return name.slice(PREFIX.length);
}

/** Why nothing is sent: it was asked for, nothing was taken for three days, or the receiver answered 410. */
export type OffReason = 'asked' | 'failing' | 'gone';

/** What an account says of a webhook. */
export interface WebhookSettings {
  readonly url: string;
  /** Which events are sent; null: all. */
  readonly events: readonly EventType[] | null;
}

/** How far the deliveries are. Times by the server's clock. */
export interface WebhookProgress {
  /** The number of the event up to which all were taken, or are not asked for. */
  readonly deliveredTo: number;
  /** Attempts since the last one that was taken. */
  readonly failures: number;
  /** When the first of these was; null: there is none. */
  readonly failingSince: number | null;
  /** Before this nothing is sent; 0: at once. */
  readonly retryAt: number;
}

export interface Webhook extends WebhookSettings, WebhookProgress {
  /** 16 of base32, drawn at random. */
  readonly id: string;
  readonly createdAt: number;
  /** null: events are sent. */
  readonly off: { readonly at: number; readonly reason: OffReason } | null;
  /** Until when the secret before the present one signs along; null: there is none. */
  readonly previousSecretUntil: number | null;
  /** How many events the log has after `deliveredTo`. */
  readonly behind: number;
}

/** What it takes to send something to a webhook. */
export interface WebhookTarget {
  readonly url: string;
  /** The present one first. */
  readonly secrets: readonly Secret<Uint8Array>[];
}

/**
 * How long to wait (ms) after this many failures in a row: twice as long each time, up to four hours. Of that, a random
 * half: receivers that failed together are not asked together.
 *
 * @param random from 0 to 1
 */
export function retryDelay(failures: number, random: number): number {
  const whole = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 30), MAX_RETRY_MS);
  return Math.round(whole * (0.75 + random / 2));
}

/** Whether it is time to send. One that waits for longer than any delay was written by a clock that was ahead. */
export function isDue({ retryAt }: Pick<WebhookProgress, 'retryAt'>, now: number): boolean {
  return retryAt <= now || retryAt > now + 2 * MAX_RETRY_MS;
}

/** What comes after another failure at `now` (ms); `giveUp`: it has been tried for long enough. */
export function afterFailure(
  { failures, failingSince }: Pick<WebhookProgress, 'failures' | 'failingSince'>,
  now: number,
  random: number,
): Omit<WebhookProgress, 'deliveredTo'> & { readonly giveUp: boolean } {
  const since = Math.min(failingSince ?? now, now);
  const count = failures + 1;
  return {
    failures: count,
    failingSince: since,
    retryAt: now + retryDelay(count, random),
    giveUp: now - since >= GIVE_UP_AFTER_MS && count >= MIN_ATTEMPTS,
  };
}
