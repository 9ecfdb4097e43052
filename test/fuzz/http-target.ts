/**
 * Requests to a real server on the loopback address, byte by byte: every call of openapi.json, and what is no call. An
 * answer must be one that openapi.json has, or a problem document; never a 5xx. The server runs in this process, so
 * that the code that a request reaches is seen.
 */
import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import type { LightMyRequestResponse } from 'fastify';
import { assertAsDocumented, operations } from '../../apps/server/test/http/support/documented.ts';
import { GOOD_BODIES } from '../../apps/server/test/http/support/good-bodies.ts';
import {
  codeAt,
  type EnrolledClient,
  PASSWORD,
  startApp,
  type TestAccount,
  type TestApp,
} from '../../apps/server/test/http/support/start-app.ts';
import type { Random } from '../support/random.ts';
import type { Target } from './fuzzer.ts';
import { mutatedRequest, WORDS } from './requests.ts';

const ANSWERED_WITHIN_MS = 30_000;
/** Each input changes the state that the next ones find. After this many, a fresh account is used. */
const INPUTS_AN_ACCOUNT = 400;
/** What is said of a request before it is known which call it is for: to a call's own answers they do not belong. */
const OF_TRANSPORT = new Set([400, 404, 405, 408, 413, 414, 417, 431]);
/** A path that no call has: what is answered there is held against the problem document alone. */
const NOWHERE = '/nowhere';

interface Place {
  readonly account: TestAccount;
  readonly apiKey: string;
  readonly keyId: string;
  readonly client: EnrolledClient;
}

export class HttpTarget implements Target {
  readonly name = 'http';
  readonly words = WORDS;
  readonly computesAlone = false;
  readonly seeds: readonly string[] = operations.flatMap(({ method, path, name }) => {
    const target = path.replace('{clientId}', 'alice').replace(/\{\w+\}/g, '1');
    const body = GOOD_BODIES[name];
    const plain = `${method} ${target}\nauthorization: Bearer {token}\n\n`;
    return body === undefined ? [plain] : [plain + JSON.stringify(body)];
  });
  readonly #kanda: TestApp;
  readonly #port: number;
  #place: Place | null = null;
  #fed = 0;

  private constructor(kanda: TestApp, port: number) {
    this.#kanda = kanda;
    this.#port = port;
  }

  static async start(): Promise<HttpTarget> {
    const kanda = await startApp({ trustedProxies: ['127.0.0.1'] });
    await kanda.app.listen({ host: '127.0.0.1', port: 0 });
    return new HttpTarget(kanda, (kanda.app.server.address() as AddressInfo).port);
  }

  close(): Promise<void> {
    return this.#kanda.close();
  }

  mutate(input: string, random: Random, others: readonly string[]): string {
    return mutatedRequest(input, random, others);
  }

  async run(input: string): Promise<string> {
    if (this.#place === null || ++this.#fed % INPUTS_AN_ACCOUNT === 0) this.#place = await this.#newPlace();
    // A code is right once: time goes on, so that there are new ones.
    this.#kanda.advance(1_000);
    const filled = this.#filled(input, this.#place);
    const { bytes, method, path } = requestOf(filled, this.#kanda.freshAddress());
    const text = await this.#exchange(bytes);
    const answer = finalAnswer(text);
    if (answer === null) return 'no answer';
    // A log-in that was ended, or is too old.
    if (answer.statusCode === 401 && filled.includes(this.#place.account.token)) this.#place = null;
    return judge(method, path, answer);
  }

  async #newPlace(): Promise<Place> {
    const account = await this.#kanda.signUp();
    const { apiKey, id } = await account.createKey();
    return { account, apiKey, keyId: id, client: await account.enrol('alice') };
  }

  #filled(input: string, { account, apiKey, keyId, client }: Place): string {
    const values: Readonly<Record<string, string>> = {
      token: account.token,
      apiKey,
      keyId,
      email: account.email,
      password: PASSWORD,
      code: codeAt(client.secret, this.#kanda.now()),
    };
    return input.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  /** All that is answered before the connection ends; of a stream its beginning. */
  #exchange(bytes: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1', () => socket.end(bytes));
      const pieces: Buffer[] = [];
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Error('no whole answer within 30 s'));
      }, ANSWERED_WITHIN_MS);
      socket.on('data', (piece) => {
        pieces.push(piece);
        if (pieces.length === 1 && piece.includes('text/event-stream')) socket.destroy();
      });
      // A server that has answered may close before it has read everything.
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(Buffer.concat(pieces).toString('latin1'));
      });
    });
  }
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The bytes of an input: its first line, headers and body, with what HTTP asks for put in where the input does not say
 * it itself. `method` and `path` are those of a first line that is one.
 */
function requestOf(input: string, address: string): { bytes: Buffer; method: string; path: string } {
  const end = input.indexOf('\n\n');
  const [first = '', ...lines] = (end === -1 ? input : input.slice(0, end)).split('\n');
  const body = Buffer.from(end === -1 ? '' : input.slice(end + 2));
  const has = (name: string) => lines.some((line) => line.toLowerCase().startsWith(`${name}:`));
  const added = [
    ...(has('host') ? [] : ['host: kanda']),
    ...(has('x-forwarded-for') ? [] : [`x-forwarded-for: ${address}`]),
    ...(has('connection') ? [] : ['connection: close']),
    ...(body.length === 0 || has('content-type') ? [] : ['content-type: application/json']),
    ...(has('content-length') || has('transfer-encoding') ? [] : [`content-length: ${body.length}`]),
  ];
  const start = / HTTP\/\d/.test(first) ? first : `${first} HTTP/1.1`;
  const head = `${[start, ...added, ...lines].join('\r\n')}\r\n\r\n`;
  const [, method = '', path = ''] = /^([A-Z]+) (\/[!-~]*) HTTP\/1\.1$/.exec(start) ?? [];
  return { bytes: Buffer.concat([Buffer.from(head), body]), method, path };
}

/** The first answer that is not a 1xx; null: the connection ended without one, or within it. */
function finalAnswer(text: string): Answer | null {
  const [, status = '', head = '', rest = ''] =
    /^(?:HTTP\/1\.1 1\d\d [^\r]*\r\n(?:[^\r]+\r\n)*\r\n)*HTTP\/1\.1 (\d{3}) [^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(
      text,
    ) ?? [];
  if (status === '') return null;
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  );
  const length = headers['content-length'];
  const bytes =
    headers['transfer-encoding'] === 'chunked'
      ? unchunked(rest)
      : rest.slice(0, length === undefined ? undefined : Number(length));
  return { statusCode: Number(status), headers, body: Buffer.from(bytes, 'latin1').toString() };
}

function unchunked(text: string): string {
  let body = '';
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    const size = end === -1 ? 0 : Number.parseInt(text.slice(at, end), 16);
    if (!(size > 0)) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

/** How the request was answered, in a few words. @throws for an answer that openapi.json does not have */
function judge(method: string, path: string, { statusCode, headers, body }: Answer): string {
  assert(statusCode < 500, `answered ${statusCode}: ${body.slice(0, 300)}`);
  const json = () => JSON.parse(body);
  const answer = { statusCode, headers, body, json } as unknown as LightMyRequestResponse;
  const [bare = ''] = path.split('?', 1);
  const operation = operations.find((one) => one.method === method && one.shape.test(bare));
  const own =
    operation !== undefined && (operation.statuses.includes(statusCode) || !OF_TRANSPORT.has(statusCode));
  // Of what cannot be parsed the method is not known either, so HEAD may get a body.
  const isBroken = OF_TRANSPORT.has(statusCode) && body !== '';
  const isStream = headers['content-type']?.startsWith('text/event-stream') ?? false;
  if (!isStream) {
    if (method === 'HEAD' ? !isBroken : own) assertAsDocumented(method, path, answer);
    else if (statusCode >= 400) assertAsDocumented('GET', NOWHERE, answer);
  }
  const isProblem = (headers['content-type'] ?? '').startsWith('application/problem+json');
  const problem = isProblem && method !== 'HEAD' ? json() : {};
  if (problem.status !== undefined) assert.equal(problem.status, statusCode);
  const fields = (problem.errors ?? []).map((error: { path: string }) => error.path.replace(/\d+/g, '#'));
  return `${operation?.name ?? 'none'} ${statusCode} ${problem.code ?? ''} ${fields.slice(0, 3).join()}`;
}
