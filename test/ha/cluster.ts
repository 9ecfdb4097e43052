/**
 * Three database hosts, each with etcd, Patroni and PostgreSQL 15, and one HAProxy for each Kanda node: the
 * deployment of docs/operating/high-availability.md on one machine, from Debian's packages.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { fitted, HOSTS, variablesOf } from './configuration.ts';
import { type Places, runFromPage } from './page.ts';
import type { Trial } from './trial.ts';
import { Wire } from './wire.ts';

export interface Programs {
  readonly etcd: string;
  readonly patroni: string;
  readonly haproxy: string;
}

interface Host {
  readonly name: string;
  readonly folder: string;
  readonly postgres: number;
  readonly rest: number;
  /** To each etcd, through which this host's Patroni speaks with it. */
  readonly wires: readonly Wire[];
  readonly configuration: string;
  patroni: ChildProcess;
}

export interface ClusterOptions {
  readonly programs: Programs;
  /** Seconds; in place of what `deploy/ha/patroni.yml` says. */
  readonly timing?: { readonly ttl: number; readonly loopWait: number; readonly retryTimeout: number };
  /** Without waiting for a standby, to see that what is lost then is found. */
  readonly asynchronous?: boolean;
  /** How many HAProxy are started: one for each Kanda node. */
  readonly routers: number;
  /** Called with each host's folder before anything is in it. */
  readonly prepare?: (folder: string, host: number) => void;
}

const ETCD_WITHIN_MS = 30_000;
/** Debian's, whose first line names the Python that has Patroni. */
const PATRONICTL = '/usr/bin/patronictl';
export const SUPERUSER = { user: 'postgres', password: 'change-me-1' };

export class Cluster {
  /** Where each Kanda node finds its HAProxy. */
  readonly routers: readonly number[];
  readonly #trial: Trial;
  readonly #programs: Programs;
  readonly #asynchronous: boolean;
  readonly #hosts: readonly Host[];

  private constructor(
    trial: Trial,
    { programs, asynchronous = false }: ClusterOptions,
    hosts: readonly Host[],
    routers: readonly number[],
  ) {
    this.#trial = trial;
    this.#programs = programs;
    this.#asynchronous = asynchronous;
    this.#hosts = hosts;
    this.routers = routers;
  }

  static async start(trial: Trial, options: ClusterOptions): Promise<Cluster> {
    const { programs } = options;
    const count = HOSTS.length;
    const [clients, peers, postgres, rest] = [
      await trial.ports(count),
      await trial.ports(count),
      await trial.ports(count),
      await trial.ports(count),
    ];
    for (const [index] of HOSTS.entries()) startEtcd(trial, programs, index, clients, peers);
    await Promise.all(clients.map(etcdIsUp));
    const hosts: Host[] = [];
    for (const [index] of HOSTS.entries()) {
      const ports = await trial.ports(count);
      const wires = await Promise.all(ports.map((port, etcd) => Wire.lay(port, clients[etcd] ?? 0)));
      const folder = trial.folderOf(`db${index + 1}`);
      options.prepare?.(folder, index);
      const place = { postgres: postgres[index] ?? 0, rest: rest[index] ?? 0, folder, etcd: ports };
      const text = patroniFile(`db${index + 1}`, place, options);
      const configuration = trial.write(`db${index + 1}.yml`, text);
      hosts.push({
        name: `db${index + 1}`,
        folder,
        postgres: place.postgres,
        rest: place.rest,
        wires,
        configuration,
        patroni: startPatroni(trial, programs, `db${index + 1}`, configuration),
      });
    }
    const routers = await trial.ports(options.routers);
    for (const [index, port] of routers.entries()) startRouter(trial, programs, index, port, hosts);
    return new Cluster(trial, options, hosts, routers);
  }

  get size(): number {
    return this.#hosts.length;
  }

  nameOf(host: number): string {
    return this.#host(host).name;
  }

  folderOf(host: number): string {
    return this.#host(host).folder;
  }

  /** Host of the primary as Patroni tells it to HAProxy; null: there is none at the moment. */
  async primary(): Promise<number | null> {
    const states = await Promise.all(this.#hosts.map((_, host) => this.#answers(host, 'primary')));
    const host = states.indexOf(true);
    return host === -1 ? null : host;
  }

  /** Waits for a primary that is not this host. */
  async otherPrimary(than: number, withinMs: number): Promise<number> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      const primary = await this.primary();
      if (primary !== null && primary !== than) return primary;
      await sleep(100);
    }
    throw new Error(`no other host became primary within ${withinMs / 1000} s of the fault`);
  }

  /**
   * Waits until every host is in, one of them as a synchronous standby, for PostgreSQL and for Patroni: a fault
   * before Patroni has noted it would find nobody who may take over.
   */
  async ready(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    let seen = '';
    while (Date.now() < deadline) {
      seen = await this.#state().catch((error) => String(error));
      if (seen === 'ready') return;
      await sleep(200);
    }
    throw new Error(`the cluster was not whole within ${withinMs / 1000} s: ${seen}`);
  }

  async #state(): Promise<string> {
    const primary = await this.primary();
    if (primary === null) return 'no primary';
    const [row] = await this.sql(
      primary,
      `select count(*)::int as streaming, count(*) filter (where sync_state = 'sync')::int as synchronous,
         current_setting('synchronous_standby_names') as names
       from pg_stat_replication where state = 'streaming' and application_name ~ '^db[0-9]$'`,
    );
    const noted = await Promise.all(this.#hosts.map((_, host) => this.#answers(host, 'sync')));
    const synchronous = row?.synchronous === 1 && noted.includes(true) && row?.names !== '';
    const whole = row?.streaming === this.size - 1 && synchronous !== this.#asynchronous;
    return whole ? 'ready' : JSON.stringify({ ...row, noted });
  }

  /** Asks the PostgreSQL of one host, past HAProxy, as its superuser. */
  async sql(host: number, text: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const { postgres } = this.#host(host);
    const client = new pg.Client({
      ...SUPERUSER,
      host: '127.0.0.1',
      port: postgres,
      database,
      connectionTimeoutMillis: 2_000,
      query_timeout: 60_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      const results = (await client.query(text)) as pg.QueryResult | pg.QueryResult[];
      return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? [];
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** Makes Kanda's role and database as the page has an operator do it. */
  async createDatabase(): Promise<void> {
    await this.#psql('--file deploy/ha/database.sql');
  }

  /** What the page has an operator look at: the list of Patroni, and whom PostgreSQL waits for. */
  async look(): Promise<string> {
    const list = await runFromPage(' list', this.#configurationOf(0));
    return `${list}\n${await this.#psql('show synchronous')}`;
  }

  /** A change of Patroni's settings while all runs, as on the page: to what the file says anyway. */
  async editConfiguration(): Promise<void> {
    await runFromPage('edit-config', this.#configurationOf(0));
  }

  #psql(containing: string): Promise<string> {
    const places = { '127.0.0.1': `127.0.0.1 --port ${this.routers[0]}` };
    return runFromPage(containing, places, { PGPASSWORD: SUPERUSER.password });
  }

  #configurationOf(host: number): Places {
    return { '/etc/patroni/config.yml': this.#host(host).configuration, patronictl: PATRONICTL };
  }

  killPostgres(host: number): void {
    const { folder } = this.#host(host);
    const pid = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes(folder)) throw new Error(`process ${pid} is not the PostgreSQL of ${folder}`);
    process.kill(pid, 'SIGKILL');
  }

  killPatroni(host: number): void {
    this.#host(host).patroni.kill('SIGKILL');
  }

  /** As the init system does after a crash. */
  startPatroni(host: number): void {
    const { name, configuration } = this.#host(host);
    this.#host(host).patroni = startPatroni(this.#trial, this.#programs, name, configuration);
  }

  /** Between this host and every etcd. */
  cutFromEtcd(host: number): void {
    for (const wire of this.#host(host).wires) wire.cut();
  }

  healToEtcd(host: number): void {
    for (const wire of this.#host(host).wires) wire.heal();
  }

  /** A planned change of the primary, as the page has it done before maintenance. */
  async switchOver(): Promise<void> {
    await runFromPage('switchover', this.#configurationOf(0));
  }

  /** Ends what would keep this process from ending; the daemons are the trial's. */
  close(): void {
    for (const { wires } of this.#hosts) for (const wire of wires) wire.close();
  }

  async #answers(host: number, path: string): Promise<boolean> {
    const url = `http://127.0.0.1:${this.#host(host).rest}/${path}`;
    const answer = await fetch(url, { method: 'OPTIONS', signal: AbortSignal.timeout(1_000) }).catch(
      () => null,
    );
    await answer?.body?.cancel();
    return answer?.status === 200;
  }

  #host(index: number): Host {
    const host = this.#hosts[index];
    if (host === undefined) throw new Error(`there is no host ${index}`);
    return host;
  }
}

function startEtcd(
  trial: Trial,
  { etcd }: Programs,
  index: number,
  clients: readonly number[],
  peers: readonly number[],
): void {
  const folder = trial.folderOf(`etcd${index + 1}`);
  const text = fitted('etcd.env', {
    '@NAME@': `db${index + 1}`,
    '@ADDRESS@:2379': `127.0.0.1:${clients[index]}`,
    '@ADDRESS@:2380': `127.0.0.1:${peers[index]}`,
    '/var/lib/etcd/kanda': join(folder, 'data'),
    ...Object.fromEntries(HOSTS.map((host, at) => [`${host}:2380`, `127.0.0.1:${peers[at]}`])),
  });
  const env = { ...variablesOf(text), ETCD_LOGGER: 'zap', ETCD_LOG_LEVEL: 'warn' };
  trial.start(`etcd${index + 1}`, etcd, [], { env, cwd: folder });
}

/** Patroni 3.0 ends with a trace when etcd has not yet decided on its version. */
async function etcdIsUp(port: number): Promise<void> {
  const deadline = Date.now() + ETCD_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/version`, { signal: AbortSignal.timeout(1_000) })
      .then((response) => response.json() as Promise<{ etcdcluster: string }>)
      .catch(() => null);
    if (answer !== null && /^\d/.test(answer.etcdcluster)) return;
    if (Date.now() > deadline) throw new Error(`etcd was not up within ${ETCD_WITHIN_MS / 1000} s`);
    await sleep(50);
  }
}

interface Place {
  readonly postgres: number;
  readonly rest: number;
  readonly folder: string;
  /** This host's ends of the wires to each etcd. */
  readonly etcd: readonly number[];
}

function patroniFile(name: string, place: Place, { timing, asynchronous = false }: ClusterOptions): string {
  return fitted('patroni.yml', {
    '@NAME@': name,
    '@ADDRESS@:8008': `127.0.0.1:${place.rest}`,
    '@ADDRESS@:5432': `127.0.0.1:${place.postgres}`,
    '192.0.2.0/24': '127.0.0.0/8',
    '/var/lib/postgresql/15/kanda': join(place.folder, 'data'),
    '/var/lib/postgresql/kanda.pgpass': join(place.folder, 'pgpass'),
    '/var/run/postgresql': place.folder,
    // Past the wires there would be no cut: without this Patroni asks etcd for its own addresses and uses those.
    'etcd3:\n': 'etcd3:\n  use_proxies: true\n',
    ...Object.fromEntries(HOSTS.map((host, at) => [`${host}:2379`, `127.0.0.1:${place.etcd[at]}`])),
    ...(asynchronous
      ? { 'synchronous_mode: true': 'synchronous_mode: false', 'synchronous_mode_strict: true': '' }
      : {}),
    ...(timing === undefined
      ? {}
      : {
          'ttl: 20': `ttl: ${timing.ttl}`,
          'loop_wait: 2': `loop_wait: ${timing.loopWait}`,
          'retry_timeout: 3': `retry_timeout: ${timing.retryTimeout}`,
        }),
  });
}

function startPatroni(
  trial: Trial,
  { patroni }: Programs,
  name: string,
  configuration: string,
): ChildProcess {
  return trial.start(`patroni-${name}`, patroni, [configuration]);
}

function startRouter(
  trial: Trial,
  { haproxy }: Programs,
  index: number,
  port: number,
  hosts: readonly Host[],
): void {
  const servers = hosts.map(({ postgres, rest }, at) => [
    `${HOSTS[at]}:5432 port 8008`,
    `127.0.0.1:${postgres} port ${rest}`,
  ]);
  const text = fitted('haproxy.cfg', {
    '127.0.0.1:5432': `127.0.0.1:${port}`,
    ...Object.fromEntries(servers),
  });
  const file = trial.write(`haproxy${index + 1}.cfg`, text);
  trial.start(`haproxy${index + 1}`, haproxy, ['-db', '-f', file]);
}
