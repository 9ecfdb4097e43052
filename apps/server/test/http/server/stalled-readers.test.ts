/**
 * Readers that do not read, over real connections to a server that is otherwise empty. Seen to fail: without
 * `boundUnsent` every connection here stayed open and all of the bytes were kept; with a socket timeout in its place, the
 * reader of a few bytes a second was never let go.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { boundUnsent, type WriteBounds } from '../../../src/http/server/stalled-readers.ts';

const MEBIBYTE = 1024 * 1024;
/** More than the kernel keeps on the way of one connection. */
const LONG = Buffer.alloc(24 * MEBIBYTE, 'a');
const IN_A_HURRY: WriteBounds = {
  graceMs: 300,
  minBytesPerSecond: 64 * MEBIBYTE,
  maxUnsentBytes: 1_000 * MEBIBYTE,
  lookEveryMs: 20,
};

let server: Server;
const readers: Socket[] = [];

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function serve(bounds: Partial<WriteBounds>): Promise<void> {
  server = createServer((_request, response) => response.end(LONG));
  boundUnsent(server, { ...IN_A_HURRY, ...bounds });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** Asks for the long answer; resolves with both ends of the connection when the answer has begun to wait. */
async function reader(): Promise<{ readonly client: Socket; readonly served: Socket }> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  readers.push(client);
  client.on('error', () => {});
  client.pause();
  client.write('GET / HTTP/1.1\r\nHost: kanda\r\n\r\n');
  const [served] = await accepted;
  while (served.writableLength === 0) await sleep(5);
  return { client, served };
}

test('a reader who takes nothing is let go', async () => {
  await serve({});
  const { served } = await reader();
  await once(served, 'close');
});

test('a reader who takes a few bytes now and then is let go all the same', async () => {
  await serve({});
  const { client, served } = await reader();
  const sipping = setInterval(() => client.read(1), 20);
  client.on('readable', () => {});
  await once(served, 'close');
  clearInterval(sipping);
});

test('a reader who is slow and keeps on gets all of it, however long it takes', async () => {
  await serve({ graceMs: 60_000 });
  const { client } = await reader();
  let taken = 0;
  for (;;) {
    const piece: Buffer | null = client.read();
    if (piece === null) await Promise.race([once(client, 'readable'), sleep(50)]);
    else {
      taken += piece.length;
      await sleep(1);
    }
    if (taken >= LONG.length) break;
  }
  expect(taken).toBeGreaterThanOrEqual(LONG.length);
});

test('a connection that has taken its answer may rest for as long as it likes', async () => {
  await serve({});
  const { client, served } = await reader();
  let taken = 0;
  client.on('data', (piece: Buffer) => {
    taken += piece.length;
  });
  client.resume();
  while (taken < LONG.length) await once(client, 'data');
  await sleep(IN_A_HURRY.graceMs * 3);
  expect(served.destroyed).toBe(false);
});

test('when too much waits in all, the connections with the most are closed, and no more than needed', async () => {
  await serve({ graceMs: 60_000, maxUnsentBytes: 3.5 * LONG.length });
  const served: Socket[] = [];
  for (let number = 0; number < 6; number++) served.push((await reader()).served);
  while (served.filter(({ destroyed }) => !destroyed).length > 3) await sleep(20);
  await sleep(200);
  expect(served.filter(({ destroyed }) => !destroyed)).toHaveLength(3);
});
