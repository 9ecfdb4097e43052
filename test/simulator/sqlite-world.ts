/**
 * The real SQLite store on real files, as two nodes in one process. Only three things are simulated: when a sync
 * returns, which of the log's bytes a power cut leaves (simulated-disk.ts), and who else holds the file's lock.
 */
import { readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Store } from '../../apps/server/src/domain/store.ts';
import type { ClientState, Ending, LogLine, Outcome, Request, SeenClient, World } from './history.ts';
import { COMMIT_FAILS, type Implementation, makeTemplate, type Template } from './implementation.ts';
import { START } from './run-schedule.ts';
import { type FaultKind, NODES, type Schedule } from './schedule.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { seen, toLine, toOutcome } from './sqlite-answers.ts';
import { ask } from './sqlite-requests.ts';
import { authenticatorsOf, devicesOf, numberOf, recoveryOf } from './sqlite-tables.ts';

interface Node {
  readonly store: Store;
  /** To whom its syncs belong. */
  readonly disk: object;
  alive: boolean;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class SqliteWorld implements World {
  readonly #schedule: Schedule;
  readonly #clock: () => number;
  readonly #implementation: Implementation;
  readonly #disk: SimulatedDisk;
  readonly #accountId: number;
  #nodes: Node[] = [];
  /** What is not Kanda and works on the file: holds its lock, throws the switch for failing commits. */
  #other: DatabaseSync;
  #busy = false;
  #unforeseen: unknown = null;
  #commitsFail = false;
  #commitFaults = 0;
  #kills = 0;

  private constructor(
    schedule: Schedule,
    clock: () => number,
    implementation: Implementation,
    { database, accountId }: Template,
    forgetful: boolean,
  ) {
    this.#schedule = schedule;
    this.#clock = clock;
    this.#implementation = implementation;
    this.#accountId = accountId;
    this.#disk = new SimulatedDisk(database, forgetful);
    this.#other = new DatabaseSync(this.#disk.path);
  }

  /** Gives a function that opens worlds on an implementation; what every world begins with is made once. */
  static opener(
    implementation: Implementation,
    forgetful = false,
  ): (schedule: Schedule, clock: () => number) => Promise<SqliteWorld> {
    const templates = new Map<string, Promise<Template>>();
    return async (schedule, clock) => {
      const name = JSON.stringify(schedule.policy);
      const template = templates.get(name) ?? makeTemplate(implementation, schedule.policy, START);
      templates.set(name, template);
      const world = new SqliteWorld(schedule, clock, implementation, await template, forgetful);
      await world.#openNodes();
      return world;
    };
  }

  begin(index: number, request: Request, answer: (outcome: Outcome) => void): void {
    const node = this.#nodes[index] as Node;
    ask(node.store, this.#callOf(request), request)
      .catch((error: unknown) => toOutcome(error))
      .then((outcome) => {
        if (node.alive) answer(outcome);
      })
      .catch((error: unknown) => {
        this.#unforeseen ??= error;
      });
  }

  async step(pick: number): Promise<void> {
    const syncs = this.#disk.pendingSyncs;
    if (syncs > 0) this.#disk.finishSync(pick % (syncs + 1));
    await turn();
    if (this.#unforeseen !== null) throw this.#unforeseen;
  }

  async setFault(kind: FaultKind, on: boolean): Promise<void> {
    if (kind === 'sync') this.#disk.syncsFail = on;
    else if (kind === 'busy') await this.#setBusy(on);
    else if (on !== this.#commitsFail) await this.#failCommits(on);
  }

  async kill(index: number): Promise<void> {
    const held = this.#busy;
    const node = this.#nodes[index] as Node;
    node.alive = false;
    // What a killed process had in its queue may still have been written, or not at all.
    await this.#setBusy(this.#kills++ % 2 === 0);
    await this.#end(node);
    await this.#setBusy(false);
    // A process that starts would wait for the lock; here that means for the other node's write.
    await this.#unlocked();
    this.#nodes[index] = await this.#openNode();
    await this.#setBusy(held);
  }

  powerCut(luck: number): Promise<void> {
    return this.#startAnew(() => this.#disk.powerCut(luck));
  }

  /** Not by SQLite's own backup: that takes turns of the event loop, which no seed can count. */
  backUp(): void {
    rmSync(this.#disk.copyPath, { force: true });
    const source = new DatabaseSync(this.#disk.path, { readOnly: true });
    source.prepare('vacuum into ?').run(this.#disk.copyPath);
    source.close();
  }

  async restore(): Promise<void> {
    const path = this.#disk.copyPath;
    const copy = new DatabaseSync(path);
    // An event that was made while commits fail is in debt, in the copy too.
    copy.exec(`delete from debt; update failing_commit set is_on = ${COMMIT_FAILS.no}`);
    copy.close();
    await this.#implementation.prepareRestore(path, this.#clock);
    await this.#startAnew(() => this.#disk.replace(readFileSync(path)));
  }

  /** Everything ends at once, and starts on the files that the machine then has. */
  async #startAnew(change: () => void): Promise<void> {
    const [gone, other] = [this.#nodes, this.#other];
    for (const node of gone) node.alive = false;
    change();
    for (const node of gone) await this.#end(node);
    other.close();
    this.#other = new DatabaseSync(this.#disk.path);
    this.#assertWhole();
    await this.#openNodes();
    await this.#failCommits(false);
  }

  async ending(clientIds: readonly string[]): Promise<Ending> {
    while (this.#disk.pendingSyncs > 0) await this.step(0);
    this.#assertWhole();
    for (let learned = 0; ; learned++) {
      try {
        return await this.#driven(this.#read(clientIds));
      } catch (error) {
        // Each node may have to learn yet of a sync that has failed, as the system tells everybody once.
        if (toOutcome(error).kind === 'refused' || learned === NODES) throw error;
      }
    }
  }

  /** What no one steps for: takes steps until it is there. */
  async #driven<T>(result: Promise<T>): Promise<T> {
    let pending = true;
    const ended = () => {
      pending = false;
    };
    result.then(ended, ended);
    while (pending) await this.step(0);
    return result;
  }

  async #read(clientIds: readonly string[]): Promise<Ending> {
    const clients = new Map<string, ClientState>();
    const histories = new Map<string, number[]>();
    for (const clientId of clientIds) {
      const state = await this.#stateOf(clientId);
      if (state !== null) clients.set(clientId, state);
      histories.set(
        clientId,
        (await this.#events(clientId)).map(({ id }) => id),
      );
    }
    const policy = await (this.#nodes[0] as Node).store.findPolicy(this.#accountId);
    return { log: await this.#events(null), clients, policy, now: this.#clock(), histories };
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) await this.#end(node);
    this.#other.close();
    this.#disk.remove();
  }

  async #openNodes(): Promise<void> {
    this.#nodes = [];
    for (let node = 0; node < NODES; node++) this.#nodes.push(await this.#openNode());
  }

  async #openNode(): Promise<Node> {
    const disk = {};
    const log = this.#disk.logOf(disk);
    return { store: await this.#implementation.open(this.#disk.path, this.#clock, log), disk, alive: true };
  }

  /** Ends a node without its knowing: nothing of what it still does is answered, or counts as synced. */
  async #end(node: Node): Promise<void> {
    node.alive = false;
    // What it waits for must fail for it to come to its end.
    this.#disk.abandon(node.disk);
    await node.store.close();
  }

  async #setBusy(on: boolean): Promise<void> {
    if (on === this.#busy) return;
    await this.#unlocked();
    this.#other.exec(on ? 'begin immediate' : 'rollback');
    this.#busy = on;
  }

  /** Returns when no node holds the lock: each of them lets it go within a turn, unless it writes the log anew. */
  async #unlocked(): Promise<void> {
    while (this.#disk.pendingRewrites > 0) {
      this.#disk.finishRewrites();
      await turn();
    }
  }

  async #failCommits(on: boolean): Promise<void> {
    const held = this.#busy;
    await this.#setBusy(false);
    await this.#unlocked();
    this.#commitsFail = on;
    const way = this.#commitFaults++ % 2 === 0 ? COMMIT_FAILS.debt : COMMIT_FAILS.undo;
    this.#other.exec(`update failing_commit set is_on = ${on ? way : COMMIT_FAILS.no}`);
    await this.#setBusy(held);
  }

  #assertWhole(): void {
    const [row] = this.#other.prepare('pragma integrity_check').all();
    if (row?.integrity_check !== 'ok') throw new Error(`the file is damaged: ${JSON.stringify(row)}`);
  }

  async #stateOf(clientId: string): Promise<ClientState | null> {
    const accountId = this.#accountId;
    const client = await (this.#nodes[0] as Node).store.findClient(accountId, clientId);
    if (client === null) return null;
    const { confirmed: _, ...lock } = seen(client) as SeenClient;
    return {
      authenticators: authenticatorsOf(this.#other, accountId, clientId),
      devices: devicesOf(this.#other, accountId, clientId),
      recovery: recoveryOf(this.#other, accountId, clientId),
      ...lock,
    };
  }

  #callOf({ clientId, target }: Request) {
    const parameters = this.#schedule.clients[clientId === '' ? 0 : Number(clientId.split('-')[1])];
    if (parameters === undefined) throw new Error(`${clientId} is not in the schedule`);
    const accountId = this.#accountId;
    return { accountId, parameters, number: target === '' ? null : numberOf(this.#other, accountId, target) };
  }

  async #events(clientId: string | null): Promise<LogLine[]> {
    const filter = { clientId, event: null, outcome: null, from: null, to: null };
    const lines: LogLine[] = [];
    for (let cursor: string | null = null; ; ) {
      const store = (this.#nodes[NODES - 1] as Node).store;
      const page = await store.listEvents(this.#accountId, filter, { cursor, limit: 200 });
      lines.push(...page.data.map(toLine));
      cursor = page.nextCursor;
      if (cursor === null) return lines.reverse();
    }
  }
}
