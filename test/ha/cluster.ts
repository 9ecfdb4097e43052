/**
 * Three database hosts, each with etcd, Patroni and PostgreSQL 15, and one HAProxy for each Kanda node: the
 * deployment of docs/operating/high-availability.md on one machine, from Debian's packages.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { HOSTS } from './configuration.ts';
import {
  etcdIsUp,
  type PatroniOptions,
  type Programs,
  patroniFile,
  startEtcd,
  startPatroni,
  startRouter,
} from './daemons.ts';
import { type Places, runFromPage } from './page.ts';
import type { Trial } from './trial.ts';
import { Wire } from './wire.ts';

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

export interface ClusterOptions extends PatroniOptions {
  readonly programs: Programs;
  /** How many HAProxy are started: one for each Kanda node. */
  readonly routers: number;
  /** Called with each host's folder before anything is in it. */
  readonly prepare?: (folder: string, host: number) => void;
}

/** Debian's, whose first line names the Python that has Patroni. */
const PATRONICTL = '/usr/bin/patronictl';
/** As in Debian's unit of Patroni. */
const STOPPED_WITHIN_MS = 30_000;
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
   * before Patroni has noted it would find no one who may take over.
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

  /** From now on this host sends nothing to its standbys; its PostgreSQL must be killed afterwards. */
  freezeReplication(host: number): void {
    for (const pid of this.#walSenders(host)) process.kill(pid, 'SIGSTOP');
  }

  killPostgres(host: number): void {
    const { folder } = this.#host(host);
    const pid = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes(folder)) throw new Error(`process ${pid} is not the PostgreSQL of ${folder}`);
    const frozen = this.#walSenders(host);
    process.kill(pid, 'SIGKILL');
    // Who stands still does not notice, and would keep the database from being started again.
    for (const sender of frozen) process.kill(sender, 'SIGKILL');
  }

  /** The processes of this host's PostgreSQL that send its log to the standbys. */
  #walSenders(host: number): number[] {
    const { folder } = this.#host(host);
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const isSender = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('walsender');
          return isSender && readlinkSync(`/proc/${pid}/cwd`) === join(folder, 'data');
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  killPatroni(host: number): void {
    this.#host(host).patroni.kill('SIGKILL');
  }

  /** As `systemctl stop patroni` does: with it, its PostgreSQL stops and its role goes to another host. */
  async stopPatroni(host: number): Promise<void> {
    const { patroni } = this.#host(host);
    const ended = once(patroni, 'exit');
    patroni.kill('SIGTERM');
    const timer = setTimeout(() => patroni.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended.finally(() => clearTimeout(timer));
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
