/**
 * Between a snippet and the server: puts prepared values in the place of the example's, and notes what was answered. So a
 * snippet runs as it is on the page, to the last letter but for the server's address.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What to send for a value of the example; a function is asked when the request comes, as for a code of now. */
export type Substitutions = Readonly<Record<string, string | (() => string)>>;

export interface Seen {
  readonly method: string;
  /** As the server got it, without the query. */
  readonly path: string;
  readonly status: number;
}

export class SubstitutingProxy {
  readonly url: string;
  readonly #target: URL;
  readonly #server: ReturnType<typeof createServer>;
  #substitutions: Substitutions = {};
  #address = '';
  #seen: Seen[] = [];
  /** Called with each part of a stream of events, after it was passed on. */
  onEvents: (text: string) => void = () => {};

  private constructor(target: string, server: ReturnType<typeof createServer>) {
    this.#target = new URL(target);
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, outgoing) => {
      this.#pass(incoming, outgoing).catch((error) => outgoing.destroy(error));
    });
  }

  static async start(target: string): Promise<SubstitutingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SubstitutingProxy(target, server);
  }

  /** From here on these values are put in, and calls come from this address. */
  begin(substitutions: Substitutions, address: string): void {
    this.#substitutions = substitutions;
    this.#address = address;
    this.#seen = [];
  }

  /** What was answered since. */
  get seen(): readonly Seen[] {
    return this.#seen;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const body = this.#inBody(Buffer.concat(parts).toString());
    const path = this.#inUrl(incoming.url ?? '/');
    const { authorization, host: _, connection: __, 'content-length': ___, ...headers } = incoming.headers;
    const method = incoming.method ?? 'GET';
    const sent = request(new URL(path, this.#target), {
      method,
      headers: {
        ...headers,
        'x-forwarded-for': this.#address,
        ...(authorization === undefined
          ? {}
          : { authorization: `Bearer ${this.#value(authorization.replace('Bearer ', ''))}` }),
        ...(body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    });
    sent.on('error', (error) => outgoing.destroy(error));
    outgoing.on('close', () => sent.destroy());
    sent.on('response', (answer) => {
      const status = answer.statusCode ?? 0;
      this.#seen.push({ method, path: path.split('?')[0] ?? '', status });
      outgoing.writeHead(status, answer.headers);
      const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
      if (isStream) answer.on('data', (part: Buffer) => this.onEvents(part.toString()));
      if (isStream) this.onEvents('');
      answer.pipe(outgoing);
    });
    sent.end(body);
  }

  /** The value to send for one of the example. */
  #value(text: string): string {
    const value = this.#substitutions[text] ?? text;
    return typeof value === 'string' ? value : value();
  }

  #inUrl(url: string): string {
    const [path = '', query] = url.split('?');
    const replaced = path
      .split('/')
      .map((part) => encodeURIComponent(this.#value(decodeURIComponent(part))))
      .join('/');
    if (query === undefined) return replaced;
    const parameters = new URLSearchParams(query);
    for (const [name, value] of parameters) parameters.set(name, this.#value(value));
    return `${replaced}?${parameters}`;
  }

  #inBody(body: string): string {
    if (body === '') return body;
    const parsed: unknown = JSON.parse(body, (_, value) =>
      typeof value === 'string' ? this.#value(value) : value,
    );
    return JSON.stringify(parsed);
  }
}
