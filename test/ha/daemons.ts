/** The daemons of a deployment, each started with its file of `deploy/ha`. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fitted, HOSTS, variablesOf } from './configuration.ts';
import type { Trial } from './trial.ts';

export interface Programs {
  readonly etcd: string;
  readonly patroni: string;
  readonly haproxy: string;
}

/** What a trial does otherwise than `deploy/ha/patroni.yml`. */
export interface PatroniOptions {
  /** Seconds. */
  readonly timing?: { readonly ttl: number; readonly loopWait: number; readonly retryTimeout: number };
  /** Without waiting for a standby, to see that what is lost then is found. */
  readonly asynchronous?: boolean;
}

const ETCD_WITHIN_MS = 30_000;

export function startEtcd(
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
export async function etcdIsUp(port: number): Promise<void> {
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

export interface Place {
  readonly postgres: number;
  readonly rest: number;
  readonly folder: string;
  /** This host's ends of the wires to each etcd. */
  readonly etcd: readonly number[];
}

export function patroniFile(
  name: string,
  place: Place,
  { timing, asynchronous = false }: PatroniOptions,
): string {
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

export function startPatroni(
  trial: Trial,
  { patroni }: Programs,
  name: string,
  configuration: string,
): ChildProcess {
  return trial.start(`patroni-${name}`, patroni, [configuration]);
}

export function startRouter(
  trial: Trial,
  { haproxy }: Programs,
  index: number,
  port: number,
  hosts: readonly Pick<Place, 'postgres' | 'rest'>[],
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
