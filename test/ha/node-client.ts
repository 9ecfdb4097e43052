/** How an application speaks to one Kanda node: kept-alive connections, and a bound on how long it waits. */
import { Agent, request } from 'node:http';

/** Longer than Kanda itself lets a call wait: anyone who gives up earlier sees outages that are its own. */
const ANSWER_WITHIN_MS = 30_000;

export interface NodeAnswer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

export class NodeClient {
  readonly #url: string;
  readonly #bearer: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512 });

  constructor(url: string, bearer: string) {
    this.#url = url;
    this.#bearer = bearer;
  }

  /** Resolves with the whole answer, or with null when the connection ended before it. */
  post(path: string, body: unknown, userAgent: string): Promise<NodeAnswer | null> {
    return this.#call('POST', path, JSON.stringify(body), userAgent);
  }

  /** As {@link post}. */
  get(path: string, userAgent: string): Promise<NodeAnswer | null> {
    return this.#call('GET', path, '', userAgent);
  }

  #call(method: string, path: string, payload: string, userAgent: string): Promise<NodeAnswer | null> {
    return new Promise((resolve) => {
      const outgoing = request(new URL(path, this.#url), {
        method,
        agent: this.#agent,
        timeout: ANSWER_WITHIN_MS,
        headers: {
          authorization: `Bearer ${this.#bearer}`,
          'user-agent': userAgent,
          ...(payload === ''
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        },
      });
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.on('error', () => resolve(null));
      outgoing.on('response', (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('error', () => resolve(null));
        incoming.on('close', () => {
          if (!incoming.complete) return resolve(null);
          resolve({
            status: incoming.statusCode ?? 0,
            json: objectOf(Buffer.concat(parts).toString('utf8')),
          });
        });
      });
      outgoing.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
