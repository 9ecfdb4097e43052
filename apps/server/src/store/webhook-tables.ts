/** The tables of webhooks; see schema.ts. */

export interface WebhookTable {
  account_id: number;
  /** Without its prefix. */
  id: string;
  /** Its place in the account's list. */
  number: number;
  url: string;
  /** The names of the events that are sent, space-separated; null: all. */
  events: string | null;
  /** Sealed under the account's data key. */
  secret: Uint8Array;
  previous_secret: Uint8Array | null;
  /** Until when the previous secret signs along, by the clock of the account. */
  previous_until: number | null;
  created_at: number;
  /** Since when nothing is sent; null: events are sent. */
  off_at: number | null;
  /** `asked`, `failing` or `gone`. */
  off_reason: string | null;
}

/**
 * How far the deliveries of a webhook are: a row of its own, which the sending node writes without locking the account.
 * Times by the server's clock.
 */
export interface WebhookProgressTable {
  account_id: number;
  webhook: string;
  /** Goes up with each change of the webhook: what was sent before it is not counted after it. */
  version: number;
  /** The number of the event up to which all were taken, or are not asked for. */
  delivered_to: number;
  /** Attempts since the last one that was taken. */
  failures: number;
  failing_since: number | null;
  /** Before this nothing is sent. */
  retry_at: number;
  /** The number of the newest row in `webhook_delivery`. */
  last_delivery: number;
}

/** The newest attempts to send something. */
export interface WebhookDeliveryTable {
  account_id: number;
  webhook: string;
  number: number;
  /** `event`, `resend` or `test`. */
  kind: string;
  /** The number of the event; null: a test. */
  sequence: number | null;
  type: string;
  at: number;
  duration_ms: number;
  /** The status of the answer; null: there was none. */
  status: number | null;
  /** null: it was taken. */
  error: string | null;
}
