/** A receiver of webhooks, which verifies each message with the package of Standard Webhooks. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly type: string;
  readonly timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at the data field by field.
  readonly data: any;
}

/** What a message is answered with: a status, or whatever this does with the answer itself. */
export type Answering = (
  message: Received,
  response: ServerResponse,
) => number | undefined | Promise<number | undefined>;

export class WebhookReceiver {
  /** Those that were verified and answered with 2xx, in the order in which they came. */
  readonly taken: Received[] = [];
  /** How many came, taken or not. */
  asked = 0;
  /** The messages that no secret fits. */
  readonly forged: string[] = [];
  /** Any of these fits. */
  secrets: string[] = [];
  answering: Answering = () => 204;
  /** By how many ms the clock of the receiver is ahead, as that of the server under test may be. */
  aheadMs = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param port 0: any */
  static async start(port = 0): Promise<WebhookReceiver> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => void receiver.#receive(request.headers, Buffer.concat(parts), response));
    });
    const receiver = new WebhookReceiver(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** The numbers of the events that were taken, each once, in the order in which they first came. */
  get sequences(): number[] {
    return [...new Set(this.taken.map(({ data }) => data.sequence as number))];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): Promise<void> {
    this.asked++;
    const text = body.toString('utf8');
    if (!this.secrets.some((secret) => verifies(secret, text, headers, this.aheadMs))) {
      this.forged.push(text);
      response.writeHead(401).end();
      return;
    }
    const message = { headers, text, ...JSON.parse(text) } as Received;
    const status = await this.answering(message, response);
    if (status === undefined) return;
    if (status >= 200 && status < 300) this.taken.push(message);
    response.writeHead(status).end();
  }
}

function verifies(secret: string, text: string, headers: IncomingHttpHeaders, aheadMs: number): boolean {
  const { now } = Date;
  Date.now = () => now() + aheadMs;
  try {
    new Webhook(secret).verify(text, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  } finally {
    Date.now = now;
  }
}

/** What is out of order: for each client, events that came after a later one of the same client had come first. */
export function disorders(taken: readonly Received[]): string[] {
  const newest = new Map<string, number>();
  const seen = new Set<number>();
  return taken.flatMap(({ data: { clientId, sequence } }) => {
    const repeated = seen.has(sequence);
    seen.add(sequence);
    const before = newest.get(clientId) ?? 0;
    newest.set(clientId, Math.max(before, sequence));
    return !repeated && sequence < before ? [`${clientId}: ${sequence} after ${before}`] : [];
  });
}
