/**
 * Readers of an export over real connections: one that is slow gets all of it, one that does not read is let go, and
 * what they leave unread is not collected. Seen to fail: with the whole export read before it is sent, memory grew by
 * all of it; without `stillAllowed` a revoked key went on reading, and without `assertMayGoOn` beside it one whose account had
 * turned the second factor off; with `assertMayBegin` there an export ended five minutes after its log-in; without `release` no second export was ever begun.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseFile } from '@kanda/formats';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OwnFactor } from '../accounts/own-factor.ts';
import { MINUTE, PASSWORD, startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

/** Wider than any caller can make them, so that few are more than the kernel keeps on the way of a connection. */
const CLIENTS = 2_000;
const WIDE = '🙂'.repeat(1_000);
const BYTES = CLIENTS * 3 * Buffer.byteLength(WIDE);
const CALL_DEADLINE_MS = 2_500;
const GRACE_MS = 4_000;
const MEBIBYTE = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let kanda: TestApp;
let account: TestAccount;
let factor: OwnFactor;
let identity: string;
let path: string;
let accountId: number;
let folder: string;
/** Not a port: of TCP the kernel may keep 32 MB for a reader, which is the whole export. */
let socketPath: string;

beforeAll(async () => {
  kanda = await startApp({
    config: { secretExport: 'on' },
    callDeadlineMs: CALL_DEADLINE_MS,
    writeBounds: {
      graceMs: GRACE_MS,
      minBytesPerSecond: 64 * MEBIBYTE,
      maxUnsentBytes: 1_000 * MEBIBYTE,
      lookEveryMs: 20,
    },
  });
  ({ account, factor } = await OwnFactor.longOn(kanda));
  identity = await generateIdentity();
  path = `/api/totp/export?recipient=${await identityToRecipient(identity)}`;
  const { store } = kanda.installation;
  accountId = (await store.findAccountByPublicId(account.userId))?.id ?? 0;
  const change = { at: kanda.now(), origin: { actor: 'cli', ip: null, userAgent: null, requestId: null } };
  for (let from = 0; from < CLIENTS; from += 500) {
    const clients = Array.from({ length: 500 }, (_, index) => ({
      clientId: `user-${from + index}`,
      label: WIDE,
      issuer: WIDE,
      name: WIDE,
      parameters: { algorithm: 'SHA1' as const, digits: 6 as const, period: 30 },
      secret: Buffer.from(`kanda-readers-${String(from + index).padStart(7, '0')}`),
      watermark: -1,
      additional: false,
      disabled: false,
      recoveryMacs: null,
    }));
    await store.importClients(accountId, clients, { onConflict: 'skip', mostClients: null }, change);
  }
  folder = mkdtempSync(join(tmpdir(), 'kanda-export-readers-'));
  socketPath = join(folder, 'socket');
  await kanda.app.listen({ path: socketPath });
});
afterAll(async () => {
  await kanda.close();
  rmSync(folder, { recursive: true });
});

/** Begins an export; nothing of it is read yet. */
async function begin(bearer = account.token): Promise<IncomingMessage> {
  const asked = request({ socketPath, path, headers: { authorization: `Bearer ${bearer}` } });
  asked.on('error', () => {});
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  answer.pause();
  return answer;
}

async function exportedEvents(): Promise<number> {
  const head = await kanda.installation.store.logHead(accountId);
  return head?.lastEvent ?? 0;
}

/** Waits until no client is exported any more. */
async function untilStill(): Promise<number> {
  for (let before = -1; ; ) {
    const now = await exportedEvents();
    if (now === before) return now;
    before = now;
    await sleep(150);
  }
}

/** Without what nothing holds any more: when that is collected is not the export's doing. */
async function memoryInUse(): Promise<NodeJS.MemoryUsage> {
  collectGarbage();
  // Buffers are given back beside the collection.
  await sleep(100);
  collectGarbage();
  return process.memoryUsage();
}

/** Waits until an export can begin: the place of the last one is free. */
async function beginWhenFree(bearer?: string): Promise<IncomingMessage> {
  for (;;) {
    const answer = await begin(bearer);
    if (answer.statusCode !== 429) return answer;
    answer.resume();
    await sleep(50);
  }
}

test('a reader who is slow and keeps on gets all of it, long after a call would be answered with 503', async () => {
  const answer = await beginWhenFree();
  expect(answer.statusCode).toBe(200);
  const began = performance.now();
  const pieces: Buffer[] = [];
  // Bytes a millisecond: slow enough that the whole takes more than twice the deadline.
  const pace = BYTES / (2.5 * CALL_DEADLINE_MS);
  let taken = 0;
  for await (const piece of answer) {
    pieces.push(piece as Buffer);
    taken += (piece as Buffer).length;
    await sleep(Math.max(0, taken / pace - (performance.now() - began)));
  }
  expect(performance.now() - began).toBeGreaterThan(2 * CALL_DEADLINE_MS);
  expect(answer.complete).toBe(true);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const { records } = await parseFile(await decrypter.decrypt(Buffer.concat(pieces)), 'kanda');
  expect(records).toHaveLength(CLIENTS);
});

test('an account has one export under way at a time, and the next when that is over', async () => {
  const answer = await beginWhenFree();
  const second = await begin();
  expect(second.statusCode).toBe(429);
  second.resume();
  answer.destroy();
  const third = await beginWhenFree();
  expect(third.statusCode).toBe(200);
  third.destroy();
});

test('a reader who takes nothing is let go, and no more is read for it than waits', async () => {
  const before = await untilStill();
  const memory = await memoryInUse();
  expect((await beginWhenFree()).statusCode).toBe(200);
  const waiting = (await untilStill()) - before;
  expect(waiting).toBeLessThan(CLIENTS * 0.9);
  const { rss, arrayBuffers } = await memoryInUse();
  expect(arrayBuffers - memory.arrayBuffers).toBeLessThan(8 * MEBIBYTE);
  expect(rss - memory.rss).toBeLessThan(64 * MEBIBYTE);
  // Its place is free again only when its connection is gone.
  const free = await beginWhenFree();
  expect(free.statusCode).toBe(200);
  free.destroy();
  // What was left unread was not exported: its clients have no event of it.
  expect((await untilStill()) - before).toBeLessThan(CLIENTS * 1.8);
});

test('an export that has begun goes on after its log-in is no longer recent', async () => {
  const answer = await beginWhenFree();
  expect(answer.statusCode).toBe(200);
  const before = await untilStill();
  kanda.advance(6 * MINUTE);
  const refused = await begin();
  expect(refused.statusCode).toBe(403);
  refused.resume();
  answer.resume();
  await new Promise((resolve) => answer.once('close', resolve));
  expect(answer.complete).toBe(true);
  expect(await untilStill()).toBeGreaterThan(before);
  account = await factor.logIn(account);
});

test('a key that is revoked meanwhile gets no more', async () => {
  const key = await account.createKey({ scopes: ['totp:export'] });
  const answer = await beginWhenFree(key.apiKey);
  expect(answer.statusCode).toBe(200);
  await untilStill();
  expect((await account.call('DELETE', `/api/keys/${key.id}`)).statusCode).toBe(204);
  answer.resume();
  await new Promise((resolve) => answer.once('close', resolve));
  expect(answer.complete).toBe(false);
});

// The last one: the account exports nothing after it.
test('a key gets no more once the second factor is turned off', async () => {
  const key = await account.createKey({ scopes: ['totp:export'] });
  const answer = await beginWhenFree(key.apiKey);
  expect(answer.statusCode).toBe(200);
  await untilStill();
  const proof = { password: PASSWORD, totp: factor.nextCode() };
  expect((await account.call('DELETE', '/api/auth/two-factor', proof)).statusCode).toBe(204);
  answer.resume();
  await new Promise((resolve) => answer.once('close', resolve));
  expect(answer.complete).toBe(false);
});
