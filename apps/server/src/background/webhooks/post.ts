import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { Message, Outcome, WebhookSender } from '../../domain/webhooks/ports.ts';
import type { WebhookTarget } from '../../domain/webhooks/webhook.ts';
import { hostOf, type WebhookAddresses } from './addresses.ts';
import { AddressRefused, dnsResolve, guardedLookup, type Resolve } from './resolve.ts';

/** Until the status of the answer is there. */
const ANSWER_WITHIN_MS = 10_000;
/** The status is all that counts. A short body is read to its end so that the connection can be used again. */
const MAX_BODY_BYTES = 4 * 1024;
const BODY_WITHIN_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
const KEEP_ALIVE_MS = 10_000;
const MAX_SOCKETS = 256;
const NO_CONNECTION = 'no connection: no such name, no public address, or nothing answers there';
const USER_AGENT = 'Kanda-Webhooks/1';

export interface PostParts {
  readonly addresses: WebhookAddresses;
  /** Another than the name servers only in tests. */
  readonly resolve?: Resolve;
  readonly answerWithinMs?: number;
}

interface Progress {
  /** Whether there was a connection, with TLS where that is asked for. */
  connected: boolean;
}

/** The URL itself has an address to which nothing may be sent. */
class LiteralRefused extends AddressRefused {}

/** The headers of Standard Webhooks: one signature for each secret, of which a receiver has one. */
export function signedHeaders(
  { secrets }: Pick<WebhookTarget, 'secrets'>,
  { id, body }: Message,
  now: number,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', secret.reveal()).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** Sends messages, to addresses that are judged when they are connected to. Redirects are not followed. */
export class WebhookPost implements WebhookSender {
  readonly #parts: PostParts;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(parts: PostParts) {
    this.#parts = parts;
    const { addresses, resolve = dnsResolve() } = parts;
    const options = { keepAlive: true, timeout: KEEP_ALIVE_MS, maxSockets: MAX_SOCKETS, maxFreeSockets: 32 };
    this.#http = new HttpAgent({ ...options, lookup: guardedLookup(addresses, resolve, false) });
    this.#https = new HttpsAgent({ ...options, lookup: guardedLookup(addresses, resolve, true) });
  }

  accept(url: string): string {
    return this.#parts.addresses.accept(url);
  }

  async post(target: WebhookTarget, message: Message, now: number, signal: AbortSignal): Promise<Outcome> {
    const begun = performance.now();
    const outcome = (status: number | null, error: string | null): Outcome => ({
      status,
      error,
      durationMs: Math.round(performance.now() - begun),
    });
    const { answerWithinMs = ANSWER_WITHIN_MS } = this.#parts;
    // A timer of its own: a request that Node has given up tells no one, and listens to no signal.
    const within = new AbortController();
    const end = () => within.abort();
    const late = setTimeout(end, answerWithinMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    const progress: Progress = { connected: false };
    try {
      const asked = this.#statusOf(target, message, now, within.signal, progress);
      const status = await Promise.race([asked, aborted(within.signal)]);
      if (status >= 200 && status < 300) return outcome(status, null);
      if (status >= 300 && status < 400) return outcome(status, 'redirects are not followed');
      return outcome(status, `answered ${status}`);
    } catch (error) {
      return outcome(null, whyOf(error, progress.connected));
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', end);
    }
  }

  /** Lets the connections go. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #statusOf(
    target: WebhookTarget,
    message: Message,
    now: number,
    signal: AbortSignal,
    progress: Progress,
  ): Promise<number> {
    const url = new URL(target.url);
    const encrypted = url.protocol === 'https:';
    const host = hostOf(url);
    // A socket looks no address up.
    if (isIP(host) !== 0 && !this.#parts.addresses.allows(host, encrypted)) {
      return Promise.reject(new LiteralRefused(`${host} is not allowed`));
    }
    const send = encrypted ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method: 'POST',
        agent: encrypted ? this.#https : this.#http,
        maxHeaderSize: MAX_HEADER_BYTES,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(message.body),
          'user-agent': USER_AGENT,
          ...(message.isTest ? { 'kanda-mode': 'test' } : {}),
          ...signedHeaders(target, message, now),
        },
      });
      request.once('socket', (socket) => {
        progress.connected = request.reusedSocket;
        // One that is used again would keep a listener of each message.
        if (request.reusedSocket) return;
        socket.once(encrypted ? 'secureConnect' : 'connect', () => {
          progress.connected = true;
        });
      });
      request.once('response', (answer) => {
        resolve(answer.statusCode ?? 0);
        discard(answer);
      });
      // Also after the answer: an error without a listener would end the process.
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The receiver had closed a connection that was kept: the message goes out on another one.
        if (request.reusedSocket && error.code === 'ECONNRESET')
          resolve(this.#statusOf(target, message, now, signal, progress));
        else reject(error);
      });
      // Not what was asked for, so Node gives the socket away and forgets the request.
      request.once('upgrade', (answer, socket) => {
        socket.destroy();
        resolve(answer.statusCode ?? 0);
      });
      // The last that is heard of a request, whatever became of it; what was settled before is not changed by it.
      request.once('close', () => reject(new Error('closed without an answer')));
      request.end(message.body);
    });
  }
}

/** Rejects when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** Reads what is short, and cuts off what is not. */
function discard(answer: IncomingMessage): void {
  let bytes = 0;
  const late = setTimeout(() => answer.destroy(), BODY_WITHIN_MS);
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) answer.destroy();
  });
  answer.on('error', () => {});
  answer.once('close', () => clearTimeout(late));
}

/**
 * What the owner of the webhook is shown: a word or two, and nothing of what an answer said. Until there is a connection
 * one word for all: which names this server's name servers know, and which ports are open, is not for tenants to ask. A
 * certificate is shown by receivers on the internet, and by those that the operator allowed.
 */
function whyOf(error: unknown, connected: boolean): string {
  if (error instanceof LiteralRefused) return 'the address is not allowed';
  const { name, code } = error as NodeJS.ErrnoException;
  if (!connected) {
    const isAboutCertificate = /^(?:ERR_TLS_CERT|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/.test(code ?? '');
    return isAboutCertificate ? `TLS failed: ${code}` : NO_CONNECTION;
  }
  if (name === 'AbortError') return 'no answer in time';
  return code ?? 'closed without an answer';
}
