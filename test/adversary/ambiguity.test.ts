/**
 * Requests that two readers take for different things, as a proxy and Kanda could: smuggled ones behind a body whose
 * length is given twice, fields that come twice, bodies in another coding. Each is refused or read in one way only, and
 * what was smuggled is never carried out.
 *
 * Seen to fail with the guards out: without `joinDuplicateHeaders` (http/server/app.ts) the first of two bearers was taken;
 * without the look at Content-Encoding (http/server/strict-input.ts) a body that says to be compressed was judged.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AccountAccess,
  Caller,
  codeOf,
  type Enrolled,
  openAccount,
  wrongCodes,
} from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { type RawAnswer, sendRaw } from '../support/raw-socket.ts';

let server: KandaProcess;
let access: AccountAccess;
let caller: Caller;
let ada: Enrolled;

beforeAll(async () => {
  server = await KandaProcess.start();
  access = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(access.apiKey);
  ada = await caller.enrol('ada');
});
afterAll(endAll);

const LINE = '\r\n';
const bearer = () => `Authorization: Bearer ${access.apiKey}`;
const JSON_BODY = 'Content-Type: application/json';
/** Never carried out, wherever it stands within another request. */
const smuggled = () => message(['POST /api/totp/clients/ada/disable HTTP/1.1', 'Host: kanda', bearer()]);

function message(lines: readonly string[], body = ''): string {
  return `${lines.join(LINE)}${LINE}${LINE}${body}`;
}

/** A validation of a wrong code with these fields in the place of Content-Length. */
function validation(fields: (length: number) => readonly string[], body?: (json: string) => string): string {
  const json = JSON.stringify({ clientId: 'ada', token: wrongCodes(ada, 1)[0] });
  const head = ['POST /api/totp/validate HTTP/1.1', 'Host: kanda', 'Connection: close', bearer(), JSON_BODY];
  return message([...head, ...fields(json.length)], body?.(json) ?? json);
}

async function changedNothing(): Promise<void> {
  const events = await caller.events('ada');
  expect(events.map(({ event }) => event)).toEqual(['client.registered']);
}

describe('a body whose length can be read in two ways is refused, and nothing behind it is carried out', () => {
  const withSmuggled = (before: string) => () => `${before}${smuggled()}`;
  test.each<[string, () => string]>([
    [
      'a length and chunks',
      () => validation(() => ['Content-Length: 5', 'Transfer-Encoding: chunked'], withSmuggled('0\r\n\r\n')),
    ],
    [
      'chunks with a space before the colon',
      () => validation(() => ['Transfer-Encoding : chunked', 'Content-Length: 5'], withSmuggled('0\r\n\r\n')),
    ],
    ['an unknown coding', () => validation(() => ['Transfer-Encoding: xchunked'], withSmuggled('0\r\n\r\n'))],
    [
      'chunks twice',
      () => validation(() => ['Transfer-Encoding: chunked, chunked'], withSmuggled('0\r\n\r\n')),
    ],
    [
      'chunks, then identity',
      () =>
        validation(
          () => ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
          withSmuggled('0\r\n\r\n'),
        ),
    ],
    ['the same length twice', () => validation((length) => Array(2).fill(`Content-Length: ${length}`))],
    ['two lengths', () => validation((length) => [`Content-Length: ${length}`, 'Content-Length: 5'])],
    ['a length with a sign', () => validation((length) => [`Content-Length: +${length}`])],
    ['a length in base 16', () => validation((length) => [`Content-Length: 0x${length.toString(16)}`])],
    [
      'a chunk whose size ends with a bare line feed',
      () =>
        validation(
          () => ['Transfer-Encoding: chunked'],
          (json) => `${json.length.toString(16)}\n${json}\r\n0\r\n\r\n`,
        ),
    ],
    [
      'a field that is folded',
      () => validation((length) => [`X-Folded: a${LINE} Content-Length: 5`, `Content-Length: ${length}`]),
    ],
    ['bare line feeds', () => validation((length) => [`Content-Length: ${length}`]).replaceAll(LINE, '\n')],
    [
      'chunks in HTTP/1.0',
      () => message(['GET /healthz HTTP/1.0', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled()}`),
    ],
  ])('%s', async (_name, request) => {
    const answer = await sendRaw(server.port, request());
    expect(answer.status, answer.body).toBe(400);
    // A call without a body refuses it before the parser has come to its end.
    expect(['request_malformed', 'body_invalid']).toContain(answer.json?.code);
    await changedNothing();
  });

  test('a body of a call that takes none is not the next request', async () => {
    const hidden = smuggled();
    const head = ['GET /healthz HTTP/1.1', 'Host: kanda', `Content-Length: ${hidden.length}`];
    const next = message(['GET /healthz HTTP/1.1', 'Host: kanda', 'Connection: close']);
    await sendRaw(server.port, `${message(head, hidden)}${next}`);
    await changedNothing();
  });
});

describe('a field that comes twice', () => {
  const ask = (...fields: string[]): Promise<RawAnswer> =>
    sendRaw(
      server.port,
      message(['GET /api/auth/me HTTP/1.1', 'Host: kanda', 'Connection: close', ...fields]),
    );

  test('as the bearer is refused, whichever of the two is good', async () => {
    expect((await ask(bearer())).status).toBe(200);
    for (const fields of [
      [bearer(), 'Authorization: Bearer none'],
      ['Authorization: Bearer none', bearer()],
      [bearer(), bearer()],
      [`${bearer()}, Bearer none`],
    ]) {
      const answer = await ask(...fields);
      expect(answer.status, fields.join(' ')).toBe(401);
      expect(['token_invalid', 'key_invalid']).toContain(answer.json.code);
    }
  });

  test('as the host is refused', async () => {
    for (const path of ['/api/auth/me', '/healthz', '/nowhere']) {
      const head = [`GET ${path} HTTP/1.1`, 'Host: kanda', 'Host: other', 'Connection: close', bearer()];
      const { status, json } = await sendRaw(server.port, message(head));
      expect([status, json.code], path).toEqual([400, 'request_malformed']);
    }
  });

  test('as the content type is refused', async () => {
    const { status, json } = await sendRaw(
      server.port,
      validation((length) => ['Content-Type: text/plain', `Content-Length: ${length}`]),
    );
    expect([status, json.code]).toEqual([415, 'content_type_unsupported']);
    await changedNothing();
  });
});

describe('what would be read in another way than it was meant', () => {
  test.each(['gzip', 'identity, gzip', 'nonsense'])('a body in the coding %s is refused', async (coding) => {
    const request = validation((length) => [`Content-Encoding: ${coding}`, `Content-Length: ${length}`]);
    const { status, json } = await sendRaw(server.port, request);
    expect([status, json.code]).toEqual([415, 'content_type_unsupported']);
    await changedNothing();
  });

  test('an expectation that no one knows is refused', async () => {
    const request = validation((length) => ['Expect: 200-ok', `Content-Length: ${length}`]);
    const { status, json } = await sendRaw(server.port, request);
    expect([status, json.code]).toEqual([400, 'request_malformed']);
    await changedNothing();
  });

  test('another method in a header changes none, and an upgrade leads nowhere else', async () => {
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      const head = ['GET /api/totp/clients/ada HTTP/1.1', 'Host: kanda', 'Connection: close', bearer()];
      const { status } = await sendRaw(server.port, message([...head, `${name}: DELETE`]));
      expect(status).toBe(200);
    }
    const upgrade = [
      'Connection: Upgrade, close',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
    ];
    const head = ['GET /api/totp/clients/ada HTTP/1.1', 'Host: kanda', bearer()];
    expect((await sendRaw(server.port, message([...head, ...upgrade]))).status).toBe(200);
    await changedNothing();
  });
});

test('the good request, beside all of these, is judged', async () => {
  const request = validation((length) => [`Content-Length: ${length}`]);
  expect((await sendRaw(server.port, request)).json).toEqual({ valid: false, reason: 'invalid_code' });
  expect((await caller.validate('ada', codeOf(ada))).json).toEqual({ valid: true });
});
