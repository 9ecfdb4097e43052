/**
 * The real server as an operator runs it, in a process of its own: `node apps/server/bin/kanda.mjs serve`,
 * on a free port and a folder of its own. Tests talk to it over sockets and end it with signals.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { STARTS_WITHIN_MS } from './patience.ts';
import { endDatabases, storeVariables } from './test-database.ts';

export interface StartOptions {
  /** The data directory; a new temporary one when absent. */
  readonly dataDir?: string;
  /** Further flags of `kanda serve`. */
  readonly flags?: readonly string[];
  /** Its `kanda.mjs`, where that is of another version than this one. */
  readonly program?: string;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** `KANDA_…` variables; those of the test's own environment never reach the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended, and everything that it printed. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

export const KANDA = fileURLToPath(new URL('../../apps/server/bin/kanda.mjs', import.meta.url));

const folders: string[] = [];
const running = new Set<ChildProcess>();

/** An empty folder, removed by `endAll`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kanda-process-'));
  folders.push(folder);
  return folder;
}

/** Ends every server of this file that still runs and removes the folders: for `afterAll`. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const exited = once(child, 'exit');
      if (child.kill('SIGKILL')) await exited;
    }),
  );
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  await endDatabases();
}

/** Starts `kanda serve` and waits for its end: for starts that are to be refused. */
export async function serveUntilItEnds(options: StartOptions): Promise<Ending> {
  const { child, ended } = await spawnKanda(options);
  const timer = setTimeout(() => child.kill('SIGKILL'), STARTS_WITHIN_MS);
  return ended.finally(() => clearTimeout(timer));
}

export class KandaProcess {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** From the start of the process to its "listens" line. */
  readonly startedWithinMs: number;
  readonly #options: StartOptions;
  readonly #spawned: Spawned;

  private constructor(options: StartOptions, spawned: Spawned, url: string, startedWithinMs: number) {
    this.url = url;
    this.port = Number(new URL(url).port);
    this.dataDir = spawned.dataDir;
    this.startedWithinMs = startedWithinMs;
    this.#options = options;
    this.#spawned = spawned;
  }

  /** Resolves when the server says that it listens; rejects with its output when it ends before that. */
  static async start(options: StartOptions = {}): Promise<KandaProcess> {
    const placed = await inItsStore(options);
    const begun = performance.now();
    const spawned = spawnPlaced(placed);
    const { child, ended, output } = spawned;
    const listens = new Promise<string>((resolve) => {
      child.stdout?.on('data', () => {
        const url = /listens on (http:\/\/[^"\s]+:\d+)/.exec(output())?.[1];
        if (url !== undefined) resolve(url);
      });
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), STARTS_WITHIN_MS);
    const first = await Promise.race([listens, ended]);
    clearTimeout(timer);
    if (typeof first !== 'string') {
      throw new Error(
        `kanda serve ended with ${first.code ?? first.signal} before it listened:\n${first.output}`,
      );
    }
    return new KandaProcess(options, spawned, first, performance.now() - begun);
  }

  get pid(): number {
    return this.#spawned.child.pid ?? Number.NaN;
  }

  /** Everything that the process has printed, on both streams. */
  get output(): string {
    return this.#spawned.output();
  }

  /** Asks it to stop, as an init system does, and waits for its end. */
  stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<Ending> {
    this.#spawned.child.kill(signal);
    return this.#spawned.ended;
  }

  /** Ends it where it stands, as a power cut does to a process. */
  kill(): Promise<Ending> {
    this.#spawned.child.kill('SIGKILL');
    return this.#spawned.ended;
  }

  /** A new process with the same options on the same folder; this one must have ended. */
  again(options: StartOptions = {}): Promise<KandaProcess> {
    return KandaProcess.start({ ...this.#options, ...options, dataDir: this.dataDir });
  }
}

/** What its first line asks for: the bounds of its memory. */
function firstLine(): { readonly env: Readonly<Record<string, string>>; readonly flags: readonly string[] } {
  const [, env = '', flags = ''] = /^#!\S+ -S (.*?)node (.+)$/m.exec(readFileSync(KANDA, 'utf8')) ?? [];
  const variables = env.split(' ').filter(Boolean);
  return {
    env: Object.fromEntries(variables.map((one) => one.split('=') as [string, string])),
    flags: flags.split(' '),
  };
}

interface Spawned {
  readonly child: ChildProcess;
  readonly dataDir: string;
  readonly ended: Promise<Ending>;
  readonly output: () => string;
}

async function spawnKanda(options: StartOptions): Promise<Spawned> {
  return spawnPlaced(await inItsStore(options));
}

async function inItsStore({ dataDir = temporaryFolder(), env = {}, ...options }: StartOptions) {
  // Tests ask as fast as the machine can, some with one account: those of the limit set one.
  const unlimited = { KANDA_RATE_LIMIT: 'off' };
  return { ...options, dataDir, env: { ...unlimited, ...(await storeVariables(dataDir)), ...env } };
}

function spawnPlaced(options: StartOptions & { readonly dataDir: string }): Spawned {
  const { dataDir, flags = [], nodeFlags = [], env, program = KANDA } = options;
  const serve = [program, 'serve', '--port', '0', '--data-dir', dataDir, ...flags];
  const asShipped = firstLine();
  const child = spawn(process.execPath, [...asShipped.flags, ...nodeFlags, ...serve], {
    env: bareEnvironment({ ...asShipped.env, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  const output = () => printed.join('');
  // `close` comes after `exit`, when all output has been read.
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    running.delete(child);
    return { code, signal, output: output() };
  });
  return { child, dataDir, ended, output };
}
