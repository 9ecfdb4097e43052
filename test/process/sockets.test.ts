/**
 * Senders that keep no rules, over raw sockets: each is answered or cut off in time, no one else notices,
 * and a guess counts even when its sender does not wait for the answer.
 *
 * Seen to fail: with a handler that gives up when its socket is gone, no guess of those who hang up counted;
 * with Node's own interval of 30 s for looking at deadlines, slow senders were kept for 30 s.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, openAccount, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

/** The deadlines for headers and for a whole request, and the interval at which they are looked at. */
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 15_000;
const LOOKED_AT_EVERY_MS = 1_000;
/** What a busy machine may add. */
const PATIENCE_MS = 4_000;

let server: KandaProcess;
let access: AccountAccess;
let caller: Caller;

beforeAll(async () => {
  server = await KandaProcess.start();
  access = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(access.apiKey);
});
afterAll(async () => {
  // After all of this the server is as it was: it answers, and it stops when it is asked to.
  expect((await caller.get('/readyz')).status).toBe(200);
  caller.close();
  expect((await server.stop()).code).toBe(0);
  expect((await server.stop()).output).not.toMatch(/uncaught|unhandled/i);
  await endAll();
});

describe('slow senders', () => {
  test.concurrent('headers that come letter by letter are cut off at their deadline', async () => {
    const { text, ms } = await talk(async (socket) => {
      socket.write('GET /healthz HTTP/1.1\r\nHost: kanda\r\n');
      for (let sent = 0; sent < 40 && socket.writable; sent++) {
        socket.write(`X-Slow-${sent}: 1\r\n`);
        await sleep(500);
      }
    });
    expectProblem(text, 408, 'request_timeout');
    expect(ms).toBeGreaterThan(HEADERS_WITHIN_MS - 500);
    expect(ms).toBeLessThan(HEADERS_WITHIN_MS + LOOKED_AT_EVERY_MS + PATIENCE_MS);
  });

  test.concurrent('so is a connection on which nothing comes', async () => {
    const { text, ms } = await talk(() => {});
    expectProblem(text, 408, 'request_timeout');
    expect(ms).toBeLessThan(HEADERS_WITHIN_MS + LOOKED_AT_EVERY_MS + PATIENCE_MS);
  });

  test.concurrent('so is a body that stops half way', async () => {
    const { text, ms } = await talk((socket) => {
      socket.write(head('POST', '/api/totp/validate', 100));
      socket.write('{"clientId":"al');
    });
    expectProblem(text, 408, 'request_timeout');
    expect(ms).toBeGreaterThan(HEADERS_WITHIN_MS);
    expect(ms).toBeLessThan(REQUEST_WITHIN_MS + LOOKED_AT_EVERY_MS + PATIENCE_MS);
  });

  test.concurrent('and others are served while 500 of them are held', async () => {
    const slow = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const socket = connect(server.port, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        socket.write('GET /healthz HTTP/1.1\r\nHost: ka');
        return socket;
      }),
    );
    const client = await caller.enrol('beside-the-slow');
    expect((await caller.validate('beside-the-slow', codeOf(client))).json).toEqual({ valid: true });
    for (const socket of slow) socket.destroy();
  });
});

describe('what is not HTTP', () => {
  test.each([
    ['garbage', Buffer.from('\x00\xff\x00\x01 kanda? \r\n\r\n', 'latin1')],
    ['a TLS greeting', Buffer.from('1603010200010001fc0303', 'hex')],
    ['another protocol', Buffer.from('EHLO kanda\r\n\r\n')],
    [
      'two lengths',
      Buffer.from('POST / HTTP/1.1\r\nHost: k\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'),
    ],
    [
      'a length and chunks, as request smuggling does',
      Buffer.from(
        'POST / HTTP/1.1\r\nHost: k\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ],
    ['a line break within a header', Buffer.from('GET / HTTP/1.1\r\nHost: k\r\nX-A: b\nc: d\re: f\r\n\r\n')],
    ['a header name with a space', Buffer.from('GET / HTTP/1.1\r\nHost: k\r\nX A: b\r\n\r\n')],
  ])('%s gets 400 and the end of the connection', async (_, bytes) => {
    const { text } = await talk((socket) => socket.write(bytes));
    expectProblem(text, 400, 'request_malformed');
  });

  test('no Host header gets 400', async () => {
    const { text } = await talk((socket) => socket.write('GET /healthz HTTP/1.1\r\n\r\n'));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each([
    ['one of 20 KB', `X-Long: ${'a'.repeat(20_000)}\r\n`],
    ['5,000 of them', Array.from({ length: 5_000 }, (_, index) => `X-${index}: a\r\n`).join('')],
  ])('headers too large (%s) are refused and the connection ends', async (_, headers) => {
    const { text } = await talk((socket) =>
      socket.write(`GET /healthz HTTP/1.1\r\nHost: kanda\r\n${headers}\r\n`),
    );
    expectProblem(text, 431, 'headers_too_large');
  });
});

describe('pipelined requests', () => {
  test('are answered one by one and in order', async () => {
    const client = await caller.enrol('pipelined');
    const right = codeOf(client);
    const codes = [wrongCodes(client, 1)[0] as string, right, right];
    const requests = codes.map((code, index) => validation('pipelined', code, index === codes.length - 1));
    const { text } = await talk((socket) => socket.write(requests.join('')));
    const bodies = [...text.matchAll(/\r\n\r\n(\{.*?\})/g)].map(([, body]) => JSON.parse(body as string));
    expect(bodies).toEqual([
      { valid: false, reason: 'invalid_code' },
      { valid: true },
      { valid: false, reason: 'invalid_code' },
    ]);
  });

  test('one that is broken ends the connection, and those before it are answered', async () => {
    const { text } = await talk((socket) =>
      socket.write('GET /healthz HTTP/1.1\r\nHost: k\r\n\r\nthis is not HTTP\r\n\r\n'),
    );
    expect(text).toMatch(/^HTTP\/1\.1 (200|400) /);
    expect(text.match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});

describe('a caller who hangs up before the answer', () => {
  const hangUps: [string, (socket: Socket) => void][] = [
    ['closes', (socket) => socket.destroy()],
    ['closes its half', (socket) => socket.end()],
    ['resets the connection', (socket) => socket.resetAndDestroy()],
  ];

  test.each(hangUps)('and %s has his wrong code counted', async (manner, hangUp) => {
    const clientId = manner.replaceAll(' ', '-');
    const client = await caller.enrol(clientId);
    for (const code of wrongCodes(client, 4)) {
      const socket = connect(server.port, '127.0.0.1').on('error', () => {});
      await once(socket, 'connect');
      await new Promise((resolve) => socket.write(validation(clientId, code, false), resolve));
      hangUp(socket);
    }
    await expect.poll(async () => (await caller.get(`/api/totp/clients/${clientId}`)).json.failures).toBe(4);
    // No free guesses were won: one more, and the delay begins.
    const [fifth, sixth] = wrongCodes(client, 2, 500);
    expect((await caller.validate(clientId, fifth as string)).json.reason).toBe('invalid_code');
    expect((await caller.validate(clientId, sixth as string)).json.reason).toBe('locked');
    const events = await caller.events(clientId);
    expect(events.filter(({ reason }) => reason === 'invalid_code')).toHaveLength(5);
  });

  test('with the right code has burnt it', async () => {
    const client = await caller.enrol('burnt');
    const code = codeOf(client, 1);
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(validation('burnt', code, false), resolve));
    socket.destroy();
    await expect
      .poll(async () => (await caller.get('/api/totp/clients/burnt')).json.lastAcceptedAt)
      .not.toBeNull();
    expect((await caller.validate('burnt', code)).json).toEqual({ valid: false, reason: 'invalid_code' });
  });

  test('within the body has sent no guess', async () => {
    await caller.enrol('half-sent');
    const request = validation('half-sent', '000000', false);
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(request.slice(0, -10), resolve));
    socket.destroy();
    await sleep(100);
    expect((await caller.events('half-sent')).map(({ event }) => event)).toEqual(['client.registered']);
  });
});

/** Opens a connection, lets `speak` use it, and gives what came back until its end, and when that was. */
async function talk(speak: (socket: Socket) => unknown): Promise<{ text: string; ms: number }> {
  const socket = connect(server.port, '127.0.0.1');
  const begun = performance.now();
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  // A reset is an end like another; what came before it is looked at.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await speak(socket);
  await closed;
  return { text: Buffer.concat(parts).toString('utf8'), ms: performance.now() - begun };
}

function head(method: string, path: string, length: number, last = false): string {
  return [
    `${method} ${path} HTTP/1.1`,
    'Host: kanda',
    `Authorization: Bearer ${access.apiKey}`,
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    ...(last ? ['Connection: close'] : []),
    '\r\n',
  ].join('\r\n');
}

function validation(clientId: string, token: string, last: boolean): string {
  const body = JSON.stringify({ clientId, token });
  return head('POST', '/api/totp/validate', body.length, last) + body;
}

function expectProblem(text: string, status: number, code: string): void {
  const [headers = '', body = ''] = text.split('\r\n\r\n');
  expect(headers).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(headers).toContain('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status, code });
}
