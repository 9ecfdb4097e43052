/** GET /api/logs/stream over real connections: what comes, from where on, and how a stream ends. */
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../src/domain/errors.ts';
import { LogStreams, STREAMS_AT_ALL, STREAMS_PER_ACCOUNT } from '../../../src/http/routes/log/log-streams.ts';
import { HOUR, PASSWORD, START, startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

const PACE = { lookEveryMs: 10, catchUpEveryMs: 1, heartbeatMs: 60 };

let kanda: TestApp;
let url: string;
let account: TestAccount;
const listening: Listening[] = [];

async function listen(app: TestApp['app']): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  kanda = await startApp({ logStreamPace: PACE });
  url = await listen(kanda.app);
});
beforeEach(async () => {
  kanda.setClock(START);
  account = await kanda.signUp();
});
afterEach(async () => {
  for (const one of listening.splice(0)) await one.hangUp();
});
afterAll(() => kanda.close());

interface Message {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string | undefined;
  readonly comment: string | undefined;
}

/** A browser's EventSource, as far as it matters here. */
class Listening {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly #hangUp: AbortController;
  readonly #messages: AsyncGenerator<Message>;

  private constructor(response: Response, text: string, hangUp: AbortController) {
    this.status = response.status;
    this.headers = response.headers;
    this.text = text;
    this.#hangUp = hangUp;
    this.#messages = messagesOf(response);
  }

  static async open(query = '', headers: Record<string, string> = {}): Promise<Listening> {
    const hangUp = new AbortController();
    const response = await fetch(`${url}/api/logs/stream${query}`, {
      headers: { authorization: `Bearer ${account.token}`, ...headers },
      signal: hangUp.signal,
    });
    const one = new Listening(response, response.ok ? '' : await response.text(), hangUp);
    listening.push(one);
    if (response.ok) expect(await one.next()).toMatchObject({ comment: 'connected' });
    return one;
  }

  /** The next message, comments included; null at the end. */
  async next(): Promise<Message | null> {
    const { value, done } = await this.#messages.next();
    return done === true ? null : value;
  }

  /** The next event of the log. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at events field by field, and expect() checks each.
  async event(): Promise<any> {
    for (;;) {
      const message = await this.next();
      if (message === null) throw new Error('the stream has ended');
      if (message.data !== undefined) {
        const event = JSON.parse(message.data);
        if (message.event === undefined) expect(message.id).toBe(String(event.id));
        return event;
      }
    }
  }

  /** Why it ends, after the events that still came; the end itself follows. */
  async end(): Promise<unknown> {
    for (;;) {
      const message = await this.next();
      if (message === null) throw new Error('the stream has ended without a word');
      if (message.event !== 'end') continue;
      expect(await this.next()).toBeNull();
      return JSON.parse(message.data ?? '');
    }
  }

  async hangUp(): Promise<void> {
    this.#hangUp.abort();
    await this.#messages.return(undefined).catch(() => {});
  }
}

async function* messagesOf(response: Response): AsyncGenerator<Message> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      yield { id: field('id'), event: field('event'), data: field('data'), comment: field('') };
    }
  }
}

describe('a stream', () => {
  test('gives what happens from now on, each event as the log has it', async () => {
    const stream = await Listening.open();
    expect(stream.status).toBe(200);
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await account.enrol('ada');
    const event = await stream.event();
    expect(event).toMatchObject({ event: 'client.registered', clientId: 'ada' });
    expect((await account.call('GET', `/api/logs/${event.id}`)).json()).toEqual(event);
  });

  test('goes on after the event that the browser had last, or the page asks for, without a gap', async () => {
    for (const clientId of ['a', 'b', 'c']) await account.enrol(clientId);
    const [newest] = (await account.call('GET', '/api/logs?limit=1')).json().data;
    for (const stream of [
      await Listening.open('', { 'last-event-id': String(newest.id - 2) }),
      await Listening.open(`?after=${newest.id - 2}`),
      await Listening.open('?after=1', { 'last-event-id': String(newest.id - 2) }),
    ]) {
      expect([(await stream.event()).clientId, (await stream.event()).clientId]).toEqual(['b', 'c']);
    }
  });

  test('takes a Last-Event-ID that makes no sense for none', async () => {
    for (const id of ['99999999', '-1', 'x', '1 or 1=1', '9'.repeat(40)]) {
      const stream = await Listening.open('', { 'last-event-id': id });
      await account.enrol(`client-${id.length}-${id.charCodeAt(0)}`);
      expect(await stream.event()).toMatchObject({ event: 'client.registered' });
    }
  });

  test('gives only what passes its filters', async () => {
    const failures = await Listening.open('?outcome=failure');
    const ofBob = await Listening.open('?clientId=bob');
    const deletions = await Listening.open('?event=client.deleted');
    await account.enrol('ada');
    await account.enrol('bob');
    await account.call('POST', '/api/totp/register', { clientId: 'ada', label: 'a', issuer: 'b' });
    await account.call('DELETE', '/api/totp/clients/bob');
    expect(await failures.event()).toMatchObject({ reason: 'client_exists', clientId: 'ada' });
    expect([(await ofBob.event()).event, (await ofBob.event()).event]).toEqual([
      'client.registered',
      'client.deleted',
    ]);
    expect(await deletions.event()).toMatchObject({ clientId: 'bob' });
  });

  test('shows nothing of other accounts', async () => {
    const stream = await Listening.open('?after=0');
    const other = await kanda.signUp();
    await other.enrol('of-another');
    await account.enrol('own');
    const events = [await stream.event(), await stream.event(), await stream.event()];
    expect(events.map(({ event }) => event)).toEqual([
      'account.registered',
      'account.login',
      'client.registered',
    ]);
    expect(events[2]).toMatchObject({ clientId: 'own' });
  });

  test('shows that it stands while nothing happens', async () => {
    const stream = await Listening.open();
    const [newest] = (await account.call('GET', '/api/logs?limit=1')).json().data;
    expect(await stream.next()).toMatchObject({ comment: 'still here', id: String(newest.id) });
  });

  test('works with a session cookie, and from our own pages alone', async () => {
    const headers = { host: 'localhost' };
    const body = { email: account.email, password: PASSWORD, session: 'cookie' };
    const more = { headers, remoteAddress: kanda.freshAddress() };
    const login = await kanda.call('POST', '/api/auth/login', body, more);
    const cookie = String(login.headers['set-cookie']).split(';', 1)[0] ?? '';
    const own = await fetch(`${url}/api/logs/stream`, {
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
    expect(own.status).toBe(200);
    await own.body?.cancel();
    const foreign = await fetch(`${url}/api/logs/stream`, {
      headers: { cookie, 'sec-fetch-site': 'cross-site' },
    });
    expect(foreign.status).toBe(403);
  });
});

describe('a stream ends', () => {
  test('with its session', async () => {
    const stream = await Listening.open();
    await account.call('POST', '/api/auth/logout');
    expect(await stream.end()).toMatchObject({ code: 'token_invalid' });
    expect((await Listening.open()).status).toBe(401);
  });

  test('with its token', async () => {
    const stream = await Listening.open();
    kanda.advance(HOUR);
    expect(await stream.end()).toMatchObject({ code: 'token_expired' });
  });

  test('with its key', async () => {
    const { id, apiKey } = await account.createKey();
    const stream = await Listening.open('', { authorization: `Bearer ${apiKey}` });
    await account.call('DELETE', `/api/keys/${id}`);
    expect(await stream.end()).toMatchObject({ code: 'key_invalid' });
  });

  test('with the server, which does not wait for it', async () => {
    const app = await startApp({ logStreamPace: { ...PACE, lookEveryMs: 60_000 } });
    const before = url;
    url = await listen(app.app);
    const { token } = await app.signUp();
    const stream = await Listening.open('', { authorization: `Bearer ${token}` });
    url = before;
    const begun = performance.now();
    await app.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await stream.next()).toBeNull();
  });
});

describe('the number of streams', () => {
  test('of an account is bounded, and a place is free again when someone hangs up', async () => {
    const open: Listening[] = [];
    for (let number = 0; number < STREAMS_PER_ACCOUNT; number++) open.push(await Listening.open());
    const refused = await Listening.open();
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await open[0]?.hangUp();
    let again = await Listening.open();
    // The server learns of it when the system tells it.
    for (let wait = 0; again.status === 429 && wait < 100; wait++) {
      await sleep(20);
      again = await Listening.open();
    }
    expect(again.status).toBe(200);
  });

  const streams = () => new LogStreams(async (_id, after) => ({ events: [], reached: after, more: false }));
  const listener = (accountId: number) => ({
    accountId,
    filter: { clientId: null, event: null, outcome: null },
    after: 0,
    stillAllowed: async () => {},
  });

  test('of all accounts together is bounded too', () => {
    const all = streams();
    const open = Array.from({ length: STREAMS_AT_ALL }, (_, number) => all.open(listener(number)));
    expect(() => all.open(listener(STREAMS_AT_ALL))).toThrow(Fault);
    all.release(open[7] as (typeof open)[number]);
    all.open(listener(STREAMS_AT_ALL));
  });

  test('leaves room for an account that has none, however many another few have opened', async () => {
    const all = streams();
    const accounts = STREAMS_AT_ALL / STREAMS_PER_ACCOUNT;
    const open = Array.from({ length: STREAMS_AT_ALL }, (_, number) => all.open(listener(number % accounts)));
    for (const stream of open) await stream.next();
    const newcomers = Array.from({ length: 3 }, () => all.open(listener(accounts)));
    for (const oldest of open.slice(0, 3)) {
      let last = await oldest.next();
      while (last.value?.startsWith('id: ')) last = await oldest.next();
      expect(last.value).toMatch(/^event: end\ndata: \{"code":"rate_limited"/);
      expect(await oldest.next()).toEqual({ value: undefined, done: true });
    }
    // Anyone who had to give one up gets it back from no one: no account has two more than he.
    expect(() => all.open(listener(0))).toThrow(Fault);
    for (const stream of [...open, ...newcomers]) await stream.return(undefined);
  });
});

test('nothing is read before a listener has taken what came before', async () => {
  const asked: number[] = [];
  const streams = new LogStreams(async (_accountId, after) => {
    asked.push(after);
    const event = { id: after + 1, event: 'account.login', outcome: 'success', reason: null } as const;
    const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
    return { events: [{ ...event, clientId: null, at: START, origin }], reached: after + 1, more: true };
  }, PACE);
  const filter = { clientId: null, event: null, outcome: null };
  const events = streams.open({ accountId: 1, filter, after: 0, stillAllowed: async () => {} });
  await events.next();
  for (let taken = 1; taken <= 3; taken++) {
    await events.next();
    await sleep(20);
    expect(asked).toEqual(Array.from({ length: taken }, (_, index) => index));
  }
  await events.return(undefined);
});

test('a store that is away for a while ends no stream', async () => {
  let away = true;
  const streams = new LogStreams(async (_accountId, after) => {
    if (away) throw new Fault('store_unavailable', 'away');
    return { events: [], reached: after + 1, more: false };
  }, PACE);
  const filter = { clientId: null, event: null, outcome: null };
  const events = streams.open({ accountId: 1, filter, after: 6, stillAllowed: async () => {} });
  await events.next();
  expect((await events.next()).value).toBe('id: 6\n: still here\n\n');
  away = false;
  const next = (await events.next()).value ?? '';
  expect(Number(/^id: (\d+)\n/.exec(next)?.[1])).toBeGreaterThan(6);
  await events.return(undefined);
});
