/** The access log: newest first, filtered, page by page. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../../src/domain/log/events.ts';
import {
  codeAt,
  expectProblem,
  HOUR,
  MINUTE,
  START,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

interface Line {
  readonly id: number;
  readonly event: string;
  readonly outcome: string;
  readonly clientId: string | null;
  readonly createdAt: string;
}

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
});
beforeEach(async () => {
  kanda.setClock(START);
  account = await kanda.signUp();
});
afterAll(() => kanda.close());

const page = async (query: string): Promise<{ data: Line[]; nextCursor: string | null }> =>
  (await account.call('GET', `/api/logs?${query}`)).json();
const lines = async (query: string) => (await page(query)).data;
const iso = (time: number) => new Date(time).toISOString();

/** A client with a success and a failure, an hour apart. */
async function useClient(clientId: string): Promise<void> {
  const { secret } = await account.enrol(clientId);
  const validate = (token: string) => account.call('POST', '/api/totp/validate', { clientId, token });
  await validate(codeAt(secret, kanda.now()));
  kanda.advance(10 * MINUTE);
  await validate(wrongCodeAt(secret, kanda.now()));
}

test('every line has the fields of the contract and a number without gaps, newest first', async () => {
  await useClient('alice');
  const all = await lines('');
  expect(all.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
  expect(all[0]).toEqual({
    id: 5,
    event: 'totp.validated',
    outcome: 'failure',
    reason: 'invalid_code',
    clientId: 'alice',
    actor: `account:${account.userId}`,
    ip: '127.0.0.1',
    userAgent: 'lightMyRequest',
    requestId: expect.stringMatching(/^req_test_/),
    createdAt: iso(kanda.now()),
  });
  expect(all.map(({ event }) => event)).toEqual([
    'totp.validated',
    'totp.validated',
    'client.registered',
    'account.login',
    'account.registered',
  ]);
});

describe('a filter', () => {
  beforeEach(async () => {
    await useClient('alice');
    kanda.setClock(START + 40 * MINUTE);
    await useClient('bob');
  });

  test('by clientId gives that client alone', async () => {
    const of = await lines('clientId=alice');
    expect(of.map(({ event, clientId }) => [event, clientId])).toEqual([
      ['totp.validated', 'alice'],
      ['totp.validated', 'alice'],
      ['client.registered', 'alice'],
    ]);
    expect(await lines('clientId=unknown')).toEqual([]);
  });

  test('by event, by outcome, and by both', async () => {
    expect(await lines('event=client.registered')).toHaveLength(2);
    expect((await lines('outcome=failure')).map(({ clientId }) => clientId)).toEqual(['bob', 'alice']);
    expect(await lines('event=account.login&outcome=failure')).toEqual([]);
    expect(await lines('event=totp.validated&outcome=success&clientId=bob')).toHaveLength(1);
  });

  test('by reason, actor, address and text, with several values each', async () => {
    const clients = async (query: string) => (await lines(query)).map(({ clientId }) => clientId);
    expect(await clients('reason=invalid_code,locked')).toEqual(['bob', 'alice']);
    expect(await clients('reason=invalid_*&clientIdPrefix=al')).toEqual(['alice']);
    expect(await lines('reason=invalid')).toEqual([]);
    expect(await clients('events=client.*,token.issued')).toEqual(['bob', 'alice']);
    expect(await lines(`actor=account:${account.userId}`)).toHaveLength(8);
    expect(await lines('actor=key:*,cli')).toEqual([]);
    expect(await lines('ip=10.0.0.0/8,127.0.0.0/30')).toHaveLength(8);
    expect(await lines('ip=127.0.0.2')).toEqual([]);
    expect(await clients('q=BOB&outcome=failure')).toEqual(['bob']);
    expect(await lines('q=lightmyrequest')).toHaveLength(8);
    expect(await lines('q=%25')).toEqual([]);
  });

  test('tells what is wrong with a value, and where', async () => {
    for (const [query, path, message] of [
      ['ip=192.0.2.1/33', '/ip', 'is no address or network such as 192.0.2.0/24: 192.0.2.1/33'],
      ['events=client.*,totp.hacked', '/events', 'names no event: totp.hacked'],
      ['reason=a,,b', '/reason', 'has an empty value'],
      [`actor=${Array(21).fill('cli')}`, '/actor', 'takes up to 20 values'],
    ]) {
      const { errors } = expectProblem(await account.call('GET', `/api/logs?${query}`), 400, 'query_invalid');
      expect(errors).toEqual([{ path, message }]);
    }
  });

  test('comes with how many match, when that is asked for', async () => {
    const total = async (query: string) =>
      (await account.call('GET', `/api/logs?limit=1&${query}`)).json().total;
    expect(await total('')).toBeUndefined();
    expect(await total('total=true')).toEqual({ count: 8, accuracy: 'exact' });
    expect(await total('total=true&reason=invalid_code')).toEqual({ count: 2, accuracy: 'exact' });
    expect(await total('total=true&clientId=alice')).toEqual({ count: 3, accuracy: 'exact' });
  });

  test('by time takes `from` in and leaves `to` out, in any offset', async () => {
    const times = async (query: string) => (await lines(query)).map(({ createdAt }) => createdAt);
    const failed = START + 10 * MINUTE;
    expect(await times(`from=${iso(failed)}&to=${iso(failed + 1)}`)).toEqual([iso(failed)]);
    expect(await times(`from=${iso(failed + 1)}&to=${iso(START + 40 * MINUTE)}`)).toEqual([]);
    const inOffset = encodeURIComponent('2026-01-31T11:40:15+02:00');
    expect(await times(`from=${inOffset}&to=${iso(failed + 1)}&clientId=alice`)).toEqual([iso(failed)]);
    expect(await times(`from=${iso(START + HOUR)}`)).toEqual([]);
    expect(await times(`to=${iso(START)}`)).toEqual([]);
  });

  test.each([
    'clientId=..',
    'clientId=a%2F..',
    'clientId=%zz',
    'clientId=%ff',
    'clientId=%00',
    'clientId=a%',
    'clientId=+a',
    'event=totp.hacked',
    'event=',
    'outcome=maybe',
    'q=',
    'q=%00',
    'reason=%0a',
    'ip=home',
    'events=*.client',
    'total=maybe',
    'from=yesterday',
    'from=2026-01-31',
    'from=2026-02-30T00:00:00Z',
    'from=2026-01-31T09:30:00',
    'to=1769851815',
    'limit=0',
    'limit=201',
    'limit=2.5',
    'format=xml',
    'client_id=alice',
    'clientId=alice&clientId=bob',
  ])('refuses ?%s', async (query) => {
    expectProblem(await account.call('GET', `/api/logs?${query}`), 400, 'query_invalid');
  });

  test('takes every event of the contract', async () => {
    for (const event of Object.keys(EVENT_TYPES)) {
      for (const line of await lines(`event=${event}`)) expect(line.event).toBe(event);
    }
  });

  test.each(['', '&clientId=bob', '&outcome=success', '&event=totp.validated'])(
    'gives the same page by page as all at once: %s',
    async (filter) => {
      const seen: number[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages < 50; pages++) {
        const next = await page(`limit=1${filter}${cursor === null ? '' : `&cursor=${cursor}`}`);
        seen.push(...next.data.map(({ id }) => id));
        cursor = next.nextCursor;
        if (cursor === null) break;
      }
      expect(cursor).toBeNull();
      expect(seen).toEqual((await lines(`limit=200${filter}`)).map(({ id }) => id));
    },
  );
});

test('a page goes on where the last one ended, whatever has been added meanwhile', async () => {
  await account.enrol('one');
  const first = await page('limit=2');
  await account.enrol('two');
  const second = await page(`limit=2&cursor=${first.nextCursor}`);
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual([3, 2, 1]);
});

test.each(['x', 'YS4x', 'Zi4w', 'Zi4xZTM', 'Zi4x='])('refuses the cursor %s', async (cursor) => {
  expectProblem(await account.call('GET', `/api/logs?cursor=${cursor}`), 400, 'cursor_invalid');
});

test("refuses another client's cursor where it follows one client", async () => {
  await useClient('alice');
  await useClient('bob');
  const { nextCursor } = await page('clientId=alice&limit=1');
  expectProblem(
    await account.call('GET', `/api/logs?clientId=bob&cursor=${nextCursor}`),
    400,
    'cursor_invalid',
  );
});
