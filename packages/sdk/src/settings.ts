import { InvalidArgument } from './errors.ts';
import { Secret } from './secret.ts';

/** As the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface KandaOptions {
  /** Where Kanda is, such as `https://kanda.example.com`; a path is kept. */
  readonly url: string;
  /** An API key (`kan_…`). It belongs on a server, never into a page or an app. */
  readonly apiKey: string;
  /** How long one try may take until the whole answer is there, milliseconds; 10,000 unless set. */
  readonly timeoutMs?: number;
  /** How many more times a call is sent when no answer came or Kanda asks for patience; 3 unless set. */
  readonly retries?: number;
  /** A `Retry-After` of more than this is not waited for, milliseconds; 10,000 unless set. */
  readonly maxRetryAfterMs?: number;
  /** What sends requests in place of the global `fetch`. */
  readonly fetch?: Fetch;
}

export interface CallOptions {
  /**
   * The same for all tries of one intent, 1 to 255 printable ASCII characters; a random one unless set. Make one for
   * each form that you show and send it back with the form: then a second click gets the first one's answer.
   */
  readonly idempotencyKey?: string;
  /** Ends the call, whatever it is waiting for. */
  readonly signal?: AbortSignal;
  /** As in `KandaOptions`, for this call. */
  readonly timeoutMs?: number;
}

export interface Settings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: Secret;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly maxRetryAfterMs: number;
  readonly fetch: Fetch;
}

/** The options with their defaults. Throws InvalidArgument for one that cannot be meant. */
export function readOptions(options: KandaOptions): Settings {
  const { url, apiKey, timeoutMs = 10_000, retries = 3, maxRetryAfterMs = 10_000 } = options;
  if (typeof apiKey !== 'string' || !/^kan_[\x21-\x7e]+$/.test(apiKey)) {
    throw new InvalidArgument('apiKey must be an API key of Kanda: text that begins with "kan_".');
  }
  if (!Number.isSafeInteger(retries) || retries < 0 || retries > 20) {
    throw new InvalidArgument('retries must be a whole number from 0 to 20.');
  }
  return {
    baseUrl: baseUrlOf(url),
    apiKey: new Secret(apiKey),
    timeoutMs: milliseconds('timeoutMs', timeoutMs),
    retries,
    maxRetryAfterMs: milliseconds('maxRetryAfterMs', maxRetryAfterMs),
    // Bound anew for each call, so that a test may replace the global one; some run-times want no other `this`.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
}

/** The longest that a timer of JavaScript can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function milliseconds(name: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS) return value;
  throw new InvalidArgument(`${name} must be a number of milliseconds from 1 to ${MAX_TIMER_MS}.`);
}

/** Throws InvalidArgument for text that no header can carry. */
export function checkIdempotencyKey(key: string): string {
  if (typeof key === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) return key;
  throw new InvalidArgument(
    'idempotencyKey must be 1 to 255 printable ASCII characters, with no space at an end.',
  );
}

function baseUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgument('url must be where Kanda is, such as "https://kanda.example.com".');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new InvalidArgument('url must have neither credentials nor a query nor a fragment.');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
