/** The Kanda nodes of a trial: the real server, each with an HAProxy of its own before the database. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type AccountAccess, Caller, openAccount } from '../support/caller.ts';
import { KandaProcess } from '../support/kanda-process.ts';
import { MovableClock } from '../support/movable-clock.ts';
import type { ClockMove } from './clocks.ts';
import type { Cluster } from './cluster.ts';
import { fitted, variablesOf } from './configuration.ts';
import { NodeClient } from './node-client.ts';
import type { Trial } from './trial.ts';

export interface NodesOptions {
  /** libfaketime, by which the clocks of the nodes can be moved while they run; null: they cannot. */
  readonly libfaketime: string | null;
}

export class Nodes {
  readonly account: AccountAccess;
  /** How the clocks were set, oldest first. */
  readonly clockMoves: ClockMove[] = [];
  readonly #trial: Trial;
  readonly #settings: readonly Readonly<Record<string, string>>[];
  readonly #clocks: readonly MovableClock[];
  readonly #processes: KandaProcess[];
  readonly #clients: NodeClient[];

  private constructor(
    trial: Trial,
    settings: readonly Readonly<Record<string, string>>[],
    clocks: readonly MovableClock[],
    processes: KandaProcess[],
    account: AccountAccess,
  ) {
    this.#trial = trial;
    this.#settings = settings;
    this.#clocks = clocks;
    this.#processes = processes;
    this.account = account;
    this.#clients = processes.map(({ url }) => new NodeClient(url, account.apiKey));
  }

  /** One node for each router of the cluster, all at once: their first starts make the tables. */
  static async start(trial: Trial, cluster: Cluster, { libfaketime }: NodesOptions): Promise<Nodes> {
    const masterKey = randomBytes(32).toString('base64');
    const clocks = cluster.routers.map((_, node) => new MovableClock(join(trial.folder, `clock${node + 1}`)));
    const settings = cluster.routers.map((port, node) => ({
      ...variablesOf(
        fitted('kanda.env', {
          'KANDA_HOST=0.0.0.0': 'KANDA_HOST=127.0.0.1',
          '127.0.0.1:5432': `127.0.0.1:${port}`,
          '@MASTER_KEY@': masterKey,
          // The account of the load signs up as anybody may.
          'KANDA_REGISTRATION=closed': 'KANDA_REGISTRATION=open',
        }),
      ),
      ...(libfaketime === null ? {} : clocks[node]?.variables(libfaketime)),
    }));
    const processes = await Promise.all(settings.map((env, node) => startNode(trial, node, env)));
    const account = await openAccount(processes[0]?.url ?? '');
    return new Nodes(trial, settings, clocks, processes, account);
  }

  get clients(): readonly NodeClient[] {
    return this.#clients;
  }

  /** For reading, at any node. */
  caller(node = 0): Caller {
    return new Caller(this.#process(node).url).withBearer(this.account.apiKey, 4);
  }

  async kill(node: number): Promise<void> {
    await this.#process(node).kill();
  }

  async restart(node: number): Promise<void> {
    const process = await startNode(this.#trial, node, this.#settings[node] ?? {});
    this.#clients[node]?.close();
    this.#processes[node] = process;
    this.#clients[node] = new NodeClient(process.url, this.account.apiKey);
  }

  /** Sets this node's clock ahead of the machine's by this many seconds; a negative number sets it behind. */
  moveClock(node: number, seconds: number): void {
    this.clockMoves.push({ node, at: performance.now(), seconds });
    this.#clocks[node]?.move(seconds);
  }

  /** What the node itself thinks that time it is, in seconds ahead of the machine. */
  async clockOf(node: number): Promise<number> {
    const { headers } = await this.caller(node).get('/healthz');
    // The header has whole seconds, and is up to one behind.
    return Math.round((Date.parse(headers.date ?? '') + 500 - Date.now()) / 1000);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#processes.map((process) => process.stop()));
  }

  /** What a node has printed, to be looked at when a trial failed. */
  outputOf(node: number): string {
    return this.#process(node).output;
  }

  #process(node: number): KandaProcess {
    const process = this.#processes[node];
    if (process === undefined) throw new Error(`there is no node ${node}`);
    return process;
  }
}

function startNode(trial: Trial, node: number, env: Readonly<Record<string, string>>): Promise<KandaProcess> {
  return KandaProcess.start({ dataDir: trial.ownFolder(`kanda${node + 1}`), env });
}
