/** Checkpoints are sent off the host: to a file, over HTTP, again when it fails, and nothing waits for it. */

import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseCheckpoint, splitNotes } from '@kanda/tlog';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SOON } from '../../../../test/support/patience.ts';
import { CheckpointSender } from '../../src/background/checkpoint-sender.ts';
import { aheadOfAnswer, fileSink, httpSink, sinkOf } from '../../src/background/sinks.ts';
import { AuditedLog, MINUTE } from './audited-log.ts';

let log: AuditedLog;

beforeEach(async () => {
  log = await AuditedLog.open();
});
afterEach(() => log.remove());

/** Three checkpoints, of 1, 3 and 6 events. */
async function threeCheckpoints(): Promise<string[]> {
  const notes: string[] = [];
  for (const more of [0, 2, 3]) {
    await log.record(more);
    await log.checkpoint();
    notes.push(await log.newestNote());
    log.now += MINUTE;
  }
  return notes;
}

/** Runs a keeper until `done`, then stops it. */
async function runUntil(done: () => boolean): Promise<void> {
  const keeper = log.keeper();
  keeper.start();
  await vi.waitFor(() => expect(done()).toBe(true), { ...SOON, interval: 20 });
  await keeper.stop();
}

/** A server that keeps the bodies that it is sent, and answers as told. */
async function receiver(answer: (request: number) => number) {
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let requests = 0;
  const server = createServer(async (request, response) => {
    headers.push(request.headers);
    const status = answer(++requests);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (status < 300) bodies.push(Buffer.concat(parts).toString());
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    bodies,
    headers,
    url: new URL(`http://127.0.0.1:${port}/kanda?token=hidden`),
    requests: () => requests,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('a file', () => {
  test('gets each checkpoint once, oldest first, also those of before it was named', async () => {
    const notes = await threeCheckpoints();
    const path = join(log.dataDir, 'checkpoints');
    log.sink = sinkOf(path);
    await runUntil(() => log.figures.sent === 3);
    await log.record(1);
    const keeper = log.keeper();
    keeper.start();
    await keeper.stop();
    notes.push(await log.newestNote());
    expect(splitNotes(readFileSync(path, 'utf8'))).toEqual({ notes, strays: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(log.figures.sendFailures).toBe(0);
  });

  test('that ends in the middle of a note is gone on with behind it', async () => {
    const [first, second] = (await threeCheckpoints()) as [string, string];
    const path = join(log.dataDir, 'checkpoints');
    appendFileSync(path, `${first}\n${second.slice(0, 40)}`);
    await fileSink(path).send([second], AbortSignal.timeout(SOON.timeout));
    expect(splitNotes(readFileSync(path, 'utf8'))).toEqual({ notes: [first, second], strays: 1 });
  });

  test('that cannot be written is reported and counted, and the log goes on', async () => {
    log.sink = sinkOf(join(log.dataDir, 'no', 'such', 'folder'));
    await runUntil(() => log.figures.sendFailures > 0);
    expect((await log.newest()).size).toBe(1);
    expect(log.logged.some(({ message }) => message === 'Checkpoints could not be sent')).toBe(true);
  });
});

describe('a URL', () => {
  test('is posted each checkpoint as text, and again when it did not take it', async () => {
    const notes = await threeCheckpoints();
    const there = await receiver((request) => (request === 2 ? 503 : 204));
    log.sink = httpSink(there.url);
    await runUntil(() => log.figures.sent === 3);
    await there.close();
    // The first was sent before the second failed; all three came again, as none of them was noted.
    expect([...new Set(there.bodies)]).toEqual(notes);
    expect(there.bodies.map((note) => parseCheckpoint(note).checkpoint.size)).toEqual([1, 1, 3, 6]);
    expect(log.figures.sendFailures).toBe(1);
    const told = log.logged.find(({ message }) => message === 'Checkpoints could not be sent');
    expect(told?.fields).toMatchObject({ cause: { message: expect.stringMatching(/answered 503$/) } });
    expect(JSON.stringify(log.logged)).not.toContain('hidden');
  });

  test('is sent the headers that were set, whatever the case of their names', async () => {
    const there = await receiver(() => 204);
    const headers = { Authorization: 'Bearer token', 'User-Agent': 'us' };
    await sinkOf(there.url.href, headers).send(['a note'], AbortSignal.timeout(SOON.timeout));
    await there.close();
    expect(there.headers[0]).toMatchObject({
      authorization: 'Bearer token',
      'user-agent': 'us',
      'content-type': 'text/plain; charset=utf-8',
    });
  });

  test('shows by how much its clock differs, beyond what the way explains', async () => {
    const at = Date.UTC(2027, 0, 1);
    const shown = (date: string | null) =>
      new Response(null, { status: 204, headers: date === null ? {} : { date } });
    const answer = shown(new Date(at).toUTCString());
    expect(aheadOfAnswer(answer, at + 400, at + 900)).toBe(0);
    expect(aheadOfAnswer(answer, at - 30_000, at + 10)).toBe(0);
    expect(aheadOfAnswer(answer, at + 121_000, at + 121_200)).toBe(120_000);
    expect(aheadOfAnswer(answer, at - 121_000, at - 120_000)).toBe(-120_000);
    expect(aheadOfAnswer(shown(null), at, at)).toBeNull();
    expect(aheadOfAnswer(shown('yesterday'), at, at)).toBeNull();
  });

  test('has its clock compared with each delivery, and the time of the last one noted', async () => {
    await threeCheckpoints();
    const there = await receiver(() => 204);
    log.sink = httpSink(there.url);
    const before = Date.now() / 1000;
    await runUntil(() => log.figures.sent === 3);
    await there.close();
    expect(log.figures.sinkClockAheadSeconds).toBe(0);
    expect(log.figures.lastSentSeconds).toBeGreaterThanOrEqual(before);
  });

  test('that is away, or that another node sends to, shows no clock', async () => {
    await threeCheckpoints();
    const there = await receiver((request) => (request > 1 ? 500 : 204));
    log.sink = httpSink(there.url);
    log.figures.sinkClockAheadSeconds = 60;
    await runUntil(() => log.figures.sendFailures > 0);
    expect(log.figures.sinkClockAheadSeconds).toBeNull();
    log.figures.sinkClockAheadSeconds = 60;
    const { store } = log.installation;
    new CheckpointSender({ store, sink: log.sink, figures: log.figures, tellAltered: () => {} }).forget();
    expect(log.figures.sinkClockAheadSeconds).toBeNull();
    await there.close();
  });

  test.each([200, 201, 204])('has taken it when it answers %i', async (status) => {
    const there = await receiver(() => status);
    await httpSink(there.url).send(['a note'], AbortSignal.timeout(SOON.timeout));
    await there.close();
    expect(there.bodies).toEqual(['a note']);
  });

  test.each([302, 400, 404, 500])('has not taken it when it answers %i', async (status) => {
    const there = await receiver(() => status);
    await expect(httpSink(there.url).send(['a note'], AbortSignal.timeout(SOON.timeout))).rejects.toThrow();
    await there.close();
    expect(there.requests()).toBe(1);
  });

  test('that never answers holds up neither checkpoints nor the stop', async () => {
    const server = createServer(() => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    log.sink = httpSink(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
    const keeper = log.keeper();
    keeper.start();
    await log.record(9);
    const begun = performance.now();
    await keeper.stop();
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect((await log.newest()).size).toBe(10);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('when someone has altered how much the store says was sent', () => {
  /** The checkpoints that left, by their size. */
  const left = (path: string) =>
    splitNotes(readFileSync(path, 'utf8')).notes.map((note) => parseCheckpoint(note).checkpoint.size);
  let path: string;

  beforeEach(async () => {
    path = join(log.dataDir, 'checkpoints');
    log.sink = sinkOf(path);
    await threeCheckpoints();
    await log.keeper().stop();
    expect(left(path)).toEqual([1, 3, 6]);
  });

  test('to more than there is, that is reported, the newest is sent again and later ones go on', async () => {
    log.tamper(`update log_tree set sent_size = 9000000000000 where account_id = ${log.account.id}`);
    await log.keeper().stop();
    expect(left(path)).toEqual([1, 3, 6, 6]);
    expect(log.figures.damagedLogs).toBe(1);
    expect(log.logged).toMatchObject([
      {
        fields: {
          account: log.account.publicId,
          cause: { message: expect.stringContaining('it was altered') },
        },
        message: expect.stringContaining('may not have left this host'),
      },
    ]);
    await log.record(1);
    await log.keeper().stop();
    expect(left(path)).toEqual([1, 3, 6, 6, 7]);
    expect(log.logged).toHaveLength(1);
  });

  test('to all that there is, and does so each time, what is signed leaves all the same', async () => {
    log.tamper(
      `create trigger silence after update of checkpoint_size on log_tree begin
         update log_tree set sent_size = new.checkpoint_size where account_id = new.account_id; end`,
    );
    await log.record(1);
    await log.keeper().stop();
    const keeper = log.keeper();
    keeper.start();
    await log.record(2);
    await keeper.stop();
    expect([...new Set(left(path))]).toEqual([1, 3, 6, 7, log.read('select max(size) from log_checkpoint')]);
  });
});
