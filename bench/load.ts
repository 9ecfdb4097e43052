import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { callerEnvironment } from '../tools/child-environment.mjs';

const run = promisify(execFile);

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx. */
  readonly errors: number;
  /** Of all answers those that the script counted; not a number when it counts none. */
  readonly countedShare: number;
}

export interface Load {
  readonly script: string;
  readonly connections: number;
  readonly seconds: number;
  readonly env: Readonly<Record<string, string>>;
}

/** One run of wrk against `url`. */
export async function load(url: string, { script, connections, seconds, env }: Load): Promise<LoadResult> {
  const file = new URL(script, import.meta.url).pathname;
  const { stdout } = await run(
    'wrk',
    [
      '--threads',
      '1',
      '--connections',
      String(connections),
      '--duration',
      `${seconds}s`,
      '--latency',
      '--timeout',
      '30s', // a slow one is slow, not failed
      '--script',
      file,
      url,
    ],
    { env: callerEnvironment(env) },
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error('wrk is needed for this (on Debian: apt-get install wrk).');
    throw error;
  });
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50Ms: milliseconds(/^\s+50%\s+(\S+)/m.exec(stdout)?.[1]),
    p99Ms: milliseconds(/^\s+99%\s+(\S+)/m.exec(stdout)?.[1]),
    errors: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
    countedShare: share(/Counted: (\d+) of (\d+)/.exec(stdout)),
  };
}

function share(found: RegExpExecArray | null): number {
  return Number(found?.[1]) / Number(found?.[2]);
}

function milliseconds(text = ''): number {
  const value = Number.parseFloat(text);
  if (text.endsWith('us')) return value / 1000;
  return text.endsWith('ms') ? value : value * 1000;
}

export interface Running {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** What was started and has not ended: a measurement that fails leaves no server behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** Starts a program on a free port, which replaces `PORT` in its arguments, and waits until it answers. */
export async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  wanted?: number,
): Promise<Running> {
  const port = wanted ?? (await freePort());
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=4',
      '--max-old-space-size=384',
      ...args.map((arg) => arg.replace('PORT', String(port))),
    ],
    // One account asks for as much as the server gives. The arenas are those of bin/kanda.mjs, as the flags are.
    {
      env: callerEnvironment({
        KANDA_RATE_LIMIT: 'off',
        MALLOC_ARENA_MAX: '2',
        MALLOC_MMAP_THRESHOLD_: '1048576',
        ...env,
      }),
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  running.add(child);
  let ended = false;
  const end = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child);
      ended = true;
      resolve();
    });
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (ended) throw new Error(`${args.join(' ')} ended before it listened`);
    await setTimeout(5);
  }
  return {
    url,
    pid: child.pid as number,
    ended: end,
    async stop() {
      child.kill('SIGTERM');
      await end;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/healthz`, { method: 'HEAD' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

/** The most resident memory so far, MB; 0 when the process has ended. */
export function peakMb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** From here on, {@link peakMb} is the most since now. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
