/**
 * A TCP proxy that cuts connections at a given instant between a request and its answer, for what a caller must bear.
 * As a module (`CuttingProxy.start`), or as a command of its own, for callers in other languages:
 *
 *     node test/support/cutting-proxy.ts --to http://127.0.0.1:3000 [--random 0.2 --seed 7]
 *
 * prints `{"url":"http://127.0.0.1:…","control":"http://127.0.0.1:…"}` and runs until it is ended. `POST <control>/cuts`
 * with a JSON list of cuts plans them: each waits for the next request of its path. `GET <control>/cuts` counts.
 */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { Random } from './random.ts';

/** Where a connection is cut. */
export interface Cut {
  /**
   * `request`: after this number of bytes of the request has gone to the server; `all` is the whole request, without waiting
   * for its answer. `answer`: the server has answered, and this number of bytes has gone to the caller.
   */
  readonly at: 'request' | 'answer';
  readonly bytes: number | 'all';
  /** `end` closes the connection (FIN), `reset` resets it (RST), `stall` keeps it open and passes nothing on. */
  readonly how?: 'end' | 'reset' | 'stall';
  /** Of requests whose path begins with this; of any when absent. */
  readonly path?: string;
}

export interface Counts {
  readonly requests: number;
  readonly cut: number;
  readonly planned: number;
}

export interface ProxyOptions {
  /** Which part of all requests is cut at a random instant, from 0 to 1; none unless set. */
  readonly random?: number;
  readonly seed?: number;
}

export class CuttingProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #plan: Plan;

  private constructor(server: Server, sockets: Set<Socket>, plan: Plan) {
    this.url = urlOf(server);
    this.#server = server;
    this.#sockets = sockets;
    this.#plan = plan;
  }

  /** A proxy on a free port of this machine before the server at `to`. */
  static async start(to: string, options: ProxyOptions = {}): Promise<CuttingProxy> {
    const plan = new Plan(options);
    const sockets = new Set<Socket>();
    const server = createServer((caller) => {
      const upstream = connect(Number(new URL(to).port), '127.0.0.1');
      for (const socket of [caller, upstream]) {
        sockets.add(socket.setNoDelay(true));
        socket.once('close', () => sockets.delete(socket));
      }
      join(caller, upstream, plan);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttingProxy(server, sockets, plan);
  }

  /** Cuts these requests to come, each once, in this order. */
  cut(...cuts: readonly Cut[]): void {
    this.#plan.add(cuts);
  }

  get counts(): Counts {
    return this.#plan.counts;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Which requests are cut, and how many were. */
class Plan {
  #planned: Cut[] = [];
  #requests = 0;
  #cut = 0;
  readonly #part: number;
  readonly #random: Random;

  constructor({ random = 0, seed = 1 }: ProxyOptions) {
    this.#part = random;
    this.#random = new Random(seed);
  }

  add(cuts: readonly Cut[]): void {
    this.#planned.push(...cuts);
  }

  /** What becomes of this request; null: it is passed on. */
  next(path: string): Cut | null {
    this.#requests++;
    const index = this.#planned.findIndex((cut) => path.startsWith(cut.path ?? ''));
    if (index >= 0) return this.#planned.splice(index, 1)[0] ?? null;
    return this.#random.below(1_000_000) < this.#part * 1_000_000 ? this.#anywhere() : null;
  }

  wasCut(): void {
    this.#cut++;
  }

  get counts(): Counts {
    return { requests: this.#requests, cut: this.#cut, planned: this.#planned.length };
  }

  #anywhere(): Cut {
    const at = this.#random.pick(['request', 'answer'] as const);
    // The answer to a code has some 220 bytes, a request 600; a number beyond the end of an answer would cut nothing.
    const bytes = this.#random.weighted<number | 'all'>([
      [1, 0],
      [3, this.#random.below(at === 'request' ? 600 : 200)],
      [1, at === 'request' ? 'all' : 1],
    ]);
    return { at, bytes, how: this.#random.pick(['end', 'reset'] as const) };
  }
}

/** Passes bytes between the two until the plan cuts. A request begins with the first byte after an answer's. */
function join(caller: Socket, upstream: Socket, plan: Plan): void {
  let request: Buffer | null = null;
  let cut: Cut | null = null;
  let [sent, received] = [0, 0];
  let over = false;

  const sever = ({ how = 'end', at, bytes }: Cut) => {
    over = true;
    plan.wasCut();
    // The whole request still reaches the server, whose answer no one hears.
    if (at === 'request' && bytes !== 'all') upstream.destroy();
    else upstream.destroySoon();
    if (how === 'reset') caller.resetAndDestroy();
    else if (how === 'end') caller.destroySoon();
  };

  caller.on('data', (chunk) => {
    if (over) return;
    if (request === null || received > 0) {
      request = Buffer.alloc(0);
      [sent, received] = [0, 0];
      cut = plan.next(pathOf(chunk));
    }
    request = Buffer.concat([request, chunk]);
    const length = lengthOf(request);
    const until = cut?.at !== 'request' ? Number.POSITIVE_INFINITY : cut.bytes === 'all' ? length : cut.bytes;
    const passed = request.subarray(sent, Math.min(request.length, until));
    upstream.write(passed);
    sent += passed.length;
    if (cut?.at === 'request' && sent >= Math.min(until, length)) sever(cut);
  });
  upstream.on('data', (chunk) => {
    if (over) return;
    const until = cut?.at === 'answer' && cut.bytes !== 'all' ? cut.bytes : Number.POSITIVE_INFINITY;
    const passed = chunk.subarray(0, Math.max(0, until - received));
    caller.write(passed);
    received += chunk.length;
    if (cut !== null && received >= until) sever(cut);
  });
  caller.on('error', () => upstream.destroy());
  upstream.on('error', () => over || caller.destroy());
  caller.on('close', () => upstream.destroySoon());
  upstream.on('close', () => over || caller.destroySoon());
}

/** The path of the request that begins with these bytes. */
function pathOf(chunk: Buffer): string {
  return /^[A-Z]+ (\S+)/.exec(chunk.toString('latin1'))?.[1] ?? '';
}

/** How long the request is that begins with these bytes, as its Content-Length says; infinite while its head is not whole. */
function lengthOf(request: Buffer): number {
  const head = request.indexOf('\r\n\r\n');
  if (head < 0) return Number.POSITIVE_INFINITY;
  const [, length = '0'] = /^content-length: *(\d+)/im.exec(request.toString('latin1', 0, head)) ?? [];
  return head + 4 + Number(length);
}

function urlOf(server: Pick<Server, 'address'>): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

async function runAsCommand(): Promise<void> {
  const { values } = parseArgs({
    options: { to: { type: 'string' }, random: { type: 'string' }, seed: { type: 'string' } },
  });
  if (values.to === undefined) throw new Error('--to must be the URL of the server.');
  const proxy = await CuttingProxy.start(values.to, {
    random: Number(values.random ?? 0),
    seed: Number(values.seed ?? 1),
  });
  const control = createHttpServer(async (request, response) => {
    if (request.method === 'POST') proxy.cut(...(JSON.parse(await bodyOf(request)) as Cut[]));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(proxy.counts));
  });
  control.listen(0, '127.0.0.1');
  await once(control, 'listening');
  console.log(JSON.stringify({ url: proxy.url, control: urlOf(control) }));
}

if (import.meta.main) await runAsCommand();
