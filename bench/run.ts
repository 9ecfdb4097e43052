/**
 * Measures the running server beside a yardstick in the same minutes, and prints the ratios.
 *
 *   npm run bench -- [validate] [enrol] [scale] [start] [--rounds 5] [--seconds 5] [--connections 64]
 *   npm run bench -- fairness   what one account's flood does to another; not among the scenarios by default
 *   npm run bench -- peers [--only NAME]   what people would use instead, see peers/; not among the scenarios by default
 *   npm run bench -- plot [--only connections] [--only clients] [--only log]   writes plots/*.svg; not by default either
 *   [--stores DIR]   keeps the filled stores there and finds them again: a million clients take minutes to make
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fairness } from './fairness.ts';
import { type LoadResult, load, median, type Running, residentMb, start } from './load.ts';
import { comparePeers } from './peers/run.ts';
import { plot } from './plot.ts';
import { copyToPostgres, endPostgres } from './postgres.ts';
import { seed } from './seed.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    stores: { type: 'string' },
    clients: { type: 'string', default: '100000' },
    'many-clients': { type: 'string', default: '1000000' },
    'many-events': { type: 'string', default: '10000000' },
    only: { type: 'string', multiple: true, default: [] },
  },
});
if (!['sqlite', 'postgres'].includes(values.database)) {
  throw new Error(`--database is ${values.database}, neither sqlite nor postgres`);
}
const postgres = values.database === 'postgres';
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
/** Each run of the load begins at another client. */
let offset = 0;
const folder = mkdtempSync(join(tmpdir(), 'kanda-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true })); // also when it is told to end

interface Seeded {
  readonly dir: string;
  readonly token: string;
  /** null: SQLite in `dir`. */
  readonly databaseUrl: string | null;
  readonly clients: number;
}

const SCENARIOS: Readonly<Record<string, () => Promise<void>>> = { validate, enrol, scale, start: startUp };
/** Run only when they are named: they install what they need, or take long. */
const ON_DEMAND: Readonly<Record<string, () => Promise<void>>> = {
  fairness: () => fairness({ rounds, seconds, connections }),
  peers: () => comparePeers({ folder, rounds, seconds, connections, only: values.only }),
  plot: () =>
    plot({
      folder,
      rounds,
      seconds,
      connections,
      manyClients: Number(values['many-clients']),
      manyEvents: Number(values['many-events']),
      only: values.only,
    }),
};

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${connections} connections, ${rounds} rounds of ${seconds} s`,
);
try {
  const chosen = positionals.length === 0 ? Object.keys(SCENARIOS) : positionals;
  for (const name of chosen) {
    const scenario = SCENARIOS[name] ?? ON_DEMAND[name];
    if (scenario === undefined)
      throw new Error(
        `There is no scenario ${name}: ${Object.keys({ ...SCENARIOS, ...ON_DEMAND }).join(', ')}`,
      );
    await scenario();
  }
} finally {
  await endPostgres();
}

/** Durable validations beside a bare JSON echo. */
async function validate(): Promise<void> {
  const seeded = await prepare('validate', Number(values.clients), 0);
  const echo = await start([new URL('echo.mjs', import.meta.url).pathname, 'PORT']);
  const kanda = await serve(seeded);
  await validateOnce(kanda, seeded); // compiled and cached from here on, as in a server that has run for a while
  await compare(
    `durable validations, ${seeded.clients} clients, against a bare node:http echo`,
    ['kanda', () => validateOnce(kanda, seeded), kanda],
    ['echo', () => validateOnce(echo, seeded), echo],
  );
  await Promise.all([kanda.stop(), echo.stop()]);
}

/** Enrolment with a PNG beside enrolment without a QR code. */
async function enrol(): Promise<void> {
  const seeded = await prepare('enrol', 1, 0);
  const kanda = await serve(seeded);
  let run = 0;
  const once = (qr: string) =>
    load(kanda.url, {
      script: 'enrol.lua',
      connections,
      seconds,
      env: { BENCH_TOKEN: seeded.token, BENCH_RUN: `run${run++}`, BENCH_QR: qr },
    });
  await once('png');
  await compare(
    'enrolment with PNG, against enrolment without QR code',
    ['png', () => once('png'), kanda],
    ['none', () => once('none'), kanda],
  );
  await kanda.stop();
}

/** A store that is full beside one that is nearly empty. */
async function scale(): Promise<void> {
  const few = await prepare('few', 1_000, 0);
  const many = await prepare('many', Number(values['many-clients']), Number(values['many-events']));
  const small = await serve(few);
  const large = await serve(many);
  await validateOnce(small, few);
  await validateOnce(large, many);
  await compare(
    `validations with ${many.clients} clients and ${values['many-events']} events, against 1000 clients`,
    ['many', () => validateOnce(large, many), large],
    ['few', () => validateOnce(small, few), small],
  );
  await Promise.all([small.stop(), large.stop()]);
}

/** From the start of the process on an existing store to the first 200. */
async function startUp(): Promise<void> {
  const seeded = await prepare('start', 1_000, 0);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const kanda = await serve(seeded);
    const answer = await fetch(`${kanda.url}/readyz`);
    if (answer.status !== 200) throw new Error(`/readyz answered ${answer.status}`);
    times.push(performance.now() - began);
    await kanda.stop();
  }
  console.log(
    `\n## warm start to the first 200\n\nmedian ${median(times).toFixed(0)} ms, slowest ${Math.max(...times).toFixed(0)} ms`,
  );
}

async function prepare(name: string, clients: number, events: number): Promise<Seeded> {
  if (values.stores === undefined) {
    const dir = join(folder, name);
    const token = (await seed(dir, clients, events)).apiKey;
    return { dir, token, clients, databaseUrl: postgres ? await copyToPostgres(dir) : null };
  }
  const dir = join(values.stores, `${name}-${clients}-${events}`);
  // Written last: a store without it was left half filled.
  const keyFile = join(dir, 'bench-api-key');
  if (!existsSync(keyFile)) {
    rmSync(dir, { recursive: true, force: true });
    writeFileSync(keyFile, (await seed(dir, clients, events)).apiKey, { mode: 0o600 });
  }
  return { dir, token: readFileSync(keyFile, 'utf8'), clients, databaseUrl: null };
}

function serve({ dir, databaseUrl }: Seeded): Promise<Running> {
  const kanda = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
  return start([kanda, 'serve', '--port', 'PORT', '--data-dir', dir], {
    KANDA_LOG_LEVEL: 'warn',
    ...(databaseUrl === null ? {} : { KANDA_DATABASE_URL: databaseUrl }),
  });
}

function validateOnce(server: Running, { clients, token }: Seeded): Promise<LoadResult> {
  offset += 104_729;
  return load(server.url, {
    script: 'validate.lua',
    connections,
    seconds,
    env: { BENCH_CLIENTS: String(clients), BENCH_TOKEN: token, BENCH_FROM: String(offset % clients) },
  });
}

type Side = readonly [name: string, once: () => Promise<LoadResult>, server: Running];

/** Runs the two in turn, so that both see the same weather, and prints the ratio of each pair. */
async function compare(title: string, a: Side, b: Side): Promise<void> {
  console.log(`\n## ${title}\n`);
  console.log('| round | side | per second | p50 ms | p99 ms | memory MB | ratio |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const second = await b[1]();
    const first = await a[1]();
    const ratio = first.perSecond / second.perSecond;
    ratios.push(ratio);
    report(round, b, second, '');
    report(round, a, first, ratio.toFixed(2));
  }
  console.log(
    `\nratio ${a[0]} / ${b[0]}: median ${median(ratios).toFixed(2)}, ${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
  );
}

function report(round: number, [name, , server]: Side, result: LoadResult, ratio: string): void {
  if (result.errors > 0) throw new Error(`${name}: ${result.errors} answers were not 2xx`);
  const { perSecond, p50Ms, p99Ms } = result;
  console.log(
    `| ${round} | ${name} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(2)} | ${p99Ms.toFixed(2)} | ${residentMb(server.pid).toFixed(0)} | ${ratio} |`,
  );
}
