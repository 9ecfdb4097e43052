/** The two processes of an import: the server, and the command that an operator uses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareEnvironment } from '../tools/child-environment.mjs';
import { peakMb, type Running, start } from './load.ts';

const KANDA = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
const NODE_FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=384'];

/** `kanda serve` on one port, which stays the same when it is started again. */
export class Server {
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #running: Running;

  private constructor(args: readonly string[], env: Readonly<Record<string, string>>, running: Running) {
    this.#args = args.map((arg) => arg.replace('PORT', new URL(running.url).port));
    this.#env = env;
    this.#running = running;
  }

  static async start(dataDir: string, databaseUrl: string | null): Promise<Server> {
    const args = [KANDA, 'serve', '--port', 'PORT', '--data-dir', dataDir];
    const env = {
      KANDA_LOG_LEVEL: 'error',
      KANDA_SECRET_EXPORT: 'on',
      ...(databaseUrl === null ? {} : { KANDA_DATABASE_URL: databaseUrl }),
    };
    return new Server(args, env, await start(args, env));
  }

  get url(): string {
    return this.#running.url;
  }

  get pid(): number {
    return this.#running.pid;
  }

  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.#running.ended;
  }

  async again(): Promise<void> {
    const { url } = this.#running;
    this.#running = { ...(await start(this.#args, this.#env, Number(new URL(url).port))), url };
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }
}

/** `kanda import` in a process of its own. */
export class ImportCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  printed = '';
  peakMb = 0;

  constructor(url: string, apiKey: string, file: string, folder: string) {
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, `${apiKey}\n`, { mode: 0o600 });
    const args = [...NODE_FLAGS, KANDA, 'import', '--url', url, '--api-key-file', keyFile, '--yes', file];
    this.child = spawn(process.execPath, args, {
      env: bareEnvironment({ MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text;
      });
    }
    const watch = setInterval(() => {
      this.peakMb = Math.max(this.peakMb, peakMb(this.child.pid as number));
    }, 100);
    this.ended = once(this.child, 'close').finally(() => clearInterval(watch));
  }

  async done(): Promise<void> {
    await this.ended;
    if (this.child.exitCode !== 0)
      throw new Error(
        `kanda import ended with ${this.child.exitCode ?? this.child.signalCode}:\n${this.printed}`,
      );
  }

  counts(): Record<string, number> {
    const lines = [
      ...this.printed.matchAll(/^(enrolled|unchanged|added|conflict|refused|skipped) +(\d+)$/gm),
    ];
    return Object.fromEntries(lines.map(([, name, count]) => [name, Number(count)]));
  }
}
