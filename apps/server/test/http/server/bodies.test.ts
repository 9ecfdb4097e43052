/** Hostile bodies on every route that takes one (security.md, case 14): 4xx, quickly, and nothing is polluted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertAsDocumented, openApi } from '../support/documented.ts';
import { GOOD_BODIES, OPTIONAL_BODIES } from '../support/good-bodies.ts';
import { openRaw, openSlow, type RawAnswer, request } from '../support/raw-request.ts';
import {
  type Answer,
  expectProblem,
  modeFor,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;
let send: (request: string) => Promise<RawAnswer>;
let sendSlowly: (pieces: readonly string[]) => Promise<RawAnswer>;

beforeAll(async () => {
  kanda = await startApp();
  send = await openRaw(kanda);
  sendSlowly = await openSlow(kanda);
});
afterAll(() => kanda.close());

/** Lines of a request's head that say who makes it. */
function callerOf(path: string): string[] {
  const mode = Object.entries(modeFor(path)).map(([name, value]) => `${name}: ${value}`);
  return [`Authorization: Bearer ${account.token}`, ...mode];
}

/** Every field of these may be left out. */
const TAKES_AN_EMPTY_OBJECT = ['PUT /api/policy', 'PUT /api/hosted-pages'];

/** Of bodies, where it is another one than everywhere. */
const LIMITS_KIB: Readonly<Record<string, number>> = { '/api/totp/import': 512, '/api/hosted-pages': 128 };

type Method = 'POST' | 'PUT' | 'DELETE';

const withBody = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) =>
    'requestBody' in operation ? [{ method: method.toUpperCase() as Method, path }] : [],
  ),
);

test.each<[string, Buffer, string]>([
  ['UTF-8', Buffer.from('\ufeff{}'), 'it begins with a byte order mark (EF BB BF). Send it without'],
  ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'a byte order mark of UTF-16. Send UTF-8, without one'],
])('a byte order mark of %s is named, and what to do', async (_, body, words) => {
  account = await kanda.signUp();
  const answer = await ask({ method: 'POST', path: '/api/totp/validate' }, body);
  expect(expectProblem(answer, 400, 'body_malformed').detail).toContain(words);
});

test('this file knows every route that takes a body', () => {
  expect(Object.keys(GOOD_BODIES).sort()).toEqual(
    withBody.map(({ method, path }) => `${method} ${path}`).sort(),
  );
});

async function ask(
  { method, path: url }: { method: Method; path: string },
  payload: string | Buffer,
  type = 'application/json',
): Promise<Answer> {
  const headers = { authorization: `Bearer ${account.token}`, 'content-type': type, ...modeFor(url) };
  const remoteAddress = kanda.freshAddress();
  const answer = await kanda.app.inject({ method, url, payload, headers, remoteAddress });
  assertAsDocumented(method, url, answer);
  return answer;
}

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

describe.each(withBody)('$method $path', (route) => {
  const { method, path } = route;
  const name = `${method} ${path}`;
  const good = JSON.stringify(GOOD_BODIES[name]);
  const [field = '', value] = Object.entries(GOOD_BODIES[name] ?? {})[0] ?? [];
  // Wrong passwords add up, and the limit of log-ins is not what is looked at here.
  beforeAll(async () => {
    account = await kanda.signUp();
  });
  const withField = (text: string) => `${good.slice(0, -1)},${text}}`;

  test.each<[string, string | Buffer]>([
    ['not JSON', '{'],
    ['form fields', 'a=1&b=2'],
    ['a trailing comma', `${good.slice(0, -1)},}`],
    ['two values', good + good],
    ['single quotes', good.replaceAll('"', "'")],
    ['a comment', `${good}// done`],
    ['NaN', withField('"n":NaN')],
    ['a byte order mark', `\ufeff${good}`],
    ['UTF-16', Buffer.from(good, 'utf16le')],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from(good.slice(0, -2)), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    ],
    [
      'an overlong encoding',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ],
    ['a raw control character', '{"a":"\u0001"}'],
    ['the same name twice', withField(`"${field}":${JSON.stringify(value)}`)],
    [
      'the same name twice, once escaped',
      withField(`"\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}":1`),
    ],
    ['__proto__ twice', withField('"__proto__":{},"__proto__":{}')],
    ['depth 10,000 of lists', nested(8_000, '[', ']')],
    ['depth 10,000 of objects', withField(`"x":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`)],
    ['depth 9', withField(`"x":${nested(9, '[', ']')}`)],
    ['only white space', '   '],
  ])('refuses %s as body_malformed', async (_, body) => {
    expectProblem(await ask(route, body), 400, 'body_malformed');
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"text"'],
    ['a number', '1'],
    ['a list', `[${good}]`],
    ...(TAKES_AN_EMPTY_OBJECT.includes(name) ? [] : [['an empty object', '{}'] as [string, string]]),
    ['__proto__', withField('"__proto__":{"polluted":true}')],
    ['constructor', withField('"constructor":{"prototype":{"polluted":true}}')],
    ['toString', withField('"toString":1')],
    ['an unknown field', withField('"admin":true')],
    ['1,000 unknown fields', withField(Array.from({ length: 1_000 }, (_, at) => `"f${at}":1`).join(','))],
    ['a field of another type', good.replace(JSON.stringify(value), '{"$ne":null}')],
    ['a list where a text is needed', good.replace(JSON.stringify(value), `[${JSON.stringify(value)}]`)],
    ['half a surrogate pair', good.replace(JSON.stringify(value), '"\\ud800:"')],
  ])('refuses %s', async (_, body) => {
    const answer = await ask(route, body);
    // Where a body may be left out, or an empty one is enough, there is no such client.
    const isEnough = /^(?:null|\{\})?$/.test(body) && OPTIONAL_BODIES.includes(name);
    expect(isEnough ? [404] : [400, 401], answer.body).toContain(answer.statusCode);
    // The answer is not an amplifier, whatever was wrong in how many places.
    expect(answer.body.length).toBeLessThan(4_096);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  const limit = (LIMITS_KIB[path] ?? 16) * 1024;

  test(`takes ${limit} bytes and refuses one more with 413`, async () => {
    const padded = (length: number) => good.padEnd(length, ' ');
    expect((await ask(route, padded(limit))).statusCode).not.toBe(413);
    expectProblem(await ask(route, padded(limit + 1)), 413, 'body_too_large');
  });

  test('refuses 1 MB with 413, announced or not, and closes the connection', async () => {
    const body = 'x'.repeat(1_000_000);
    const headers = [...callerOf(path), 'Content-Type: application/json'];
    const announced = await send(request(method, path, [...headers, 'Content-Length: 1000000'], body));
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const chunked = await send(request(method, path, [...headers, 'Transfer-Encoding: chunked'], chunk));
    for (const answer of [announced, chunked]) {
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'body_too_large']);
      expect(answer.headers.connection).toBe('close');
    }
  });

  test.each(['Content-Length: 600000', 'Transfer-Encoding: chunked'])(
    '%s: who is still writing when it is refused gets to the end, and the answer',
    async (length) => {
      const headers = [...callerOf(path), 'Content-Type: application/json', length];
      const chunked = length.startsWith('Transfer');
      const quarter = 'x'.repeat(150_000);
      const piece = chunked ? `${quarter.length.toString(16)}\r\n${quarter}\r\n` : quarter;
      const last = chunked ? `${piece}0\r\n\r\n` : piece;
      const answer = await sendSlowly([request(method, path, headers), piece, piece, piece, last]);
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([413, 'body_too_large']);
    },
  );

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-patch',
    'application/problem+json',
    'text/json',
    'application/xml',
    'application',
    '*/*',
  ])('refuses the content type %s with 415', async (type) => {
    expectProblem(await ask(route, good, type), 415, 'content_type_unsupported');
  });

  test('refuses a body without a content type with 415', async () => {
    const answer = await send(
      request(method, path, [...callerOf(path), `Content-Length: ${good.length}`], good),
    );
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([415, 'content_type_unsupported']);
  });

  test.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'APPLICATION/JSON'])(
    'takes the content type %s',
    async (type) => {
      expect((await ask(route, '{"x":1}', type)).json().code).toMatch(
        // The path is as it is documented, and `{clientId}` is no name of a client.
        /^(body_invalid|totp_code_malformed|params_invalid)$/,
      );
    },
  );

  test('answers each of the worst within 50 ms', async () => {
    for (const body of [nested(8_000, '[', ']'), `{${'"a":1,'.repeat(2_000)}"a":1}`, '"'.repeat(16_000)]) {
      let best = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < 5; attempt++) {
        const began = performance.now();
        expect((await ask(route, body)).statusCode).toBe(400);
        best = Math.min(best, performance.now() - began);
      }
      expect(best).toBeLessThan(50);
    }
  });
});
