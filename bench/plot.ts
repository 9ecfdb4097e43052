/** Throughput and tail latency against connections, clients and the length of the log, as SVG and as numbers. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Chart, chartSvg } from './chart.ts';
import { type LoadResult, median, type Running, start } from './load.ts';
import { type ReplayedRequest, replay } from './replay.ts';
import { clientName, seed } from './seed.ts';

const PLOTS = fileURLToPath(new URL('plots/', import.meta.url));
const ECHO = fileURLToPath(new URL('echo.mjs', import.meta.url));
const KANDA = fileURLToPath(new URL('../apps/server/bin/kanda.mjs', import.meta.url));
const CONNECTIONS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const SIZES = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
/** Enough that no client is delayed within the runs of one store, at the rates seen. */
const CLIENTS = 200_000;
const REQUESTS = 100_000;
/** Clients come in an order without locality: a prime that divides no number of clients. */
const STRIDE = 7_919;
const KANDA_COLOUR = '#175c8f';
const ECHO_COLOUR = '#8a5a00';

export interface PlotOptions {
  readonly folder: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** The largest number of clients, and of events in the log. */
  readonly manyClients: number;
  readonly manyEvents: number;
  /** The plots to draw, by the names of `PLOTS_BY_NAME`; all, when there is none. */
  readonly only: readonly string[];
}

/** What was measured at one place of an x axis: medians of the rounds. */
interface Point {
  readonly x: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the attempts those that were evaluated; the others met a delay, and cost less. */
  readonly evaluatedShare: number;
  readonly echoPerSecond?: number;
  readonly echoP99Ms?: number;
}

interface Plot {
  readonly title: string;
  readonly xLabel: string;
  points(options: PlotOptions): Promise<Point[]>;
}

const PLOTS_BY_NAME: Readonly<Record<string, Plot>> = {
  connections: {
    title: 'Durable validations against connections',
    xLabel: 'connections (each step doubles)',
    points: againstConnections,
  },
  clients: {
    title: 'Durable validations against enrolled clients',
    xLabel: 'clients (each step is ten times the one before)',
    points: againstClients,
  },
  log: {
    title: 'Durable validations against the length of the log',
    xLabel: 'events in the log when the run begins',
    points: againstLog,
  },
};

/** Measures, and writes `bench/plots/NAME.svg` with the numbers beside it in `NAME.json`. */
export async function plot(options: PlotOptions): Promise<void> {
  const names = options.only.length === 0 ? Object.keys(PLOTS_BY_NAME) : options.only;
  mkdirSync(PLOTS, { recursive: true });
  for (const name of names) {
    const chosen = PLOTS_BY_NAME[name];
    if (chosen === undefined)
      throw new Error(`There is no plot ${name}: ${Object.keys(PLOTS_BY_NAME).join(', ')}`);
    console.log(`\n## ${chosen.title}\n\n| x | per second | p50 ms | p99 ms | evaluated | echo per second |`);
    console.log('| --- | --- | --- | --- | --- | --- |');
    const points = await chosen.points(options);
    const { rounds, seconds, connections } = options;
    const measured = {
      node: process.version,
      cores: cpus().length,
      processor: cpus()[0]?.model ?? 'unknown',
      date: new Date().toISOString().slice(0, 10),
      rounds,
      seconds,
      ...(name === 'connections' ? {} : { connections }),
    };
    writeFileSync(join(PLOTS, `${name}.json`), `${JSON.stringify({ measured, points }, null, 2)}\n`);
    writeFileSync(join(PLOTS, `${name}.svg`), chartSvg(chartOf(chosen, points, measured)));
  }
}

async function againstConnections(options: PlotOptions): Promise<Point[]> {
  const store = await fill(options.folder, CLIENTS, 0);
  const echo = await start([ECHO, 'PORT']);
  const kanda = await serve(store.dir);
  const points: Point[] = [];
  await run(kanda, store, { ...options, seconds: 1 });
  for (const connections of CONNECTIONS) {
    const each = { ...options, connections };
    const results: LoadResult[] = [];
    const yardstick: LoadResult[] = [];
    for (let round = 0; round < options.rounds; round++) {
      yardstick.push(await run(echo, store, each));
      results.push(await run(kanda, store, each));
    }
    points.push(
      printed({
        ...pointOf(connections, results),
        echoPerSecond: median(yardstick.map(({ perSecond }) => perSecond)),
        echoP99Ms: median(yardstick.map(({ p99Ms }) => p99Ms)),
      }),
    );
  }
  await Promise.all([kanda.stop(), echo.stop()]);
  rmSync(store.dir, { recursive: true });
  return points;
}

function againstClients(options: PlotOptions): Promise<Point[]> {
  const sizes = SIZES.filter((clients) => clients <= options.manyClients);
  return onFreshStores(options, sizes, (folder, clients) => fill(folder, clients, 0));
}

function againstLog(options: PlotOptions): Promise<Point[]> {
  const sizes = [0, ...SIZES.filter((events) => events <= options.manyEvents)];
  return onFreshStores(options, sizes, (folder, events) => fill(folder, CLIENTS, events));
}

async function onFreshStores(
  options: PlotOptions,
  sizes: readonly number[],
  make: (folder: string, size: number) => Promise<Store>,
): Promise<Point[]> {
  const points: Point[] = [];
  for (const size of sizes) {
    const store = await make(options.folder, size);
    const kanda = await serve(store.dir);
    await run(kanda, store, { ...options, seconds: 1 });
    const results: LoadResult[] = [];
    for (let round = 0; round < options.rounds; round++) results.push(await run(kanda, store, options));
    await kanda.stop();
    rmSync(store.dir, { recursive: true });
    points.push(printed(pointOf(size, results)));
  }
  return points;
}

interface Store {
  readonly dir: string;
  readonly apiKey: string;
  readonly clients: number;
  /** Where the next run begins among the clients, so that runs do not meet each other's failures. */
  next: number;
}

async function fill(folder: string, clients: number, events: number): Promise<Store> {
  const dir = join(folder, `plot-${clients}-${events}`);
  const { apiKey } = await seed(dir, clients, events);
  return { dir, apiKey, clients, next: 0 };
}

function serve(dir: string): Promise<Running> {
  return start([KANDA, 'serve', '--port', 'PORT', '--data-dir', dir], { KANDA_LOG_LEVEL: 'warn' });
}

/** Wrong codes: each one an attempt that is evaluated, counted and logged, and can be sent at any time. */
async function run(
  server: Running,
  store: Store,
  { seconds, connections }: Pick<PlotOptions, 'seconds' | 'connections'>,
): Promise<LoadResult> {
  const requests: ReplayedRequest[] = Array.from({ length: REQUESTS }, (_, index) => {
    const client = ((store.next + index) * STRIDE) % store.clients;
    const token = String((index * 7) % 1_000_000).padStart(6, '0');
    return {
      path: '/api/totp/validate',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${store.apiKey}` },
      body: JSON.stringify({ clientId: clientName(client), token }),
    };
  });
  const result = await replay(server.url, requests, { connections, seconds, counted: '"invalid_code"' });
  store.next += Math.ceil(result.perSecond * seconds);
  return result;
}

function pointOf(x: number, results: readonly LoadResult[]): Point {
  const of = (pick: (result: LoadResult) => number) => median(results.map(pick));
  return {
    x,
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    evaluatedShare: of(({ countedShare }) => countedShare),
  };
}

function printed(point: Point): Point {
  const { x, perSecond, p50Ms, p99Ms, evaluatedShare, echoPerSecond } = point;
  console.log(
    `| ${x} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${(evaluatedShare * 100).toFixed(1)} % | ${echoPerSecond?.toFixed(0) ?? ''} |`,
  );
  return point;
}

function chartOf(
  { title, xLabel }: Plot,
  points: readonly Point[],
  measured: { readonly node: string; readonly cores: number; readonly date: string },
): Chart {
  const hollow = points.map(({ evaluatedShare }) => evaluatedShare < 0.99);
  const kanda = { name: 'Kanda', colour: KANDA_COLOUR, hollow };
  const echo = { name: 'bare echo', colour: ECHO_COLOUR, dashed: true };
  const withEcho = points.some(({ echoPerSecond }) => echoPerSecond !== undefined);
  const beside = (pick: (point: Point) => number | undefined) =>
    withEcho ? [{ ...echo, values: points.map((point) => pick(point) ?? Number.NaN) }] : [];
  const locked = hollow.some(Boolean)
    ? ' Hollow: clients were delayed there, and their attempts cost less.'
    : '';
  return {
    title,
    caption: `${measured.cores} cores shared with the load generator, Node ${measured.node}, ${measured.date}.${locked}`,
    xLabel,
    xTicks: points.map(({ x }) => shortNumber(x)),
    panels: [
      {
        title: 'Throughput',
        yLabel: 'validations a second',
        series: [
          { ...kanda, values: points.map(({ perSecond }) => perSecond) },
          ...beside((p) => p.echoPerSecond),
        ],
      },
      {
        title: 'Slowest hundredth (p99)',
        yLabel: 'milliseconds',
        series: [{ ...kanda, values: points.map(({ p99Ms }) => p99Ms) }, ...beside((p) => p.echoP99Ms)],
      },
    ],
  };
}

function shortNumber(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000} M`;
  return value >= 1_000 ? `${value / 1_000} k` : String(value);
}
