/** Requests that are sent without waiting for the answer to the one before. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MOST_UNANSWERED } from '../../../src/http/server/pipelining.ts';
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
    socket.write(`${GET}\r\n`.repeat(MOST_UNANSWERED));
    while (answersIn(text) < round * MOST_UNANSWERED) await once(socket, 'data');
  }
  socket.end(`${GET}Connection: close\r\n\r\n`);
  await once(socket, 'close');
  expect(answersIn(text)).toBe(4 * MOST_UNANSWERED + 1);
});

test('whoever waits for each answer, whatever it is, may use a connection for as long as he likes', async () => {
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
  for (let round = 0; round < MOST_UNANSWERED / 2; round++) {
    await ask('GET', '/healthz');
    await ask('HEAD', '/api/info');
    await ask('GET', '/api/nowhere');
    await ask('POST', '/api/auth/token', json, '{}');
  }
  expect(ports.size).toBe(1);
  agent.destroy();
});

// Seen to fail: all of them were begun at once.
test('one connection cannot have any number of them under way', async () => {
  const begun = new Set<string>();
  kanda.app.server.on('request', ({ headers }) => begun.add(headers['user-agent'] ?? ''));
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {
    // It is closed while we write.
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // Passwords take long to check: none of these is answered soon.
  const body = (number: number) => JSON.stringify({ email: `u${number}@example.com`, password: 'x' });
  let sent = 0;
  for (; sent < 20_000 && !socket.destroyed; sent++) {
    const head = `POST /api/auth/login HTTP/1.1\r\nHost: kanda\r\nUser-Agent: ${sent}\r\nContent-Type: application/json`;
    const text = `${head}\r\nContent-Length: ${body(sent).length}\r\n\r\n${body(sent)}`;
    if (!socket.write(text)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
  }
  await closed;
  // What had come along with the one that was too many is begun still.
  expect(begun.size).toBeLessThan(MOST_UNANSWERED + 2_000);
  expect((await kanda.call('GET', '/healthz')).statusCode).toBe(200);
});
