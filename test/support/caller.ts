/** Calls of an application to a running server, over kept-alive sockets and without any retry. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { createHotpKey, decodeBase32, formatCode, hotp, stepAt } from '@kanda/otp';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body read as JSON; null when it is empty or something else. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers field by field, and expect() checks each.
  readonly json: any;
}

export type Headers = Readonly<Record<string, string>>;

export interface Enrolled {
  readonly clientId: string;
  readonly secret: string;
  readonly otpauthUrl: string;
  readonly qrDataUrl: string | null;
  readonly period: number;
}

/** One account with what it may show as a bearer. */
export interface AccountAccess {
  readonly email: string;
  readonly password: string;
  readonly apiKey: string;
  readonly keyId: string;
  /** From a login: has all scopes. */
  readonly token: string;
}

export class Caller {
  readonly url: string;
  readonly #headers: Headers;
  readonly #agent: Agent;
  /** The export that was asked for last: the server has only a few of an account under way at once. */
  #exported: Promise<unknown> = Promise.resolve();

  /** `sockets`: how many connections it may have at once. */
  constructor(url: string, headers: Headers = {}, sockets = 64) {
    this.url = url;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets });
  }

  /** The same server with this bearer, over connections of its own. */
  withBearer(bearer: string, sockets = 64): Caller {
    return new Caller(this.url, { ...this.#headers, authorization: `Bearer ${bearer}` }, sockets);
  }

  /** Another server, with the same headers. */
  at(url: string, sockets = 64): Caller {
    return new Caller(url, this.#headers, sockets);
  }

  get(path: string, headers: Headers = {}): Promise<Answer> {
    return this.call('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    return this.call('POST', path, body, headers);
  }

  /** Resolves when the whole answer has arrived; rejects when the connection fails before that. */
  call(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const outgoing = request(new URL(path, this.url), {
        method,
        agent: this.#agent,
        headers: {
          ...this.#headers,
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
          ...headers,
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('error', reject);
        incoming.on('close', () => {
          if (!incoming.complete) reject(new Error('the connection ended within an answer'));
        });
        incoming.on('end', () => {
          if (!incoming.complete) return;
          const text = Buffer.concat(parts).toString('utf8');
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: parsed(text),
          });
        });
      });
      outgoing.end(payload);
    });
  }

  /** Enrols a client; throws unless it got 201. */
  async enrol(clientId: string, options: Readonly<Record<string, unknown>> = {}): Promise<Enrolled> {
    const body = { clientId, label: `${clientId}@example.com`, issuer: 'MyApp', qr: 'none', ...options };
    const answer = await this.post('/api/totp/register', body);
    if (answer.status !== 201) throw new Error(`enrolment got ${answer.status}: ${answer.text}`);
    return { ...answer.json, period: options.period ?? 30 };
  }

  validate(clientId: string, token: string, headers: Headers = {}): Promise<Answer> {
    return this.post('/api/totp/validate', { clientId, token }, headers);
  }

  /** The events of one client, or of the whole account, oldest first. Exports of one caller wait for one another. */
  events(clientId?: string): Promise<LoggedEvent[]> {
    const events = this.#exported.then(() => this.#export(clientId));
    this.#exported = events.catch(() => {});
    return events;
  }

  async #export(clientId?: string): Promise<LoggedEvent[]> {
    const filter = clientId === undefined ? '' : `&clientId=${encodeURIComponent(clientId)}`;
    const answer = await this.get(`/api/logs?format=ndjson${filter}`);
    if (answer.status !== 200) throw new Error(`the log got ${answer.status}: ${answer.text}`);
    const lines = answer.text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as LoggedEvent).reverse();
  }

  /** Closes the connections that no one uses. */
  close(): void {
    this.#agent.destroy();
  }
}

export interface LoggedEvent {
  readonly id: number;
  readonly event: string;
  readonly outcome: 'success' | 'failure';
  readonly reason: string | null;
  readonly clientId: string | null;
  readonly actor: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
}

let accountNumber = 0;

/** Registers an account, logs in and makes an API key, as a person does on the first day. */
export async function openAccount(
  url: string,
  password = 'a sentence that nobody else would write',
): Promise<AccountAccess> {
  const caller = new Caller(url, {}, 1);
  const email = `owner-${++accountNumber}@example.com`;
  const registered = await caller.post('/api/auth/register', { email, password });
  if (registered.status !== 201) throw new Error(`sign-up got ${registered.status}: ${registered.text}`);
  const login = await caller.post('/api/auth/login', { email, password });
  const token: string = login.json.token;
  const { apiKey, keyId } = await createKey(caller.withBearer(token, 1));
  caller.close();
  return { email, password, apiKey, keyId, token };
}

/** A further API key of the account that `caller` speaks for. */
export async function createKey(caller: Caller): Promise<{ apiKey: string; keyId: string }> {
  const { status, json, text } = await caller.post('/api/keys', { name: 'web shop' });
  if (status !== 201) throw new Error(`a new key got ${status}: ${text}`);
  return { apiKey: json.apiKey, keyId: json.id };
}

/** The code that an authenticator app shows now, or `stepsAhead` steps from now. */
export function codeOf({ secret, period }: Pick<Enrolled, 'secret' | 'period'>, stepsAhead = 0): string {
  const key = createHotpKey(decodeBase32(secret), 'SHA1');
  return formatCode(hotp(key, stepAt(Date.now(), period) + stepsAhead, 6), 6);
}

/**
 * Different codes that are right neither now nor in the next minutes. `from` is where to begin, so that
 * two calls can give different ones.
 */
export function wrongCodes(enrolled: Pick<Enrolled, 'secret' | 'period'>, count: number, from = 0): string[] {
  const right = new Set(Array.from({ length: 14 }, (_, index) => codeOf(enrolled, index - 3)));
  const codes: string[] = [];
  for (let number = from; codes.length < count; number++) {
    const code = formatCode(number % 1_000_000, 6);
    if (!right.has(code)) codes.push(code);
  }
  return codes;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
