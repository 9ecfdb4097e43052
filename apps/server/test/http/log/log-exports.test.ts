/** The log as CSV and as NDJSON (security.md, case 17): whatever callers send along stays one line and inert. */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Fault } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { openRaw, request } from '../support/raw-request.ts';
import {
  expectProblem,
  PASSWORD,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
});
beforeEach(async () => {
  account = await kanda.signUp();
});
afterAll(() => kanda.close());

const ORIGIN = { actor: 'cli', ip: null, userAgent: null, requestId: null };
const HEADER = 'id,event,outcome,reason,clientId,actor,ip,userAgent,requestId,createdAt';
const csv = async (filter = '') => (await account.call('GET', `/api/logs?format=csv${filter}`)).body;
const ndjson = async (filter = '') => (await account.call('GET', `/api/logs?format=ndjson${filter}`)).body;
const attempt = (clientId: string, userAgent: string) =>
  account.call(
    'POST',
    '/api/totp/validate',
    { clientId, token: '000000' },
    { headers: { 'user-agent': userAgent } },
  );

/** Reads CSV as RFC 4180 has it: quoted cells may hold commas, line ends and doubled quotes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.slice(0, -1);
}

const tooMany = () => new Fault('rate_limited', 'too many', { retryAfterSeconds: 1 });

// Seen to fail with the first page read after the headers: 200, and an answer that was cut off.
test('an export is refused with 429 while its account has too many searches waiting', async () => {
  const listEvents = vi.spyOn(kanda.installation.store, 'listEvents').mockRejectedValueOnce(tooMany());
  onTestFinished(() => listEvents.mockRestore());
  const answer = await account.call('GET', '/api/logs?format=csv');
  expectProblem(answer, 429, 'rate_limited');
  expect(answer.headers['retry-after']).toBe('1');
});

// Seen to fail without another try: the answer was cut off.
test('an export that has begun waits when its account then has too many searches waiting', async () => {
  const { store } = kanda.installation;
  const { id } = (await store.findAccountByPublicId(account.userId)) ?? { id: 0 };
  for (let number = 0; number < 300; number++) {
    await store.recordEvent(id, {
      event: 'account.login',
      outcome: 'failure',
      reason: null,
      clientId: null,
      at: START,
      origin: ORIGIN,
    });
  }
  const real = store.listEvents;
  let calls = 0;
  const listEvents = vi
    .spyOn(store, 'listEvents')
    .mockImplementation((...query) => (++calls === 2 ? Promise.reject(tooMany()) : real(...query)));
  onTestFinished(() => listEvents.mockRestore());
  const rows = (await ndjson()).trimEnd().split('\n');
  expect(rows.length).toBeGreaterThan(300);
  expect(calls).toBeGreaterThan(2);
});

test.each(['csv', 'ndjson'])(
  'HEAD of %s has the headers of GET and reads nothing of the log',
  async (format) => {
    await account.enrol('alice');
    const url = `/api/logs?format=${format}`;
    const get = await account.call('GET', url);
    const listEvents = vi.spyOn(kanda.installation.store, 'listEvents');
    const head = await account.call('HEAD', url);
    expect(listEvents).not.toHaveBeenCalled();
    listEvents.mockRestore();
    expect([head.statusCode, head.body]).toEqual([200, '']);
    const told = ({ date, 'transfer-encoding': _, connection, ...headers }: typeof get.headers) => headers;
    expect(told(head.headers)).toEqual(told(get.headers));
  },
);

describe('as CSV', () => {
  test('has a header line, CRLF after every line, and empty cells for what is not there', async () => {
    const answer = await account.call('GET', '/api/logs?format=csv');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="kanda-log.csv"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const lines = answer.body.split('\r\n');
    expect(lines[0]).toBe(HEADER);
    expect(lines.at(-1)).toBe('');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(
      /^2,account\.login,success,,,account:acc_\w+,10\.[\d.]+,lightMyRequest,req_test_\w+,2026-01-31T09:30:15\.000Z$/,
    );
  });

  test('says the same as JSON, cell by cell', async () => {
    await account.enrol('alice');
    const { data } = (await account.call('GET', '/api/logs?limit=200')).json();
    const [header, ...rows] = parseCsv(await csv());
    expect(header?.join(',')).toBe(HEADER);
    expect(rows).toEqual(
      data.map((line: Record<string, unknown>) => Object.values(line).map((value) => String(value ?? ''))),
    );
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '=HYPERLINK("http://evil","x")', "=cmd|' /C calc'!A0"])(
    'gives the cell %s an apostrophe, so that no spreadsheet runs it',
    async (formula) => {
      await attempt('unknown', formula);
      const cells = parseCsv(await csv('&clientId=unknown'))[1];
      expect(cells?.[7]).toBe(`'${formula}`);
    },
  );

  test('gives a clientId that reads as a formula an apostrophe too', async () => {
    for (const clientId of ['+1', '-1', '@SUM']) {
      await attempt(clientId, 'curl');
      expect(parseCsv(await csv(`&clientId=${encodeURIComponent(clientId)}`))[1]?.[4]).toBe(`'${clientId}`);
    }
  });

  test('quotes commas and quotation marks', async () => {
    await attempt('unknown', 'Mozilla/5.0 (X11, "Linux")');
    expect(await csv('&clientId=unknown')).toContain(',"Mozilla/5.0 (X11, ""Linux"")",');
  });
});

describe('a user agent', () => {
  test.each([
    ['an ANSI escape', 'a\u001b[31mred', 'a\\u001b[31mred'],
    ['CR LF', 'a\r\nb', 'a\\u000d\\u000ab'],
    ['a tab', 'a\tb', 'a\\u0009b'],
    ['DEL', 'a\u007fb', 'a\\u007fb'],
    ['a C1 control', 'a\u009b31mb', 'a\\u009b31mb'],
  ])('with %s stays one line in every format', async (_, userAgent, shown) => {
    await attempt('unknown', userAgent);
    const { data } = (await account.call('GET', '/api/logs?clientId=unknown')).json();
    expect(data[0].userAgent).toBe(shown);
    expect((await csv('&clientId=unknown')).split('\r\n')).toHaveLength(3);
    expect((await ndjson('&clientId=unknown')).split('\n')).toHaveLength(2);
    for (const body of [await csv(), await ndjson()]) {
      expect([...body].filter((character) => /[^\P{Cc}\r\n]/u.test(character))).toEqual([]);
    }
  });

  test('is kept to its first 256 characters', async () => {
    await attempt('unknown', 'x'.repeat(2_000));
    const { data } = (await account.call('GET', '/api/logs?clientId=unknown')).json();
    expect(data[0].userAgent).toBe('x'.repeat(256));
  });

  test('is null when there is none', async () => {
    const send = await openRaw(kanda);
    const body = JSON.stringify({ clientId: 'unknown', token: '000000' });
    const headers = [
      `Authorization: Bearer ${account.token}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    expect((await send(request('POST', '/api/totp/validate', headers, body))).status).toBe(404);
    const { data } = (await account.call('GET', '/api/logs?clientId=unknown')).json();
    expect(data).toMatchObject([{ ip: '127.0.0.1', userAgent: null }]);
  });
});

describe('as NDJSON', () => {
  test('is one JSON object a line, the same as in the pages', async () => {
    await account.enrol('alice');
    const answer = await account.call('GET', '/api/logs?format=ndjson');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="kanda-log.ndjson"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const lines = answer.body.trimEnd().split('\n');
    const { data } = (await account.call('GET', '/api/logs?limit=200')).json();
    expect(lines.map((line) => JSON.parse(line))).toEqual(data);
  });

  test('takes the same filters, and gives all that matches whatever the limit', async () => {
    for (const clientId of ['a', 'b', 'c']) await account.enrol(clientId);
    const lines = (await ndjson('&event=client.registered&limit=1')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).clientId)).toEqual(['c', 'b', 'a']);
    expect(await ndjson('&event=key.created')).toBe('');
    expectProblem(await account.call('GET', '/api/logs?format=ndjson&event=x'), 400, 'query_invalid');
  });
});

/** Begins an export of the log of a new account with 4,002 events. */
async function exportThousands(email: string): Promise<Response> {
  const { installation, app } = kanda;
  const owner = await installation.accounts.register(
    { email, password: new Secret(PASSWORD) },
    { at: START, origin: ORIGIN },
  );
  const origin = { actor: 'cli', ip: '192.0.2.1', userAgent: 'x'.repeat(200), requestId: null };
  await Promise.all(
    Array.from({ length: 4_000 }, (_, at) =>
      installation.store.recordEvent(owner.id, {
        event: 'account.login',
        outcome: 'success',
        reason: null,
        clientId: null,
        at: START + at,
        origin,
      }),
    ),
  );
  const loggedIn = await kanda.call('POST', '/api/auth/login', { email: owner.email, password: PASSWORD });
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const headers = { authorization: `Bearer ${loggedIn.json().token}` };
  return fetch(`http://127.0.0.1:${port}/api/logs?format=ndjson`, { headers });
}

test('an export of thousands of events comes as a stream, in pieces, complete and in order', async () => {
  const answer = await exportThousands('streams@example.com');
  expect(answer.headers.get('content-length')).toBeNull();

  let pieces = 0;
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of answer.body ?? []) {
    pieces++;
    text += decoder.decode(piece, { stream: true });
  }
  const ids = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);
  expect(ids).toEqual(Array.from({ length: 4_002 }, (_, index) => 4_002 - index));
  expect(pieces).toBeGreaterThan(1);
});

// Seen to fail: the rest of the log went out, although the log-in had ended.
test('an export ends with its bearer, and its reader sees that it was cut off', async () => {
  const { store, sessions } = kanda.installation;
  const read = store.listEvents;
  const listEvents = vi.spyOn(store, 'listEvents').mockImplementation(async (accountId, filter, page) => {
    if (page.cursor !== null) {
      const { data } = await sessions.list(accountId, START, { cursor: null, limit: 1 });
      const change = { accountId, sessionId: data[0]?.id ?? '', at: START };
      if (data.length > 0) await sessions.end(change.sessionId, { ...change, origin: ORIGIN });
    }
    return read(accountId, filter, page);
  });
  onTestFinished(() => {
    listEvents.mockRestore();
  });
  const answer = await exportThousands('ends@example.com');
  let text = '';
  const decoder = new TextDecoder();
  await expect(async () => {
    for await (const piece of answer.body ?? []) text += decoder.decode(piece, { stream: true });
  }).rejects.toThrow();
  expect(listEvents).toHaveBeenCalledTimes(2);
  expect(text.split('\n').length - 1).toBeLessThanOrEqual(1_000);
});
