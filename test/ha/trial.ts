/**
 * One trial: a temporary folder and the daemons that run in it. A watcher of its own process ends them all, by pid,
 * and removes the folder as soon as the user who began the trial says so or is gone, killed or interrupted as it may be.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../tools/child-environment.mjs';

const WATCHER = fileURLToPath(new URL('./end-trial.ts', import.meta.url));
/** Below what Linux gives to outgoing connections: a daemon that restarts must find its port free. */
const PORTS = { first: 20_000, last: 31_999 };

interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface DaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export class Trial {
  readonly folder: string;
  readonly #watcher: ChildProcess;
  /** Whom daemons run as: PostgreSQL refuses root. null: as the user who began the trial. */
  readonly #user: User | null;
  readonly #taken = new Set<number>();

  /** @param keep leaves the folder with its logs behind, for looking at what went wrong */
  constructor(keep = false) {
    this.#user = process.getuid?.() === 0 ? userNamed('postgres') : null;
    this.folder = mkdtempSync(join(tmpdir(), 'kanda-ha-'));
    this.#own(this.folder);
    this.folderOf('log');
    this.#watcher = spawn(process.execPath, [WATCHER, this.folder, ...(keep ? ['keep'] : [])], {
      stdio: ['pipe', 'inherit', 'inherit'],
      // A group of its own: Ctrl-C in a terminal must not reach the process that cleans up after it.
      detached: true,
    });
    this.#watcher.stdin?.on('error', () => {});
  }

  /** A folder of that name in the trial's, for a daemon. */
  folderOf(name: string): string {
    const path = this.ownFolder(name);
    this.#own(path);
    return path;
  }

  /** A folder of that name in the trial's, for what runs as the user who began it: Kanda refuses root in a folder of another. */
  ownFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /**
   * A file system of its own at this folder, in memory, that can be filled without harm to anything else.
   * @returns whether it could be made: only root may
   */
  mount(folder: string, megabytes: number): boolean {
    const { uid, gid } = this.#user ?? { uid: process.getuid?.(), gid: process.getgid?.() };
    const options = `size=${megabytes}m,mode=0700,uid=${uid},gid=${gid}`;
    return (
      spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'kanda-ha', folder], { stdio: 'ignore' }).status === 0
    );
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    this.#own(path);
    return path;
  }

  logOf(name: string): string {
    return readFileSync(join(this.folder, 'log', `${name}.log`), 'utf8');
  }

  /** Starts a daemon; what it prints goes to `log/<name>.log`. */
  start(name: string, program: string, args: readonly string[], options: DaemonOptions = {}): ChildProcess {
    const log = openSync(join(this.folder, 'log', `${name}.log`), 'a');
    const child = spawn(program, [...args], {
      cwd: options.cwd ?? this.folder,
      env: bareEnvironment({
        HOME: this.folder,
        // The system's own programs: Patroni looks for its Python there.
        PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
        LC_ALL: 'C.UTF-8',
        ...options.env,
      }),
      stdio: ['ignore', log, log],
      detached: true,
      ...(this.#user ?? {}),
    });
    closeSync(log);
    child.unref();
    return child;
  }

  /** Ports of 127.0.0.1 that no one listens on. */
  async ports(count: number): Promise<number[]> {
    const found: number[] = [];
    while (found.length < count) {
      const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));
      if (this.#taken.has(port) || !(await isFree(port))) continue;
      this.#taken.add(port);
      found.push(port);
    }
    return found;
  }

  /** Ends everything. Resolves when no process of the trial is left. */
  async end(): Promise<void> {
    if (this.#watcher.exitCode !== null) return;
    const ended = once(this.#watcher, 'exit');
    this.#watcher.stdin?.end();
    await ended;
  }

  #own(path: string): void {
    if (this.#user !== null) chownSync(path, this.#user.uid, this.#user.gid);
  }
}

function userNamed(name: string): User {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(`There is no user ${name}, whom PostgreSQL could run as: it refuses root.`);
  }
  return { uid: Number(uid), gid: Number(gid) };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const free = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]).catch(() => false);
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
