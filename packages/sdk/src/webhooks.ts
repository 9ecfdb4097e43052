import { KandaError } from './errors.ts';
import type { LoggedEvent } from './types.ts';

/** A message that Kanda did not send, or not now: answer 400, and do nothing with it. */
export class WebhookInvalid extends KandaError {
  override name = 'WebhookInvalid';
}

/** What a webhook sends. */
export interface WebhookMessage {
  /** What happened, as `client.locked`; `webhook.test` for a test message. */
  readonly type: string;
  /** When, RFC 3339. */
  readonly timestamp: string;
  /** The event as the log has it, and its place there. A test message has only `webhookId`. */
  readonly data: LoggedEvent & { readonly sequence: number };
}

export interface VerifyOptions {
  /** How old a message may be, and how far ahead of your clock; 5 minutes if left out. */
  readonly toleranceSeconds?: number;
  /** Your clock, ms since the epoch. */
  readonly now?: () => number;
}

type Headers = Iterable<readonly [string, string]> | Readonly<Record<string, unknown>>;

const PREFIX = 'whsec_';
const TOLERANCE_SECONDS = 300;

/**
 * The message in a request to your webhook, once it is sure that Kanda sent it: give the body as it came, before
 * anything has parsed it. Throws `WebhookInvalid` otherwise.
 *
 * @param headers of the request: `Headers` of fetch, or `request.headers` of Node
 * @param secret `whsec_…`, as the webhook was made or its secret was turned
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: Headers,
  secret: string,
  { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now }: VerifyOptions = {},
): Promise<WebhookMessage> {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(now() / 1000 - seconds) <= toleranceSeconds)) {
    throw new WebhookInvalid('webhook-timestamp is too old, or ahead of this clock.');
  }
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  const key = await crypto.subtle.importKey(
    'raw',
    bytesOf(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  for (const one of signatures.split(' ')) {
    if (!one.startsWith('v1,')) continue;
    // Compared in constant time.
    if (await crypto.subtle.verify('HMAC', key, bytesOf(one.slice(3)), signed)) {
      return JSON.parse(text) as WebhookMessage;
    }
  }
  throw new WebhookInvalid('No signature of the message is of this secret.');
}

function headerOf(headers: Headers, name: string): string {
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  const value = pairs.find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '') throw new WebhookInvalid(`The header ${name} is missing.`);
  return value;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    throw new WebhookInvalid('The secret or the signature is not base64.');
  }
}
