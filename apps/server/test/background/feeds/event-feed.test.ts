/**
 * Feeds of events on a store, to a file and to receivers of syslog messages that behave badly.
 *
 * Seen to fail: asked to confirm where only pruned events were passed over, the file stayed empty; with what the list of
 * logs said before a confirmation, events of each log but the first came two to three times; with a pause that began anew
 * after each round, a receiver that never confirms got the same events each second; with a figure that is written at the
 * end of a round, nothing waited for a receiver that was away; without a
 * bound the stop never ended; with messages made of all events at once, one that could not be made kept all logs waiting.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SOON } from '../../../../../test/support/patience.ts';
import { EventFeed, type EventFeedParts } from '../../../src/background/feeds/event-feed.ts';
import type { EventSink } from '../../../src/background/feeds/event-sink.ts';
import { FileSink } from '../../../src/background/feeds/file-sink.ts';
import { SyslogSink } from '../../../src/background/feeds/syslog-sink.ts';
import { eventFeeds } from '../../../src/cli/server/event-feeds.ts';
import { digest } from '../../../src/compose/installation.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { type FeedFigures, noFeedFigures } from '../../../src/domain/feeds/ports.ts';
import { ORIGIN, Workbench } from '../../store/contract/workbench.ts';
import { SqliteDatabase } from '../../store/sqlite/sqlite-database.ts';
import { closedPort, SyslogListener } from './syslog-listener.ts';

let bench: Workbench;
let folder: string;
let figures: FeedFigures;
const logged: { readonly fields: { readonly retryInMs?: number }; readonly message: string }[] = [];
const open: (() => unknown)[] = [];

beforeEach(async () => {
  logged.length = 0;
  figures = noFeedFigures();
  folder = mkdtempSync(join(tmpdir(), 'kanda-feed-'));
  bench = await Workbench.open(async () => new SqliteDatabase());
});
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
  await bench.close();
  rmSync(folder, { recursive: true });
});

const path = () => join(folder, 'events.ndjson');
const fileSink = () => new FileSink(path(), null, () => 0);

function startFeed(sink: EventSink, parts: Partial<EventFeedParts> = {}): EventFeed {
  const log = (fields: object, message: string) => void logged.push({ fields, message });
  const { store } = bench;
  const feed = new EventFeed({ store, sink, digest, log: { info: log, error: log }, figures, ...parts });
  open.push(() => feed.stop());
  feed.start();
  return feed;
}

/** To a listener of this process, at times of the test. */
function syslogSink(port: number, times: { confirmEveryMs: number; closeWithinMs?: number }): SyslogSink {
  const tls = { ca: null, certificate: null, key: null };
  return new SyslogSink({ tls: false, host: '127.0.0.1', port }, tls, 'host', times);
}

async function listener(): Promise<SyslogListener> {
  const made = await SyslogListener.start();
  open.push(() => made.end());
  return made;
}

/** `count` more events in the log of an account. */
async function record({ id }: Account, count: number, userAgent = 'feeds/1'): Promise<void> {
  const event = { event: 'totp.validated', outcome: 'failure', reason: 'client_not_found' } as const;
  const origin = { ...ORIGIN, userAgent };
  for (let made = 0; made < count; made++)
    await bench.store.recordEvent(id, { ...event, clientId: 'ada', at: bench.now, origin });
}

/** An account whose log has five events. */
async function accountOf5(name: string): Promise<Account> {
  const account = await bench.createAccount(name);
  await record(account, 4);
  return account;
}

/** The bodies of the first `to` of an account's five events are gone, as retention leaves it. */
async function prune({ id }: Account, to: number): Promise<void> {
  const checkpoint = { size: 5, root: new Uint8Array(32), at: bench.now, note: 'note' };
  await bench.store.extendLogTree(id, 0, 5, []);
  await bench.store.addCheckpoint(id, 0, checkpoint);
  expect(await bench.store.pruneEvents(id, to, 100)).toBe(to);
}

/** The feed has had two events of the log, and of the others the bodies are gone. */
async function losesThree(account: Account, feed: 'file' | 'syslog'): Promise<void> {
  await bench.store.settleFeed(feed, [{ accountId: account.id, from: 0, to: 2, mark: null }]);
  await prune(account, 5);
}

const waiting = async (feed: 'file' | 'syslog') => (await bench.store.waitingLogs(feed, -1, 1_000)).waiting;

/** The numbers of the account's events in the file. */
const inFile = ({ publicId }: Account): number[] =>
  (existsSync(path()) ? readFileSync(path(), 'utf8') : '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { account: string; id: number })
    .filter(({ account }) => account === publicId)
    .map(({ id }) => id);

test('a log of which all that is left was pruned keeps no other from the file, and its events are lost', async () => {
  const [pruned, next] = [await accountOf5('ada'), await accountOf5('bob')];
  await losesThree(pruned, 'file');
  startFeed(fileSink());
  await vi.waitFor(async () => expect(await waiting('file')).toEqual([]), SOON);
  expect(inFile(next)).toEqual([1, 2, 3, 4, 5]);
  expect(inFile(pruned)).toEqual([]);
  expect(figures).toMatchObject({ failures: 0, lost: 3, sent: 5 });
});

test('a receiver of syslog messages is not even connected to for what was pruned', async () => {
  await losesThree(await accountOf5('ada'), 'syslog');
  startFeed(syslogSink(await closedPort(), { confirmEveryMs: 1 }));
  await vi.waitFor(async () => expect(await waiting('syslog')).toEqual([]), SOON);
  expect(figures).toMatchObject({ failures: 0, lost: 3 });
});

test('what was pruned before a feed was new is not lost, and the feed begins behind it', async () => {
  const [whole, part] = [await accountOf5('ada'), await accountOf5('bob')];
  await prune(whole, 5);
  await prune(part, 3);
  startFeed(fileSink());
  await vi.waitFor(async () => expect(await waiting('file')).toEqual([]), SOON);
  expect(inFile(part)).toEqual([4, 5]);
  expect(figures).toMatchObject({ failures: 0, lost: 0, sent: 2 });
  await vi.waitFor(() => expect(figures.behind).toBe(0), SOON);
  expect(logged.map(({ message }) => message)).toEqual(['The events of all logs are sent to this receiver']);
});

test('events of several logs that grow all the time come once each', async () => {
  const accounts = [await accountOf5('ada'), await accountOf5('bob'), await accountOf5('cy')];
  const receiver = await listener();
  const feed = startFeed(syslogSink(receiver.port, { confirmEveryMs: 1_500 }));
  for (let time = 0; time < 12; time++) {
    for (const account of accounts) await record(account, 2);
    await sleep(500);
  }
  await vi.waitFor(() => expect(new Set(receiver.ids).size).toBe(3 * (5 + 24)), SOON);
  await feed.stop();
  expect(receiver.ids.length).toBe(new Set(receiver.ids).size);
  expect(figures).toMatchObject({ failures: 0, sent: 3 * (5 + 24) });
});

test('a receiver that takes everything and never confirms is tried more and more seldom, until it does', async () => {
  await accountOf5('ada');
  const receiver = await listener();
  receiver.confirms = false;
  startFeed(syslogSink(receiver.port, { confirmEveryMs: 1, closeWithinMs: 50 }));
  const pauses = () => logged.flatMap(({ fields: { retryInMs } }) => retryInMs ?? []);
  await vi.waitFor(() => expect(pauses().length).toBe(2), SOON);
  expect(pauses()).toEqual([1_000, 2_000]);
  expect(figures).toMatchObject({ behind: 5, sent: 0 });
  expect(logged.map(({ message }) => message)).not.toContain('Events are sent again');
  receiver.confirms = true;
  await vi.waitFor(async () => expect(await waiting('syslog')).toEqual([]), SOON);
  await vi.waitFor(() => expect(logged.at(-1)?.message).toBe('Events are sent again'), SOON);
});

test('a receiver that is away from the start has events behind it', async () => {
  await accountOf5('ada');
  startFeed(syslogSink(await closedPort(), { confirmEveryMs: 1 }));
  await vi.waitFor(() => expect(figures.failures).toBeGreaterThan(0), SOON);
  expect(figures.behind).toBe(5);
});

test.each([
  ['an event that this version does not know', 'type = 9999'],
  ['an event whose time was altered to one that no calendar has', 'at = 9000000000000000'],
])('%s counts as a failure once, and holds no other log up', async (_, altered) => {
  const [held, next] = [await accountOf5('ada'), await accountOf5('bob')];
  await bench.database.sql(`update event set ${altered} where account_id = ${held.id} and id = 3`);
  startFeed(fileSink());
  await vi.waitFor(async () => expect(await waiting('file')).toMatchObject([{ fedTo: 2 }]), SOON);
  expect(inFile(held)).toEqual([1, 2]);
  expect(inFile(next)).toEqual([1, 2, 3, 4, 5]);
  await vi.waitFor(() => expect(figures.behind).toBe(3), SOON);
  expect(figures.failures).toBe(1);
});

test('what many logs have had is kept in fewer transactions than there are logs', async () => {
  for (let number = 0; number < 30; number++) await bench.createAccount(`account-${number}`);
  const { store } = bench;
  let kept = 0;
  startFeed(fileSink(), {
    store: {
      waitingLogs: (...asked) => store.waitingLogs(...asked),
      eventsToFeed: (...asked) => store.eventsToFeed(...asked),
      settleFeed(...progress) {
        kept++;
        return store.settleFeed(...progress);
      },
    },
  });
  await vi.waitFor(async () => expect(await waiting('file')).toEqual([]), SOON);
  expect(kept).toBeLessThan(30);
});

test('what is set for TLS to a receiver that is not set is said to do nothing', async () => {
  const { store } = bench;
  const log = { info: () => {}, error: () => {} };
  const noticesWith = (env: Record<string, string>): string[] => {
    const notices: string[] = [];
    eventFeeds(loadConfig(env, {}), { store, digest, log }).start((notice) => notices.push(notice));
    return notices;
  };
  expect(noticesWith({ KANDA_SYSLOG_CA: '/ca.pem' })).toEqual([
    expect.stringContaining('without KANDA_SYSLOG'),
  ]);
  expect(noticesWith({})).toEqual([]);
});

test('a node that does not have the work, and cannot learn it, counts no failure', async () => {
  await accountOf5('ada');
  let asked = 0;
  const hold = async () => {
    if (++asked > 1) throw new Error('lock timeout');
    return false;
  };
  startFeed(fileSink(), { leadership: { hold } });
  await vi.waitFor(() => expect(asked).toBeGreaterThan(2), SOON);
  expect(figures.failures).toBe(0);
  expect(existsSync(path())).toBe(false);
});

test.skipIf(process.platform === 'win32')(
  'a file that takes nothing does not keep it from stopping',
  async () => {
    const account = await bench.createAccount('ada');
    // More than a pipe holds.
    await record(account, 200, 'x'.repeat(500));
    expect(spawnSync('mkfifo', [path()]).status).toBe(0);
    const feed = startFeed(fileSink(), { finishWithinMs: 100 });
    await vi.waitFor(() => expect(figures.behind).toBe(201), SOON);
    await sleep(500);
    await feed.stop();
    expect(logged.at(-1)?.message).toContain('did not end within the time for a stop');
    const reader = createReadStream(path()).resume();
    await once(reader, 'end');
  },
);
