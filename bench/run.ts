/**
 * Measures the running server beside a yardstick in the same minutes, and prints the ratios.
 *
 *   npm run bench -- [validate] [enrol] [scale] [start] [--rounds 5] [--seconds 5] [--connections 64]
 *   npm run bench -- validate --database postgres [--nodes 2]   several servers on one database, one of them beside all
 *   npm run bench -- cost [--beside CHECKOUT] [--calls 2000] [--short]   processor time a validation; not by default either
 *   npm run bench -- fairness   what one account's flood does to another; not among the scenarios by default
 *   npm run bench -- webhooks   beside a webhook whose receiver is slow or down; not among the scenarios by default
 *   npm run bench -- peers [--only NAME]   what people would use instead, see peers/; not among the scenarios by default
 *   npm run bench -- plot [--only connections] [--only clients] [--only log]   writes plots/*.svg; not by default either
 *   npm run bench -- copy [--clients 100000] [--events 1000000]   SQLite to PostgreSQL and back; not by default either
 *   npm run bench -- import [--secrets 20000,100000] [--killed 100000] [--database postgres]   not by default either
 *   [--stores DIR]   keeps the filled stores there and finds them again: a million clients take minutes to make
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { copyThereAndBack } from './copy.ts';
import { cost } from './cost.ts';
import { fairness } from './fairness.ts';
import { importMany } from './import.ts';
import { type LoadResult, load, median, type Running, residentMb, start } from './load.ts';
import { comparePeers } from './peers/run.ts';
import { plot } from './plot.ts';
import { copyToPostgres, endPostgres } from './postgres.ts';
import { seed } from './seed.ts';
import { besideWebhooks } from './webhooks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', default: 'sqlite' },
    nodes: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    stores: { type: 'string' },
    beside: { type: 'string' },
    calls: { type: 'string', default: '2000' },
    short: { type: 'boolean', default: false },
    clients: { type: 'string', default: '100000' },
    events: { type: 'string', default: '1000000' },
    secrets: { type: 'string', default: '20000,100000' },
    killed: { type: 'string', default: '100000' },
    'many-clients': { type: 'string', default: '1000000' },
    'many-events': { type: 'string', default: '10000000' },
    only: { type: 'string', multiple: true, default: [] },
  },
});
if (!['sqlite', 'postgres'].includes(values.database)) {
  throw new Error(`--database is ${values.database}, neither sqlite nor postgres`);
}
const postgres = values.database === 'postgres';
const nodes = Number(values.nodes);
if (!(Number.isInteger(nodes) && nodes >= 1)) throw new Error(`--nodes is ${values.nodes}, not 1 or more`);
if (nodes > 1 && !postgres) {
  throw new Error('--nodes is for --database postgres: a SQLite file has one server here.');
}
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
/** Each run of the load begins at another client. */
let offset = 0;
const folder = mkdtempSync(join(tmpdir(), 'kanda-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true })); // also on a signal

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
  copy: () => copyThereAndBack({ folder, clients: Number(values.clients), events: Number(values.events) }),
  import: () =>
    importMany({
      folder,
      postgres,
      sizes: values.secrets.split(',').map(Number).filter(Boolean),
      killed: Number(values.killed),
    }),
  cost: () =>
    cost({
      folder,
      rounds,
      calls: Number(values.calls),
      connections,
      clients: values.short ? 20_000 : Number(values.clients),
      beside: values.beside ?? null,
      profiled: !values.short,
    }),
  fairness: () => fairness({ rounds, seconds, connections }),
  webhooks: () => besideWebhooks({ rounds, seconds, connections }),
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

/** Durable validations beside a bare JSON echo; with several nodes, all of them and one of them. */
async function validate(): Promise<void> {
  const seeded = await prepare('validate', Number(values.clients), 0);
  const echo = await start([new URL('echo.mjs', import.meta.url).pathname, 'PORT']);
  const servers: Running[] = [];
  for (let node = 0; node < nodes; node++) servers.push(await serve(seeded));
  const [first] = servers as [Running, ...Running[]];
  const one: Side = [nodes === 1 ? 'kanda' : '1 node', () => validateOnce(first, seeded), [first]];
  const all: Side = [`${nodes} nodes`, () => validateOnAll(servers, seeded), servers];
  await all[1](); // compiled and cached from here on, as in a server that has run for a while
  await compare(
    `durable validations, ${seeded.clients} clients, against a bare node:http echo`,
    ['echo', () => validateOnce(echo, seeded), [echo]],
    nodes === 1 ? [one] : [one, all],
  );
  await Promise.all([...servers, echo].map((server) => server.stop()));
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
    ['none', () => once('none'), [kanda]],
    [['png', () => once('png'), [kanda]]],
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
    ['few', () => validateOnce(small, few), [small]],
    [['many', () => validateOnce(large, many), [large]]],
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
  const token = readFileSync(keyFile, 'utf8');
  if (!postgres) return { dir, token, clients, databaseUrl: null };
  // A store that is copied is left, and what is kept is to be found again.
  const left = join(folder, name);
  cpSync(dir, left, { recursive: true });
  return { dir: left, token, clients, databaseUrl: await copyToPostgres(left) };
}

function serve({ dir, databaseUrl }: Seeded): Promise<Running> {
  const kanda = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
  return start([kanda, 'serve', '--port', 'PORT', '--data-dir', dir], {
    KANDA_LOG_LEVEL: 'warn',
    ...(databaseUrl === null ? {} : { KANDA_DATABASE_URL: databaseUrl }),
  });
}

function validateOnce(server: Running, { clients, token }: Seeded, share = connections): Promise<LoadResult> {
  offset += 104_729;
  return load(server.url, {
    script: 'validate.lua',
    connections: share,
    seconds,
    env: { BENCH_CLIENTS: String(clients), BENCH_TOKEN: token, BENCH_FROM: String(offset % clients) },
  });
}

/** The nodes at once, each with its share of the connections: what they do together, and what the slowest takes. */
async function validateOnAll(servers: readonly Running[], seeded: Seeded): Promise<LoadResult> {
  const share = Math.max(1, Math.round(connections / servers.length));
  const results = await Promise.all(servers.map((server) => validateOnce(server, seeded, share)));
  const sum = (of: (result: LoadResult) => number) => results.reduce((total, each) => total + of(each), 0);
  return {
    requests: sum(({ requests }) => requests),
    perSecond: sum(({ perSecond }) => perSecond),
    p50Ms: Math.max(...results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
    errors: sum(({ errors }) => errors),
    countedShare: Number.NaN,
  };
}

type Side = readonly [name: string, once: () => Promise<LoadResult>, servers: readonly Running[]];

/** Runs the yardstick and the sides in turn, so that all see the same weather, and prints each one's ratio to it. */
async function compare(title: string, yardstick: Side, sides: readonly Side[]): Promise<void> {
  console.log(`\n## ${title}\n`);
  console.log('| round | side | per second | p50 ms | p99 ms | memory MB | ratio |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const ratios = sides.map((): number[] => []);
  for (let round = 1; round <= rounds; round++) {
    const measure = await yardstick[1]();
    report(round, yardstick, measure, '');
    for (const [index, side] of sides.entries()) {
      const result = await side[1]();
      const ratio = result.perSecond / measure.perSecond;
      ratios[index]?.push(ratio);
      report(round, side, result, ratio.toFixed(2));
    }
  }
  for (const [index, [name]] of sides.entries()) {
    const of = ratios[index] ?? [];
    console.log(
      `\nratio ${name} / ${yardstick[0]}: median ${median(of).toFixed(2)}, ${Math.min(...of).toFixed(2)}–${Math.max(...of).toFixed(2)}`,
    );
  }
}

/** Memory is that of all servers of a side; of PostgreSQL's processes it is not measured. */
function report(round: number, [name, , servers]: Side, result: LoadResult, ratio: string): void {
  if (result.errors > 0) throw new Error(`${name}: ${result.errors} answers were not 2xx`);
  const { perSecond, p50Ms, p99Ms } = result;
  const memory = servers.reduce((sum, { pid }) => sum + residentMb(pid), 0);
  console.log(
    `| ${round} | ${name} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(2)} | ${p99Ms.toFixed(2)} | ${memory.toFixed(0)} | ${ratio} |`,
  );
}
