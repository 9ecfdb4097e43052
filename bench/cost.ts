import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createHotpKey, DEFAULT_PARAMETERS, totp } from '@kanda/otp';
import { type Calls, callTimes } from './callers.ts';
import { median, type Running, residentMb, start } from './load.ts';
import { timeByStage } from './profile.ts';
import { seed } from './seed.ts';
import { CLIENTS, openBench, WARM_UP_PASSES } from './store.ts';

/** How many calls for each client a server answers before it is measured: by then its code is compiled. */
const WARM_UP_SHARE = 0.2;
/** From one client to the next, as in validate.lua: an order without locality. */
const STEP = 7_919;

export interface CostOptions {
  /** For the stores, the profile. */
  readonly folder: string;
  readonly rounds: number;
  /** How many calls each side gets in a round. */
  readonly calls: number;
  readonly connections: number;
  readonly clients: number;
  /** Another checkout of Kanda to measure in the same rounds; null: none. */
  readonly beside: string | null;
  /** Whether each Kanda is run once more, for a table of where its time goes. */
  readonly profiled: boolean;
}

interface Side {
  readonly name: string;
  readonly server: Running;
  /** Makes this many calls. */
  readonly burst: (calls: number) => Promise<{ readonly p99Ms: number }>;
  readonly us: number[];
  readonly p99Ms: number[];
  writtenBytes: number;
}

/**
 * Processor time of all threads of a server for each durable validation, of right codes and of wrong ones, beside that of
 * the bare echo, in rounds that alternate. Unlike requests a second it does not depend on who else uses the machine's
 * cores; it still depends on who else uses their caches, which is why it is printed as a ratio, too.
 */
export async function cost(options: CostOptions): Promise<void> {
  const { folder, beside, clients } = options;
  const echo = await start([new URL('echo.mjs', import.meta.url).pathname, 'PORT']);
  const kandas = [{ suffix: '', kanda: await kandaHere(join(folder, 'here'), clients) }];
  if (beside !== null) {
    const kanda = await kandaOf(resolve(beside), join(folder, 'beside'), clients);
    kandas.push({ suffix: `, ${beside}`, kanda });
  }
  const sides = [
    side('echo', echo, wrongCodes(echo, 'none', options)),
    ...kandas.flatMap(({ suffix, kanda: { server, token, secretOf } }) => [
      side(`wrong codes${suffix}`, server, wrongCodes(server, token, options)),
      ...(secretOf === null
        ? []
        : [side(`right codes${suffix}`, server, rightCodes(server, token, secretOf, options))]),
    ]),
  ];
  try {
    for (const one of sides.filter(({ name }) => !name.startsWith('right')))
      await one.burst(WARM_UP_SHARE * clients);
    for (let round = 0; round < options.rounds; round++) {
      // Each goes first in turn: what a side leaves in the caches meets the next.
      for (const one of round % 2 === 0 ? sides : sides.toReversed()) await measure(one, options.calls);
    }
    report(sides, options);
  } finally {
    for (const server of new Set(sides.map((one) => one.server))) await server.stop();
  }
  await inProcess(options.rounds);
  if (!options.profiled) return;
  for (const { suffix, kanda } of kandas) {
    console.log(`\n### wrong codes${suffix}\n`);
    console.log(await stagesOf(kanda, options));
  }
}

function side(name: string, server: Running, burst: Side['burst']): Side {
  return { name, server, burst, us: [], p99Ms: [], writtenBytes: 0 };
}

async function measure(one: Side, calls: number): Promise<void> {
  const { pid } = one.server;
  const before = { us: processorTime(pid), written: writtenBytes(pid) };
  const { p99Ms } = await one.burst(calls);
  one.us.push((processorTime(pid) - before.us) / calls);
  one.p99Ms.push(p99Ms);
  one.writtenBytes += writtenBytes(pid) - before.written;
}

function report(sides: readonly Side[], { calls, rounds }: CostOptions): void {
  const [yardstick] = sides;
  console.log('\n## processor time of the server for each validation\n');
  console.log(
    '| side | µs, median | middle half | least | × the echo | bytes written | p99 ms | memory MB |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const { name, server, us, p99Ms, writtenBytes: written } of sides) {
    const ratios = us.map((time, round) => time / (yardstick?.us[round] ?? Number.NaN));
    const sorted = us.toSorted((one, other) => one - other);
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1);
    const row = [
      name,
      at(0.5),
      `${at(0.25)}–${at(0.75)}`,
      at(0),
      median(ratios).toFixed(2),
      (written / (calls * rounds)).toFixed(0),
      median(p99Ms).toFixed(0),
      residentMb(server.pid).toFixed(0),
    ];
    console.log(`| ${row.join(' | ')} |`);
  }
}

/** `Store.validate` alone: what of it is not HTTP, bearer and body. */
async function inProcess(rounds: number): Promise<void> {
  const bench = await openBench(undefined);
  const us = { right: [] as number[], wrong: [] as number[] };
  for (let pass = -WARM_UP_PASSES; pass < rounds; pass++) {
    for (const codes of ['right', 'wrong'] as const) {
      const time = await bench.pass(codes);
      if (pass >= 0) us[codes].push(time);
    }
  }
  await bench.close();
  console.log(
    `\nin the process, ${CLIENTS} clients: ${median(us.wrong).toFixed(1)} µs a wrong code, ${median(us.right).toFixed(1)} a right one`,
  );
}

/**
 * Starts the server once more, with V8's profiler on, and tells where the time went. Not in the rounds: the profiler
 * costs one version more than another.
 */
async function stagesOf({ checkout, dir, token }: Kanda, options: CostOptions): Promise<string> {
  const profile = `${dir}-profile`;
  const flags = ['--cpu-prof', `--cpu-prof-dir=${profile}`, '--cpu-prof-interval=1000'];
  const server = await startKanda(checkout, dir, flags);
  const profiled = WARM_UP_SHARE * options.clients + options.rounds * options.calls;
  await wrongCodes(server, token, options)(profiled);
  await server.stop();
  return timeByStage(profile, profiled);
}

/** The user and system time of a process with all of its threads, in µs. */
function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  // In nanoseconds; /proc/PID/stat counts in hundredths of a second.
  const times = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/schedstat`, 'utf8'));
  return times.reduce((sum, time) => sum + Number.parseInt(time, 10), 0) / 1_000;
}

function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

type SecretOf = (index: number) => Uint8Array;

interface Kanda {
  readonly checkout: string;
  readonly dir: string;
  readonly token: string;
  readonly server: Running;
  /** null: its clients' secrets are not known, so it is asked about wrong codes alone. */
  readonly secretOf: SecretOf | null;
}

function secretOf(index: number): Uint8Array {
  return createHash('sha1').update(String(index)).digest();
}

/** Where this checkout is. */
const HERE = fileURLToPath(new URL('..', import.meta.url));

async function kandaHere(dir: string, clients: number): Promise<Kanda> {
  const { apiKey: token } = await seed(dir, clients, 0, secretOf);
  return { checkout: HERE, dir, token, secretOf, server: await startKanda(HERE, dir) };
}

/** Another checkout fills its store itself, with its own tables; what it needs of npm has to be installed there. */
async function kandaOf(checkout: string, dir: string, clients: number): Promise<Kanda> {
  const args = [join(checkout, 'bench/seed.ts'), dir, String(clients), '0'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: checkout });
  const token = stdout.trim().split('\n').at(-1) ?? '';
  return { checkout, dir, token, secretOf: null, server: await startKanda(checkout, dir) };
}

async function startKanda(checkout: string, dir: string, flags: readonly string[] = []): Promise<Running> {
  const main = join(checkout, 'apps/server/bin/kanda.mjs');
  if (!existsSync(main)) throw new Error(`${checkout} is no checkout of Kanda`);
  const args = [...flags, main, 'serve', '--port', 'PORT', '--data-dir', dir];
  const env = { KANDA_LOG_LEVEL: 'warn' };
  // Versions without a limit by default did not know "off".
  return start(args, env).catch(() => start(args, { ...env, KANDA_RATE_LIMIT: '' }));
}

function wrongCodes(server: Running, token: string, { clients, connections }: CostOptions): Side['burst'] {
  let calls = 0;
  const bodyOf = () => body((STEP * ++calls) % clients, Math.floor(Math.random() * 1e6));
  return (total) => calledWell(server, { connections, token, total, bodyOf });
}

/** Each client once: a code that was used is a wrong one. */
function rightCodes(
  server: Running,
  token: string,
  secretOfClient: SecretOf,
  { clients, connections, calls: total }: CostOptions,
): Side['burst'] {
  let calls = 0;
  return async () => {
    const codes = Array.from({ length: total }, () => {
      const client = (STEP * ++calls) % clients;
      const key = createHotpKey(secretOfClient(client), DEFAULT_PARAMETERS.algorithm);
      return body(client, totp(key, Date.now(), DEFAULT_PARAMETERS));
    });
    const bodyOf = (index: number) => codes[index] ?? '';
    const answers = await calledWell(server, { connections, token, total, bodyOf });
    // A wrong code that was right by chance has used up some.
    if (answers.valid < total * 0.95)
      throw new Error(`only ${answers.valid} of ${total} right codes were accepted`);
    return answers;
  };
}

async function calledWell({ url }: Running, calls: Calls) {
  const answers = await callTimes(url, calls);
  if (answers.errors > 0) throw new Error(`${answers.errors} answers of ${url} were not 200`);
  return answers;
}

function body(client: number, code: number | string): string {
  return JSON.stringify({ clientId: `client-${client}`, token: String(code).padStart(6, '0') });
}
