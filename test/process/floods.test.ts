/**
 * Floods against a running server (security.md, case 26): 10,000 open connections, bodies that never end,
 * headers that never end, one account that never stops. Limits and deadlines answer each of them, and others are
 * served all the while.
 *
 * Seen to fail: without deadlines for headers and bodies none of the slow ones was ever let go, and without one for
 * readers the export waited for its reader and was then sent to its end.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 15_000;
const STALLED_AFTER_MS = 30_000;
/** The interval at which deadlines are looked at, and what a busy machine may add. */
const PATIENCE_MS = 10_000;
/** How long someone who keeps the rules may wait beside a flood. Most wait a hundredth of it. */
const SERVED_WITHIN_MS = 10_000;
/** What this process and the server need besides the connections. */
const FILES_BESIDES = 500;
const OPENED_AT_ONCE = 250;
/** With which a chunked answer ends (RFC 9112 §7.1). */
const LAST_CHUNK = '\r\n0\r\n\r\n';
/** Several times what the system keeps for a reader who does not read. */
const EXPORTED_EVENTS = 16_000;

let server: KandaProcess;
let access: AccountAccess;
let caller: Caller;
let reader: StalledReader;
const opened: Flooder[] = [];

beforeAll(async () => {
  server = await KandaProcess.start();
  access = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(access.apiKey);
  // It stalls while the other tests go on.
  reader = await StalledReader.start();
});
afterAll(async () => {
  for (const { socket } of opened) socket.destroy();
  expect((await caller.get('/readyz')).status).toBe(200);
  caller.close();
  const ending = await server.stop();
  expect(ending.code).toBe(0);
  expect(ending.output).not.toMatch(/uncaught|unhandled/i);
  await endAll();
});

test('10,000 open connections, half of them stuck within their headers, leave room for others', async () => {
  const count = Math.min(10_000, mostOpenFiles() - FILES_BESIDES);
  if (count < 10_000) console.warn(`only ${count} connections: this user may open no more files`);

  const idle = await flood(count / 2, 'GET /healthz HTTP/1.1\r\nHost: kanda\r\n\r\n');
  await Promise.all(idle.map((flooder) => flooder.until(/"ok"/)));
  const stuck = await flood(count / 2, 'GET /healthz HTTP/1.1\r\nHost: kanda\r\nX-Half: ');
  const begun = performance.now();
  expect([...idle, ...stuck].filter(({ isOpen }) => isOpen)).toHaveLength(count);

  await expectServed('beside-connections', 50);
  // The stuck ones are let go at their deadline, the others may stay: they keep the rules.
  await Promise.all(stuck.map(({ closed }) => closed));
  expect(performance.now() - begun).toBeLessThan(HEADERS_WITHIN_MS + PATIENCE_MS);
  expect(stuck.filter(({ text }) => !/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/.test(text))).toEqual(
    [],
  );
  expect(idle.every(({ isOpen }) => isOpen)).toBe(true);
  await expectServed('after-connections', 10);
  for (const { socket } of idle) socket.destroy();
});

test('1,000 bodies that come letter by letter are cut off at their deadline, and judge nothing', async () => {
  await caller.enrol('slow');
  const body = JSON.stringify({ clientId: 'slow', token: '000000' });
  const slow = await flood(1_000, `${post(body.length)}${body.slice(0, 10)}`);
  const begun = performance.now();
  const dripping = drip(slow, body.slice(10, -2));
  await expectServed('beside-bodies', 50);
  await Promise.all(slow.map(({ closed }) => closed));
  await dripping;
  expect(performance.now() - begun).toBeLessThan(REQUEST_WITHIN_MS + PATIENCE_MS);
  expect(slow.filter(({ text }) => !/^HTTP\/1\.1 408 /.test(text))).toEqual([]);
  expect((await caller.events('slow')).map(({ event }) => event)).toEqual(['client.registered']);
});

test('bodies without end are refused at 16 KiB, those of no one before they are read', async () => {
  const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
  const endless = (bearer: string) =>
    `POST /api/totp/validate HTTP/1.1\r\nHost: kanda\r\nAuthorization: Bearer ${bearer}\r\n` +
    `Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`;
  const known = await flood(100, endless(access.apiKey) + chunk);
  const unknown = await flood(100, endless('kan_nobody'));
  const announced = await flood(100, post(1_000_000_000));
  const pourers = await flood(100, endless(access.apiKey));
  const pouring = Promise.all(pourers.map((flooder) => flooder.pour(chunk, 64)));
  await expectServed('beside-endless', 20);
  await Promise.all([
    ...known.map((flooder) => flooder.until(/^HTTP\/1\.1 413 [\s\S]*body_too_large/)),
    ...unknown.map((flooder) => flooder.until(/^HTTP\/1\.1 401 [\s\S]*key_invalid/)),
    ...announced.map((flooder) => flooder.until(/^HTTP\/1\.1 413 [\s\S]*body_too_large/)),
  ]);
  await pouring;
  await Promise.all(pourers.map(({ closed }) => closed));
  expectNothingBut(413, pourers);
});

test('headers without end are refused at 16 KiB', async () => {
  const flooders = await flood(500, 'GET /healthz HTTP/1.1\r\nHost: kanda\r\n');
  const header = `X-Flood: ${'a'.repeat(1_000)}\r\n`;
  const pouring = Promise.all(flooders.map((flooder) => flooder.pour(header, 1_000)));
  await expectServed('beside-headers', 20);
  await pouring;
  await Promise.all(flooders.map(({ closed }) => closed));
  expectNothingBut(431, flooders);
});

test("one account's flood over KANDA_RATE_LIMIT gets 429, and another account is served", async () => {
  const limited = await KandaProcess.start({ env: { KANDA_RATE_LIMIT: '50' } });
  const flooding = new Caller(limited.url).withBearer((await openAccount(limited.url)).apiKey);
  const other = new Caller(limited.url).withBearer((await openAccount(limited.url)).apiKey);
  const begun = performance.now();
  const flooded = Promise.all(Array.from({ length: 1_000 }, () => flooding.get('/api/totp/clients')));
  for (let call = 0; call < 20; call++) expect((await other.get('/api/totp/clients')).status).toBe(200);
  const answers = await flooded;
  const seconds = (performance.now() - begun) / 1_000;
  const served = answers.filter(({ status }) => status === 200);
  expect(served.length).toBeGreaterThanOrEqual(50);
  expect(served.length).toBeLessThanOrEqual(50 + 50 * Math.ceil(seconds));
  const refused = answers.filter(({ status }) => status === 429);
  expect(served.length + refused.length).toBe(1_000);
  expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1', 'ratelimit-policy': '"account";q=50;w=1' });
  for (const each of [flooding, other]) each.close();
  await limited.stop();
});

test('who asks for an export and does not take it is let go, and anyone who takes it gets all of it', async () => {
  await sleep(Math.max(0, reader.begun + STALLED_AFTER_MS + PATIENCE_MS - performance.now()));
  const taken = await reader.takeRest();
  expect(taken.slice(0, 12)).toBe('HTTP/1.1 200');
  expect(taken.slice(-LAST_CHUNK.length)).not.toBe(LAST_CHUNK);
  expect(await caller.events('unknown')).toHaveLength(EXPORTED_EVENTS);
});

/** Someone else enrols and has codes judged, on kept and on new connections, and waits for none of it. */
async function expectServed(clientId: string, attempts: number): Promise<void> {
  const client = await caller.enrol(clientId);
  const times: number[] = [];
  for (let attempt = 0; attempt < attempts; attempt++) {
    const begun = performance.now();
    const fresh = attempt % 5 === 0 ? new Caller(server.url).withBearer(access.apiKey, 1) : caller;
    const answer =
      attempt === 0 ? await fresh.validate(clientId, codeOf(client)) : await fresh.get('/api/totp/clients');
    times.push(performance.now() - begun);
    expect(answer.status).toBe(200);
    if (attempt === 0) expect(answer.json).toEqual({ valid: true });
    if (fresh !== caller) fresh.close();
    await sleep(20);
  }
  expect(Math.max(...times)).toBeLessThan(SERVED_WITHIN_MS);
}

/** A sender who goes on sending may lose the answer to the reset that ends him; none of them is served. */
function expectNothingBut(status: number, flooders: readonly Flooder[]): void {
  const others = flooders.map(({ text }) => text.slice(0, 12)).filter((line) => line !== '');
  expect([...new Set(others)].filter((line) => line !== `HTTP/1.1 ${status}`)).toEqual([]);
}

/** Asks for an export that is larger than what lies on the way, and then reads no more of it. */
class StalledReader {
  readonly begun = performance.now();
  readonly #socket = connect(server.port, '127.0.0.1');

  static async start(): Promise<StalledReader> {
    const attempt = () => caller.validate('unknown', '000000', { 'user-agent': 'x'.repeat(256) });
    for (let done = 0; done < EXPORTED_EVENTS; done += 100)
      await Promise.all(Array.from({ length: 100 }, attempt));
    return new StalledReader();
  }

  private constructor() {
    this.#socket.on('error', () => {});
    this.#socket.write(
      `GET /api/logs?format=ndjson&clientId=unknown HTTP/1.1\r\nHost: kanda\r\nAuthorization: Bearer ${access.apiKey}\r\n\r\n`,
    );
  }

  /** What was on the way, up to the end of the connection or of the answer. */
  takeRest(): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      this.#socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (text.endsWith(LAST_CHUNK)) resolve(text);
      });
      this.#socket.once('close', () => resolve(text));
    });
  }
}

/** One connection of a flood. */
class Flooder {
  readonly socket: Socket;
  readonly connected: Promise<void>;
  readonly closed: Promise<void>;
  text = '';
  isOpen = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('data', (part: string) => {
      this.text += part;
    });
    // A reset is an end like another; what came before it is looked at.
    socket.on('error', () => {});
    socket.once('connect', () => {
      this.isOpen = true;
    });
    this.connected = this.#next('connect');
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isOpen = false;
        resolve();
      });
    });
  }

  /** Resolves at the event or at the end of the connection. */
  #next(event: 'connect' | 'drain'): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off(event, done).off('close', done);
        resolve();
      };
      this.socket.on(event, done).on('close', done);
    });
  }

  /** Resolves when it has been answered so; fails when it is closed, or a deadline has passed, before that. */
  async until(pattern: RegExp): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!pattern.test(this.text)) {
      if (!this.isOpen || performance.now() > deadline) {
        throw new Error(`no answer like ${pattern} but «${this.text.slice(0, 300)}»`);
      }
      await sleep(10);
    }
  }

  /** Sends the same again and again, as fast as it is taken, until no one takes it any more. */
  async pour(text: string, times: number): Promise<void> {
    for (let sent = 0; sent < times && this.socket.writable; sent++) {
      if (!this.socket.write(text)) await this.#next('drain');
    }
  }
}

/** Opens `count` connections, each of which sends this much and then waits. */
async function flood(count: number, text: string): Promise<Flooder[]> {
  const flooders: Flooder[] = [];
  while (flooders.length < count) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - flooders.length) }, async () => {
      const flooder = new Flooder(connect(server.port, '127.0.0.1'));
      await flooder.connected;
      flooder.socket.write(text);
      return flooder;
    });
    flooders.push(...(await Promise.all(some)));
  }
  opened.push(...flooders);
  return flooders;
}

/** Sends a letter a second on each of them, so that none is ever silent. */
async function drip(flooders: readonly Flooder[], letters: string): Promise<void> {
  for (const letter of letters) {
    const writable = flooders.filter(({ socket }) => socket.writable);
    if (writable.length === 0) return;
    for (const { socket } of writable) socket.write(letter);
    await sleep(1_000);
  }
}

function post(length: number): string {
  return (
    `POST /api/totp/validate HTTP/1.1\r\nHost: kanda\r\nAuthorization: Bearer ${access.apiKey}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
  );
}

/** How many files, connections among them, a process of this user may have open; Node asks for all of them. */
function mostOpenFiles(): number {
  const { userLimits } = process.report.getReport() as unknown as {
    userLimits?: { open_files?: { soft: number | 'unlimited' } };
  };
  const limit = userLimits?.open_files?.soft ?? 'unlimited';
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit;
}
