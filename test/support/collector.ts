/** An OpenTelemetry collector as far as a test needs one: takes OTLP over HTTP in JSON, and keeps what it took. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span or a log record with its attributes as a plain object. */
export interface Received {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at fields one by one, and expect() checks each.
  readonly [field: string]: any;
}

export class Collector {
  readonly url: string;
  /** Everything that was posted, as it came. */
  readonly bodies: string[] = [];
  readonly headers: Readonly<Record<string, unknown>>[] = [];
  /** What it answers with. */
  status = 200;
  /** Whether it takes what is sent and never answers. */
  silent = false;
  readonly #close: () => Promise<void>;
  readonly #spans: Received[] = [];
  readonly #logs: Received[] = [];

  private constructor(port: number, close: () => Promise<void>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#close = close;
  }

  static async start(port = 0): Promise<Collector> {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const part of request.setEncoding('utf8')) body += part;
      collector.#take(request.url ?? '', body, request.headers);
      if (collector.silent) return;
      response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}');
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const collector = new Collector((server.address() as AddressInfo).port, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return collector;
  }

  get spans(): readonly Received[] {
    return this.#spans;
  }

  get logs(): readonly Received[] {
    return this.#logs;
  }

  stop(): Promise<void> {
    return this.#close();
  }

  #take(path: string, body: string, headers: Readonly<Record<string, unknown>>): void {
    this.bodies.push(body);
    this.headers.push(headers);
    if (this.status !== 200) return;
    const { resourceSpans = [], resourceLogs = [] } = JSON.parse(body);
    if (path === '/v1/traces') {
      for (const { resource, scopeSpans } of resourceSpans)
        for (const { spans } of scopeSpans) this.#spans.push(...spans.map(read(resource)));
    } else if (path === '/v1/logs') {
      for (const { resource, scopeLogs } of resourceLogs)
        for (const { logRecords } of scopeLogs) this.#logs.push(...logRecords.map(read(resource)));
    }
  }
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

function read(resource: { readonly attributes: readonly KeyValue[] }) {
  return (item: { readonly attributes: readonly KeyValue[] }): Received => ({
    ...item,
    attributes: plain(item.attributes),
    resource: plain(resource.attributes),
  });
}

/** OTLP's JSON writes 64-bit numbers as texts. */
function plain(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      'intValue' in value ? Number(value.intValue) : Object.values(value)[0],
    ]),
  );
}
