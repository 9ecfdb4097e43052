/** PgBouncer for tests: Debian's program with `deploy/pgbouncer/pgbouncer.ini`, before a PostgreSQL on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { STARTS_WITHIN_MS } from './patience.ts';
import { freePort, unprivileged } from './postgres-server.ts';
import { findTool } from './test-tools.ts';

const EXAMPLE = new URL('../../deploy/pgbouncer/pgbouncer.ini', import.meta.url);
const USER = 'kanda';
const PASSWORD = 'of-the-pooler';

/** The program, or null, after saying what is not tested. */
export function pgBouncerProgram(): string | null {
  return findTool('pgbouncer');
}

export interface PgBouncerOptions {
  /** What it does otherwise than the example: `pool_mode = transaction` → `pool_mode = statement`. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** A running PgBouncer that knows every database of one server. */
export class PgBouncer {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    this.#process = this.#spawn();
  }

  static async start(serverPort: number, { instead = {} }: PgBouncerOptions = {}): Promise<PgBouncer> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'kanda-pgbouncer-'));
    write(folder, 'userlist.txt', `"${USER}" "${PASSWORD}"\n`);
    write(
      folder,
      'pgbouncer.ini',
      fitted({
        'kanda = host=192.0.2.11 port=5432 dbname=kanda': `* = host=127.0.0.1 port=${serverPort}`,
        'listen_port = 6432': `listen_port = ${port}`,
        '/etc/pgbouncer/userlist.txt': join(folder, 'userlist.txt'),
        // The server is on this machine and has no certificate.
        'server_tls_sslmode = verify-full': 'server_tls_sslmode = disable',
        ...instead,
      }),
    );
    own(folder);
    const pooler = new PgBouncer(port, folder);
    await pooler.#untilReady();
    return pooler;
  }

  /** The same database by way of this pooler. */
  through(url: string): string {
    const by = new URL(url);
    by.port = String(this.port);
    by.password = PASSWORD;
    return by.href;
  }

  /** Ends it as a crash does, and starts it anew at the same port. */
  async crash(): Promise<void> {
    await this.#end();
    this.#process = this.#spawn();
    await this.#untilReady();
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(): ChildProcess {
    const program = pgBouncerProgram();
    if (program === null) throw new Error('there is no PgBouncer here');
    return spawn(program, [join(this.#folder, 'pgbouncer.ini')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: this.#folder,
      // Like PostgreSQL it refuses to run as root.
      ...unprivileged(),
    });
  }

  async #end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async #untilReady(): Promise<void> {
    const output: string[] = [];
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      if (output.length < 200) output.push(String(chunk));
    });
    const deadline = performance.now() + STARTS_WITHIN_MS;
    for (;;) {
      const client = new pg.Client(this.through(`postgres://${USER}@127.0.0.1/postgres?sslmode=disable`));
      client.on('error', () => {});
      try {
        await client.connect();
        // Someone else may have been quicker at this port.
        if (this.#process.exitCode === null) return;
        throw new Error('it has ended');
      } catch {
        if (this.#process.exitCode !== null || performance.now() > deadline) {
          await this.#end();
          throw new Error(`PgBouncer did not start:\n${output.join('')}`);
        }
        await sleep(20);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }
}

/** @throws when the example does not hold what is to be replaced: it has changed, and the test would not run it */
function fitted(replacements: Readonly<Record<string, string>>): string {
  let text = readFileSync(EXAMPLE, 'utf8');
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`deploy/pgbouncer/pgbouncer.ini does not hold ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

function write(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  own(join(folder, name));
}

function own(path: string): void {
  const user = unprivileged();
  if (user !== null) chownSync(path, user.uid, user.gid);
}
