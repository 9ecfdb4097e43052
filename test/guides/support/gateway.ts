/** What is between an application and Kanda, and what goes wrong there. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** What becomes of a call: passed on; carried out, and its answer lost; or never passed on. */
export type Fate = 'passes' | 'answer is lost' | 'bad gateway';

export class Gateway {
  readonly url: string;
  /** Asked when Kanda has answered, or before the call is passed on when it is not to be. Replace it to make trouble. */
  fate: (call: string) => Fate = () => 'passes';
  /** An answer waits for this. */
  hold: (call: string) => Promise<void> | null = () => null;
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>, port: number, kandaUrl: string) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.#pass(kandaUrl, incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async start(kandaUrl: string): Promise<Gateway> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port was given.');
    return new Gateway(server, address.port, kandaUrl);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(kandaUrl: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const call = `${incoming.method} ${incoming.url}`;
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const fate = this.fate(call);
    if (fate === 'bad gateway') {
      // As gateways of clouds answer: JSON, and none of Kanda's fields.
      outgoing.writeHead(502, { 'content-type': 'application/json' }).end('{"message":"no upstream"}');
      return;
    }
    const asked = request(`${kandaUrl}${incoming.url}`, {
      method: incoming.method,
      headers: { ...incoming.headers, connection: 'close' },
    });
    asked.end(Buffer.concat(parts));
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const text: Buffer[] = [];
    for await (const part of answer) text.push(part);
    await this.hold(call);
    if (fate === 'answer is lost') outgoing.destroy();
    else {
      const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 500, headers).end(Buffer.concat(text));
    }
  }
}
