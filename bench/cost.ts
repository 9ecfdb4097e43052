import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type LoadResult, load, median, type Running, start } from './load.ts';
import { timeByStage } from './profile.ts';
import { seed } from './seed.ts';

/** What a tick of `/proc/PID/stat` is, in µs: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;
/** Each server is loaded until it has answered this many: by then its code is compiled. */
const WARM_UP_REQUESTS = 20_000;
/** From one client to the next, as in validate.lua: an order without locality. */
const STEP = 7_919;

export interface CostOptions {
  /** For the stores, the profile. */
  readonly folder: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly clients: number;
  /** Another checkout of Kanda to measure in the same rounds; null: none. */
  readonly beside: string | null;
}

interface Side {
  readonly name: string;
  readonly server: Running;
  /** Sends load for a while. */
  readonly burst: () => Promise<LoadResult>;
  readonly us: number[];
  requests: number;
  warmUpRequests: number;
  writtenBytes: number;
}

/**
 * Processor time of all threads of a server for each durable validation, beside that of the bare echo, in rounds that
 * alternate. Unlike requests a second it does not depend on who else uses the machine's cores; it still depends on who
 * else uses their caches, which is why it is printed as a ratio, too.
 */
export async function cost(options: CostOptions): Promise<void> {
  const { folder, beside } = options;
  const echo = await start([new URL('echo.mjs', import.meta.url).pathname, 'PORT']);
  const here = await kandaHere(join(folder, 'here'), options.clients);
  const kandas = [{ name: 'wrong codes', kanda: here }];
  if (beside !== null) {
    const there = await kandaOf(resolve(beside), join(folder, 'beside'), options.clients);
    kandas.push({ name: `wrong codes, ${beside}`, kanda: there });
  }
  const sides = [
    side('echo', wrongCodes(echo, 'none', options), echo),
    ...kandas.map(({ name, kanda }) =>
      side(name, wrongCodes(kanda.server, kanda.token, options), kanda.server),
    ),
  ];
  try {
    for (const one of sides) await warmUp(one);
    for (let round = 0; round < options.rounds; round++) {
      // Each goes first in turn: what a side leaves in the caches meets the next.
      for (const one of round % 2 === 0 ? sides : sides.toReversed()) await measure(one);
    }
    report(sides);
  } finally {
    for (const server of new Set(sides.map((one) => one.server))) await server.stop();
  }
  for (const { name, kanda } of kandas) {
    console.log(`\n### ${name}\n`);
    console.log(await stagesOf(kanda, options));
  }
}

function side(name: string, burst: Side['burst'], server: Running): Side {
  return { name, server, burst, us: [], requests: 0, warmUpRequests: 0, writtenBytes: 0 };
}

async function warmUp(one: Side): Promise<void> {
  while (one.warmUpRequests < WARM_UP_REQUESTS) one.warmUpRequests += (await one.burst()).requests;
}

async function measure(one: Side): Promise<void> {
  const { pid } = one.server;
  const before = { us: processorTime(pid), written: writtenBytes(pid) };
  const { requests, errors } = await one.burst();
  if (errors > 0) throw new Error(`${one.name}: ${errors} answers were not 2xx`);
  one.us.push((processorTime(pid) - before.us) / requests);
  one.requests += requests;
  one.writtenBytes += writtenBytes(pid) - before.written;
}

function report(sides: readonly Side[]): void {
  const [yardstick] = sides;
  console.log('\n## processor time of the server for each validation\n');
  console.log('| side | µs, median | least–most | × the echo | bytes written | requests |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { name, us, requests, writtenBytes } of sides) {
    const ratios = us.map((time, round) => time / (yardstick?.us[round] ?? Number.NaN));
    const range = `${Math.min(...us).toFixed(1)}–${Math.max(...us).toFixed(1)}`;
    const written = (writtenBytes / requests).toFixed(0);
    console.log(
      `| ${name} | ${median(us).toFixed(1)} | ${range} | ${median(ratios).toFixed(2)} | ${written} | ${requests} |`,
    );
  }
}

/**
 * Starts the server once more, with V8's profiler on, and tells where the time went. Not in the rounds: the profiler
 * costs one version more than another.
 */
async function stagesOf({ checkout, dir, token }: Kanda, options: CostOptions): Promise<string> {
  const profile = `${dir}-profile`;
  const flags = ['--cpu-prof', `--cpu-prof-dir=${profile}`, '--cpu-prof-interval=1000'];
  const server = await startKanda(checkout, dir, flags);
  const profiled = side('', wrongCodes(server, token, options), server);
  await warmUp(profiled);
  for (let round = 0; round < options.rounds; round++) await measure(profiled);
  await server.stop();
  return timeByStage(profile, profiled.requests + profiled.warmUpRequests);
}

/** The user and system time of a process with all of its threads, in µs. */
function processorTime(pid: number): number {
  // The name in brackets may hold spaces; what follows it does not.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

interface Kanda {
  readonly checkout: string;
  readonly dir: string;
  readonly token: string;
  readonly server: Running;
}

async function kandaHere(dir: string, clients: number): Promise<Kanda> {
  const { apiKey: token } = await seed(dir, clients, 0);
  const checkout = fileURLToPath(new URL('..', import.meta.url));
  return { checkout, dir, token, server: await startKanda(checkout, dir) };
}

/** Another checkout fills its store itself, with its own tables; what it needs of npm has to be installed there. */
async function kandaOf(checkout: string, dir: string, clients: number): Promise<Kanda> {
  const args = [join(checkout, 'bench/seed.ts'), dir, String(clients), '0'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: checkout });
  const token = stdout.trim().split('\n').at(-1) ?? '';
  return { checkout, dir, token, server: await startKanda(checkout, dir) };
}

async function startKanda(checkout: string, dir: string, flags: readonly string[] = []): Promise<Running> {
  const main = join(checkout, 'apps/server/src/main.ts');
  const args = [...flags, main, 'serve', '--port', 'PORT', '--data-dir', dir];
  const env = { KANDA_LOG_LEVEL: 'warn' };
  // Versions without a limit by default did not know "off".
  return start(args, env).catch(() => start(args, { ...env, KANDA_RATE_LIMIT: '' }));
}

function wrongCodes(
  server: Running,
  token: string,
  { clients, connections, seconds }: CostOptions,
): Side['burst'] {
  let from = 0;
  return async () => {
    const env = { BENCH_CLIENTS: String(clients), BENCH_TOKEN: token, BENCH_FROM: String(from) };
    const result = await load(server.url, { script: 'validate.lua', connections, seconds, env });
    from = (from + STEP * result.requests) % clients;
    return result;
  };
}
