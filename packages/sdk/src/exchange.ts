/** One try of one request: what came back, or which error says that nothing of Kanda's did. */
import {
  ConnectionFailed,
  type KandaError,
  type ProblemDocument,
  TimedOut,
  UnexpectedAnswer,
} from './errors.ts';
import { problemOf } from './problem-of.ts';
import type { Fetch } from './settings.ts';

export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends a request once and reads the whole answer.
 * @returns the answer's JSON; null for 204
 * @throws Problem, UnexpectedAnswer, ConnectionFailed, TimedOut; or the reason of the caller's signal
 */
export async function exchange(send: Fetch, outgoing: Outgoing, limits: Limits): Promise<unknown> {
  const { response, text } = await within(limits, async (signal) => {
    const response = await open(send, outgoing, signal);
    return { response, text: await response.text() };
  });
  return readAnswer(response, text);
}

/**
 * Sends a request and gives the answer once its head is there, with its body unread: for streams.
 * @throws as `exchange`
 */
export async function openStream(send: Fetch, outgoing: Outgoing, limits: Limits): Promise<Response> {
  // The signal of the caller ends the body, too, so it is passed on; the time-out is for the head alone.
  const ending = new AbortController();
  const end = () => ending.abort(limits.signal?.reason);
  limits.signal?.addEventListener('abort', end, { once: true });
  const response = await within(limits, (signal) => {
    signal.addEventListener('abort', () => ending.abort(signal.reason), { once: true });
    return open(send, outgoing, ending.signal);
  });
  if (response.ok) return response;
  const text = await within(limits, () => response.text());
  readAnswer(response, text);
  throw unexpected(response);
}

function open(send: Fetch, { url, method, headers, body }: Outgoing, signal: AbortSignal): Promise<Response> {
  // A redirect followed would carry the bearer to wherever it leads.
  return send(url, { method, headers, signal, redirect: 'manual', ...(body === undefined ? {} : { body }) });
}

/** Runs `work` with a signal that ends it at the time-out or with the caller's own. */
async function within<T>(
  { timeoutMs, signal }: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    ending.abort();
  }, timeoutMs);
  const onAbort = () => ending.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(ending.signal);
  } catch (error) {
    if (late) throw new TimedOut(`There was no whole answer within ${timeoutMs} ms.`, { cause: error });
    signal?.throwIfAborted();
    throw connectionFailed(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** What run-times call a connection that was never made, so that nothing was sent. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
  'DNSException',
]);

function connectionFailed(error: unknown): KandaError {
  const causes = [error, (error as { cause?: unknown } | null)?.cause];
  const codes = causes.map((cause) => (cause as { code?: unknown } | null | undefined)?.code);
  const sent = !codes.some((code) => typeof code === 'string' && NEVER_CONNECTED.has(code));
  const message = sent
    ? 'The connection to Kanda broke before the whole answer was there.'
    : 'Kanda was not reached.';
  return new ConnectionFailed(message, { sent, cause: error });
}

function readAnswer(response: Response, text: string): unknown {
  if (response.status === 204) return null;
  const type = response.headers.get('content-type') ?? '';
  const json = /^application\/(?:problem\+)?json\b/i.test(type) ? parse(text) : undefined;
  if (response.ok && json !== undefined) return json;
  if (isProblem(json) && json.status === response.status) throw problemOf(json, retryAfterOf(response));
  throw unexpected(response);
}

/** An error of something that is not Kanda, and must not pass as a verdict. */
function unexpected(response: Pick<Response, 'status' | 'headers'>): UnexpectedAnswer {
  const { status } = response;
  const isRedirect = status === 0 || (status >= 300 && status < 400);
  const advice = isRedirect
    ? 'it redirects; set `url` to the address that Kanda itself answers at'
    : 'it is from something between here and Kanda, or something else is at this address';
  return new UnexpectedAnswer(
    `The answer with status ${status} is not Kanda's: ${advice}.`,
    status,
    retryAfterOf(response),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isProblem(json: unknown): json is ProblemDocument {
  if (typeof json !== 'object' || json === null) return false;
  const { code, detail, requestId, status, title, type } = json as Partial<Record<string, unknown>>;
  return (
    typeof status === 'number' &&
    [code, detail, requestId, title, type].every((field) => typeof field === 'string' && field !== '')
  );
}

/** Whole seconds of `Retry-After`, which may also be a date (RFC 9110 §10.2.3); null: none, or not to be read. */
function retryAfterOf({ headers }: Pick<Response, 'headers'>): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}
