import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { callerEnvironment } from '../../tools/child-environment.mjs';

/** Whatever still runs when the bench ends, also on a signal. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the program prints goes here; to nowhere when missing. */
  readonly log?: string;
  /** User and group to run as, for programs that refuse to run as root. */
  readonly uid?: number;
  readonly input?: string;
}

export interface Program {
  readonly pid: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program and waits until `ready` holds. Throws when it ends before, or after a minute. */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
  ready: () => Promise<boolean>,
): Promise<Program> {
  const log = options.log === undefined ? 'ignore' : openSync(options.log, 'a');
  const child = spawn(command, args, { ...spawnOptions(options), stdio: ['ignore', log, log] });
  if (typeof log === 'number') closeSync(log);
  running.add(child);
  const ended = once(child, 'exit').finally(() => running.delete(child));
  const deadline = performance.now() + 60_000;
  while (!(await ready())) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      const told = options.log === undefined ? '' : `:\n${readFileSync(options.log, 'utf8').slice(-2_000)}`;
      throw new Error(`${command} ${args[0] ?? ''} did not come up${told}`);
    }
    await setTimeout(50);
  }
  return {
    pid: child.pid as number,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

/** Runs a program to its end and gives what it printed. Throws with its complaint when it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const child = spawn(command, args, { ...spawnOptions(options), stdio: 'pipe' });
  running.add(child);
  const printed: Buffer[] = [];
  const complained: Buffer[] = [];
  child.stdout.on('data', (chunk) => printed.push(chunk));
  child.stderr.on('data', (chunk) => complained.push(chunk));
  child.stdin.on('error', () => {}); // it ended without reading; its status says why
  child.stdin.end(options.input ?? '');
  const [status] = await once(child, 'close').finally(() => running.delete(child));
  if (status === 0) return Buffer.concat(printed).toString();
  const complaint = Buffer.concat(complained.length > 0 ? complained : printed).toString();
  throw new Error(`${command} ${args.join(' ')} failed:\n${complaint.slice(-2_000)}`);
}

function spawnOptions({ env, cwd, uid }: ProgramOptions) {
  return {
    env: callerEnvironment(env),
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  };
}

/** Whether something answers at `url`, whatever it says. */
export async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Memory of processes and all their descendants in MB, pages that they share counted once. */
export function memoryMb(pids: readonly number[]): number {
  let kb = 0;
  for (const pid of pids) {
    const children = proc(pid, `task/${pid}/children`).trim();
    kb += Number(/^Pss:\s+(\d+)/m.exec(proc(pid, 'smaps_rollup'))?.[1] ?? 0);
    if (children !== '') kb += 1024 * memoryMb(children.split(' ').map(Number));
  }
  return kb / 1024;
}

/** Nothing when the process has ended meanwhile, as a connection's process in PostgreSQL may. */
function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
