/**
 * Messages over real sockets: to whom a connection is made, and for how long an answer is waited for.
 *
 * Seen to fail: with a look-up that judges nothing, the message of "a name that changes" arrived; without the check of a
 * literal host, that of "an address in the store"; without the bounds on answers, the endless one and the one that
 * trickles were read for as long as the tests waited; without a timer of its own, a request that switched protocols was
 * never settled.
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { WebhookAddresses } from '../../../src/background/webhooks/addresses.ts';
import { signedHeaders, WebhookPost } from '../../../src/background/webhooks/post.ts';
import { Secret } from '../../../src/domain/secret.ts';

const SECRETS = [new Secret(new Uint8Array(32).fill(7))];
const MESSAGE = { id: 'msg_1', body: '{"type":"client.locked"}', isTest: false };
const NO_CONNECTION = 'no connection: no such name, no public address, or nothing answers there';
const NEVER = new AbortController().signal;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function receiver(
  answer: RequestListener,
): Promise<{ port: number; asked: () => number; server: Server }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked: () => asked, server };
}

function postFrom(
  allow: readonly string[],
  more: Partial<ConstructorParameters<typeof WebhookPost>[0]> = {},
) {
  const post = new WebhookPost({ addresses: new WebhookAddresses(allow), ...more });
  ends.push(() => post.close());
  return (url: string, message = MESSAGE) =>
    post.post({ url, secrets: SECRETS }, message, 1_700_000_000_999, NEVER);
}

test('the signature is that of the example of Standard Webhooks', () => {
  const secret = new Secret(new Uint8Array(Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')));
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', isTest: false };
  expect(signedHeaders({ secrets: [secret] }, message, 1_614_265_330_000)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a name that changes between two look-ups leads to the address that was judged', async () => {
  const inside = await receiver((_, response) => response.end());
  // First a public one, at which nothing answers; then what must not be reached.
  const addresses = ['203.0.113.9', '127.0.0.1'];
  const resolve = vi.fn(async () => [addresses.shift() ?? '127.0.0.1']);
  const allow = ['203.0.113.9'];
  const send = postFrom(allow, { resolve, answerWithinMs: 500 });
  const outcome = await send(`http://changing.example:${inside.port}/`);
  expect(outcome.status).toBeNull();
  expect(resolve).toHaveBeenCalledTimes(1);
  expect(await send(`http://changing.example:${inside.port}/`)).toMatchObject({
    status: null,
    error: NO_CONNECTION,
  });
  expect(inside.asked()).toBe(0);
});

test('of several addresses of a name only those that are allowed are connected to', async () => {
  const there = await receiver((_, response) => response.end());
  const send = postFrom(['127.0.0.1'], { resolve: async () => ['10.0.0.1', '169.254.169.254', '127.0.0.1'] });
  expect(await send(`http://mixed.example:${there.port}/`)).toMatchObject({ status: 200, error: null });
});

test('an address in the store is judged once more when it is sent to', async () => {
  const inside = await receiver((_, response) => response.end());
  const send = postFrom([]);
  for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433']) {
    expect(await send(`http://${host}:${inside.port}/`)).toMatchObject({
      status: null,
      error: 'the address is not allowed',
    });
    expect(await send(`https://${host}:${inside.port}/`)).toMatchObject({
      status: null,
      error: 'the address is not allowed',
    });
  }
  expect(inside.asked()).toBe(0);
});

test('a redirect to a private address is not followed', async () => {
  const inside = await receiver((_, response) => response.end());
  for (const status of [301, 302, 303, 307, 308]) {
    const outside = await receiver((_, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${inside.port}/` }).end(),
    );
    expect(await postFrom(['127.0.0.1'])(`http://127.0.0.1:${outside.port}/`)).toMatchObject({
      status,
      error: 'redirects are not followed',
    });
  }
  expect(inside.asked()).toBe(0);
});

test('a receiver that never answers is given up', async () => {
  const silent = await receiver(() => {});
  const outcome = await postFrom(['127.0.0.1'], { answerWithinMs: 200 })(`http://127.0.0.1:${silent.port}/`);
  expect(outcome).toMatchObject({ status: null, error: 'no answer in time' });
});

test('of an endless answer the status counts, and the connection is cut off', async () => {
  const closed = Promise.withResolvers<number>();
  const endless = await receiver((_, response) => {
    let sent = 0;
    response.writeHead(200);
    const write = () => {
      sent += 1_024;
      if (!response.destroyed) setImmediate(() => response.write('x'.repeat(1_024), write));
    };
    response.once('close', () => closed.resolve(sent));
    write();
  });
  const outcome = await postFrom(['127.0.0.1'])(`http://127.0.0.1:${endless.port}/`);
  expect(outcome).toMatchObject({ status: 200, error: null });
  // What the kernel had taken already comes on top.
  expect(await closed.promise).toBeLessThan(8 * 1024 * 1024);
});

test('an answer that trickles is cut off, too', async () => {
  const closed = Promise.withResolvers<void>();
  const slow = await receiver((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 100);
    response.once('close', () => {
      clearInterval(timer);
      closed.resolve();
    });
  });
  expect(await postFrom(['127.0.0.1'])(`http://127.0.0.1:${slow.port}/`)).toMatchObject({ status: 200 });
  await closed.promise;
});

test('a connection that the receiver closed while it was idle costs no delivery', async () => {
  const there = await receiver((_, response) => response.end());
  const send = postFrom(['127.0.0.1']);
  const url = `http://127.0.0.1:${there.port}/`;
  for (let round = 0; round < 20; round++) {
    expect(await send(url)).toMatchObject({ status: 200, error: null });
    there.server.closeAllConnections();
  }
});

const UPGRADES = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n';
const INFORMATION = 'HTTP/1.1 103 Early Hints\r\n\r\n';

/** Writes what no server of Node would. */
async function rawReceiver(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test.each([
  ['that switches to another protocol', UPGRADES, { status: 101, error: 'answered 101' }],
  [
    'of status 101 that names no protocol',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    { status: 101, error: 'answered 101' },
  ],
  ['that only announces another', INFORMATION, { status: null, error: 'no answer in time' }],
  ['of status 100 alone', 'HTTP/1.1 100 Continue\r\n\r\n', { status: null, error: 'no answer in time' }],
])('an answer %s ends the attempt', async (_, text, expected) => {
  const port = await rawReceiver((socket) => socket.write(text));
  const send = postFrom(['127.0.0.1'], { answerWithinMs: 300 });
  expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject(expected);
});

test('a connection that ends without an answer ends the attempt', async () => {
  const port = await rawReceiver((socket) => socket.end());
  expect(await postFrom(['127.0.0.1'])(`http://127.0.0.1:${port}/`)).toMatchObject({ status: null });
});

test('until there is a connection nothing is said of names and ports', async () => {
  const inside = await receiver((_, response) => response.end());
  const closed = await rawReceiver(() => {});
  await ends.pop()?.();
  const plain = await rawReceiver((socket) => socket.write('not TLS'));
  const names: Record<string, string[]> = { 'inside.example': ['10.0.0.1'], 'listed.example': ['127.0.0.1'] };
  const resolve = async (name: string) => {
    const found = names[name];
    if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    return found;
  };
  const send = postFrom(['127.0.0.1'], { resolve, answerWithinMs: 2_000 });
  for (const url of [
    'https://inside.example/',
    'https://unknown.example/',
    `http://inside.example:${inside.port}/`,
    `https://listed.example:${closed}/`,
    `http://listed.example:${closed}/`,
    `https://listed.example:${plain}/`,
  ]) {
    expect([url, await send(url)]).toMatchObject([url, { status: null, error: NO_CONNECTION }]);
  }
  expect(inside.asked()).toBe(0);
});

// Seen to fail when each message added a listener to the connection that it went out on.
test('a connection that is used again gathers no listeners', async () => {
  const { port, asked } = await receiver((_, response) => response.writeHead(204).end());
  const warned = vi.fn();
  process.on('warning', warned);
  ends.push(() => process.off('warning', warned));
  const post = postFrom(['127.0.0.1']);
  for (let count = 0; count < 30; count++) await post(`http://127.0.0.1:${port}/`);
  expect(asked()).toBe(30);
  await new Promise(setImmediate);
  expect(warned.mock.calls.map(([warning]) => String(warning))).toEqual([]);
});
