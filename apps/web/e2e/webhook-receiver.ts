/** The application behind a webhook: a server that keeps what it is sent, and answers what a test has it answer. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** The status of its answers. */
  answer: number;
  end(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    received.push({ body: Buffer.concat(parts), headers: request.headers as Record<string, string> });
    response.writeHead(self.answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: 204,
    end: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return self;
}
