/**
 * The events of all logs over syslog, as rsyslog reads them.
 *
 * Seen to fail: with values that are not escaped, rsyslog reads other ones; with a cursor that moves on when a message was
 * written to the connection, events are missing after the receiver was killed; with one that is kept in memory alone, all
 * events come again after a restart; without the certificate's check, events went to a receiver of another name.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { Caller, codeOf, openAccount, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { SOON } from '../support/patience.ts';
import { type Received, rsyslogd, SyslogReceiver } from '../support/syslog-receiver.ts';

let receiver: SyslogReceiver | null = null;
afterEach(async () => receiver?.end());
afterAll(endAll);

async function startBoth(options: { host?: string; ca?: boolean; client?: boolean } = {}) {
  const { host = 'localhost', ca = true, client = false } = options;
  receiver = await SyslogReceiver.start(temporaryFolder(), { knowsClients: client });
  const kanda = await KandaProcess.start({
    flags: ['--syslog', `tls://${host}:${receiver.port}`],
    env: {
      ...(ca ? { KANDA_SYSLOG_CA: receiver.ca } : {}),
      ...(client
        ? { KANDA_SYSLOG_CERTIFICATE: receiver.client.certificate, KANDA_SYSLOG_KEY: receiver.client.key }
        : {}),
    },
  });
  return { kanda, receiver };
}

/** Each message once, by its id. */
function distinct(messages: readonly Received[]): Received[] {
  return [...new Map(messages.map((message) => [message.data.id, message])).values()];
}

/** Numbers of the account's events, in the order in which they came first. */
const sequencesOf = (messages: readonly Received[], account: string | undefined) =>
  distinct(messages)
    .filter(({ data }) => data.account === account)
    .map(({ data }) => Number(data.sequence));

const metric = async (url: string, line: string): Promise<number> => {
  const { text } = await new Caller(url).get('/metrics');
  return Number(new RegExp(`^${line} (\\S+)$`, 'm').exec(text)?.[1]);
};

describe.skipIf(rsyslogd === null)('rsyslog', () => {
  test('reads each event as it is in the log, with all that a value may hold', async () => {
    const { kanda, receiver } = await startBoth({ client: true });
    const { apiKey } = await openAccount(kanda.url);
    const caller = new Caller(kanda.url, { 'user-agent': 'a"b\\c]d=[x y="z"] \\"' }).withBearer(apiKey);
    for (const clientId of ['a"b', 'back\\slash\\', ']', '[x y="z"]', 'Zoë😀', "'; <>&%"]) {
      await caller.enrol(clientId);
      await caller.validate(clientId, '000000');
    }
    await new Caller(kanda.url).post('/api/auth/login', {
      email: 'no@example.com',
      password: 'x'.repeat(20),
    });
    const events = await caller.events();
    const account = () =>
      receiver.received().find(({ data }) => data.account?.startsWith('acc_'))?.data.account;
    await vi.waitFor(
      () => expect(sequencesOf(receiver.received(), account())).toHaveLength(events.length),
      SOON,
    );
    const messages = receiver.received().filter(({ data }) => data.account === account());
    const read = messages.map(({ msgid, data: { id: _, account: __, test: ___, sequence, ...data } }) => ({
      id: Number(sequence),
      event: msgid,
      ...data,
    }));
    const logged = events.map(
      ({ createdAt: _, ...event }: (typeof events)[number] & { createdAt?: string }) =>
        Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null)),
    );
    expect(read).toEqual(logged);
    const [first] = messages;
    expect(first).toMatchObject({ app: 'kanda', pri: '110', msg: 'account.registered success' });
    await vi.waitFor(
      () => expect(receiver.received().map(({ data }) => data.account)).toContain('installation'),
      SOON,
    );
    expect(receiver.received().find(({ data }) => data.account === 'installation')?.pri).toBe('109');
    expect(JSON.stringify(receiver.received())).not.toContain(apiKey);
    expect((await kanda.stop()).code).toBe(0);
  });

  test('gets every event although it is killed, and Kanda too, while events are sent', async () => {
    let { kanda, receiver } = await startBoth();
    const { apiKey } = await openAccount(kanda.url);
    let caller = new Caller(kanda.url).withBearer(apiKey);
    const enrolled = await caller.enrol('ada');
    const write = async (count: number, from: number) => {
      for (const code of wrongCodes(enrolled, count, from)) await caller.validate('ada', code);
    };
    await write(200, 0);
    await vi.waitFor(() => expect(receiver.received().length).toBeGreaterThan(50), SOON);
    receiver.freeze();
    await write(100, 1_000);
    // Long enough for these to be written to the connection, on which they are never read.
    await sleep(3_000);
    await receiver.end();
    await write(100, 1_500);
    await vi.waitFor(async () => {
      expect(await metric(kanda.url, 'kanda_feed_failures_total\\{feed="syslog"\\}')).toBeGreaterThan(0);
    }, SOON);
    // Calls are answered as ever.
    expect((await caller.validate('ada', codeOf(enrolled))).status).toBe(200);
    await receiver.start();
    const count = receiver.received().length;
    await vi.waitFor(() => expect(receiver.received().length).toBeGreaterThan(count), SOON);
    await kanda.kill();
    kanda = await kanda.again();
    caller = caller.at(kanda.url);
    await write(200, 2_000);
    const events = await caller.events();
    await vi.waitFor(() => {
      const account = receiver.received().find(({ data }) => data.clientId === 'ada')?.data.account;
      const sequences = sequencesOf(receiver.received(), account);
      expect(sequences).toEqual(events.map(({ id }) => id));
    }, SOON);
    await vi.waitFor(async () => {
      expect(await metric(kanda.url, 'kanda_feed_events_behind\\{feed="syslog"\\}')).toBe(0);
    }, SOON);
    // What was confirmed is not sent again.
    await kanda.stop();
    const before = receiver.received().length;
    kanda = await kanda.again();
    await new Caller(kanda.url).post('/api/auth/login', {
      email: 'no@example.com',
      password: 'x'.repeat(20),
    });
    await vi.waitFor(() => expect(receiver.received().length).toBeGreaterThan(before), SOON);
    expect(receiver.received().length).toBe(before + 1);
    await kanda.stop();
  });

  test.each([
    ['has another name than the one that was set', { host: '127.0.0.1' }, /does not match|altnames|IP/i],
    ['has a certificate of an unknown authority', { ca: false }, /self-signed|unable to|issuer/i],
  ])('gets nothing when it %s, which is said, and calls go on', async (_what, options, message) => {
    const { kanda, receiver } = await startBoth(options);
    await openAccount(kanda.url);
    await vi.waitFor(() => expect(kanda.output).toContain('Events could not be sent'), SOON);
    expect(kanda.output).toMatch(message);
    expect(receiver.received()).toEqual([]);
    expect((await new Caller(kanda.url).get('/readyz')).status).toBe(200);
    expect((await kanda.stop()).code).toBe(0);
  });

  test('that lets in known clients alone gets nothing of others, and the cursor stays', async () => {
    const { receiver: strict } = await startBoth({ client: true });
    const kanda = await KandaProcess.start({
      flags: ['--syslog', `tls://localhost:${strict.port}`, '--syslog-ca', strict.ca],
    });
    await openAccount(kanda.url);
    await vi.waitFor(() => expect(kanda.output).toContain('Events could not be sent'), SOON);
    await sleep(1_500);
    expect(await metric(kanda.url, 'kanda_feed_events_total\\{feed="syslog"\\}')).toBe(0);
    expect(strict.received().some(({ msgid }) => msgid === 'key.created')).toBe(false);
    await kanda.stop();
  });
});

test('plain TCP is sent to, with a warning, and so are headers of a sink over HTTP', async () => {
  const kanda = await KandaProcess.start({
    flags: ['--syslog', 'tcp://127.0.0.1:9', '--checkpoint-sink', 'http://127.0.0.1:9/'],
    env: { KANDA_CHECKPOINT_SINK_HEADERS: 'authorization=hunter2' },
  });
  expect(kanda.output).toContain('KANDA_SYSLOG begins with tcp://');
  expect(kanda.output).toContain('KANDA_CHECKPOINT_SINK begins with http://');
  expect(kanda.output).not.toContain('hunter2');
  await kanda.stop();
});
