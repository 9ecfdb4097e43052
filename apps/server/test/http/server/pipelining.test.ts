/** Requests that are sent without waiting for the answer to the one before. */
import { once } from 'node:events';
import { Agent, createServer, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRefuseBroken } from '../../../src/http/server/broken-requests.ts';
import { AnswersInTurn, MAX_WAITING } from '../../../src/http/server/pipelining.ts';
import { startApp, type TestApp } from '../support/start-app.ts';

let kanda: TestApp;
let port: number;

beforeAll(async () => {
  kanda = await startApp();
  await kanda.app.listen({ host: '127.0.0.1', port: 0 });
  port = (kanda.app.server.address() as AddressInfo).port;
});
afterAll(() => kanda.close());

const GET = 'GET /healthz HTTP/1.1\r\nHost: kanda\r\n';
const answersIn = (text: string) => text.match(/HTTP\/1\.1 200 /g)?.length ?? 0;

test('as many as are allowed are all answered, again and again on one connection', async () => {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (piece) => {
    text += piece;
  });
  for (let round = 1; round <= 4; round++) {
    socket.write(`${GET}\r\n`.repeat(MAX_WAITING));
    while (answersIn(text) < round * MAX_WAITING) await once(socket, 'data');
  }
  socket.end(`${GET}Connection: close\r\n\r\n`);
  await once(socket, 'close');
  expect(answersIn(text)).toBe(4 * MAX_WAITING + 1);
});

test('anyone who waits for each answer, whatever it is, may use a connection for as long as he likes', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number>();
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body = '') =>
    new Promise<void>((resolve, reject) => {
      const sent = request({ agent, port, method, path, headers }, (answer) => {
        ports.add(sent.socket?.localPort ?? 0);
        answer.resume().once('end', resolve);
      });
      sent.once('error', reject).end(body);
    });
  const json = { 'content-type': 'application/json' };
  for (let round = 0; round < MAX_WAITING / 2; round++) {
    await ask('GET', '/healthz');
    await ask('HEAD', '/api/info');
    await ask('GET', '/api/nowhere');
    await ask('POST', '/api/auth/token', json, '{}');
  }
  expect(ports.size).toBe(1);
  agent.destroy();
});

test('a timeout of the next request writes nothing into an answer that is under way', async () => {
  const gate = Promise.withResolvers<void>();
  const held = await startServer(async (_request, response) => {
    response.write('first half, ');
    await gate.promise;
    response.end('second half');
  });
  held.server.on(
    'clientError',
    createRefuseBroken('/docs/errors', () => 'req_1'),
  );
  const client = held.connect();
  client.write(`${GET}\r\n`);
  await client.until('first half');
  client.write('this is no HTTP\r\n\r\n');
  await client.closed;
  expect(client.text).not.toMatch(/400|not an HTTP/);
  gate.resolve();
  await held.close();
});

// Seen to fail: all of them were begun at once.
describe('requests that are sent ahead', () => {
  test('are begun one at a time, each when the answer before it has left', async () => {
    const answer: (() => void)[] = [];
    const held = await startServer((_request, response) => answer.push(() => response.end('done')));
    const client = held.connect();
    client.write(`${GET}\r\n`.repeat(MAX_WAITING));
    for (let number = 0; number < MAX_WAITING; number++) {
      while (answer.length <= number) await turn();
      await turn();
      expect(answer).toHaveLength(number + 1);
      answer[number]?.();
    }
    while (answersIn(client.text) < MAX_WAITING) await turn();
    expect(held.turns.waitingBytes).toBe(0);
    await held.close();
  });

  test('are no more than are allowed: the connection is closed, and none of them begun', async () => {
    let begun = 0;
    const held = await startServer(() => begun++);
    const client = held.connect();
    client.write(`${GET}\r\n`.repeat(MAX_WAITING + 2));
    await client.closed;
    expect([begun, held.turns.waitingBytes]).toEqual([1, 0]);
    await held.close();
  });

  test('take no more room than there is: the connection with the most is closed', async () => {
    let begun = 0;
    const held = await startServer(() => begun++, new AnswersInTurn(1024 * 1024));
    const few = Array.from({ length: 8 }, () => held.connect());
    for (const client of few) client.write(`${GET}\r\n`.repeat(5));
    const most = held.connect();
    while (begun < few.length) await turn();
    for (let sent = 0; sent < 5; sent++) {
      most.write(`${GET}X-Long: ${'a'.repeat(8_000)}\r\n\r\n`.repeat(20));
      await sleep(20);
    }
    await most.closed;
    expect(few.filter(({ isClosed }) => isClosed)).toEqual([]);
    expect(held.turns.waitingBytes).toBeLessThan(1024 * 1024);
    await held.close();
    while (held.turns.waitingBytes > 0) await turn();
  });

  test('behind one that ends the connection are not carried out', async () => {
    let begun = 0;
    const held = await startServer((_request, response) => {
      begun++;
      response.end('done');
    });
    const client = held.connect();
    client.write(`${GET}Connection: close\r\n\r\n${GET}\r\n`);
    await client.closed;
    await turn();
    expect([begun, answersIn(client.text)]).toEqual([1, 1]);
    await held.close();
  });

  test('with an expectation that is refused wait for their turn like others', async () => {
    const answer: (() => void)[] = [];
    const held = await startServer((_request, response) => answer.push(() => response.end('done')));
    held.server.on(
      'checkExpectation',
      held.turns.listener((_request, response) => answer.push(() => response.writeHead(417).end())),
    );
    const client = held.connect();
    client.write(`${GET}\r\n${GET}Expect: a miracle\r\n\r\n`);
    while (answer.length === 0) await turn();
    await sleep(20);
    expect(answer).toHaveLength(1);
    answer[0]?.();
    while (answer.length === 1) await turn();
    answer[1]?.();
    await client.until('417');
    await held.close();
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function startServer(handle: RequestListener, turns = new AnswersInTurn()) {
  const server = createServer(turns.listener(handle));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    turns,
    connect: () => new Client((server.address() as AddressInfo).port),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection and what came on it. */
class Client {
  readonly closed: Promise<void>;
  isClosed = false;
  text = '';
  readonly #socket: Socket;

  constructor(toPort: number) {
    this.#socket = connect(toPort, '127.0.0.1');
    this.#socket.on('data', (piece) => {
      this.text += piece;
    });
    this.#socket.on('error', () => {
      // It is closed while we write.
    });
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await sleep(5);
  }
}
