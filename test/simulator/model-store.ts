/**
 * A store in memory: the real `decide` under row locks and a group commit of its own, cut into steps at every place
 * where another node, a fault or a crash could come between. It does what any database behind Kanda does, and is
 * fast enough to try very many orders, or all of them.
 */
import { GUARDS, type Guard } from './guards.ts';
import type { Ending, Outcome, Request, World } from './history.ts';
import { carryOutOnce } from './model-again.ts';
import {
  committed,
  type Draft,
  EMPTY,
  emptyDraft,
  type Image,
  restored,
  shownBy,
  toClientState,
} from './model-image.ts';
import { locks } from './model-requests.ts';
import { ALWAYS, goOn, type Process, type Thread } from './model-thread.ts';
import { type FaultKind, isRead, NODES, type Schedule } from './schedule.ts';

interface Waiting {
  readonly request: Request;
  readonly answer: (outcome: Outcome) => void;
}

interface Node {
  queue: Waiting[];
  reads: Waiting[];
  threads: Thread[];
  /** A sync failed: before anything else is committed, all must be on the disk again. */
  suspect: boolean;
}

export class ModelStore implements World {
  readonly #schedule: Schedule;
  readonly #clock: () => number;
  /** Whether the guard is in its place. */
  readonly #has: Readonly<Record<Guard, boolean>>;
  readonly #faults: Record<FaultKind, boolean> = { busy: false, commit: false, sync: false };
  readonly #locks = new Map<string, Node>();
  readonly #nodes: Node[];
  #backup: Image | null = null;
  #visible: Image;
  #durable: Image;
  /** Committed, not known to be on the disk; oldest first. */
  #unsynced: Image[] = [];

  /** @param without the guard that is taken out */
  constructor(schedule: Schedule, clock: () => number, without: Guard | null = null) {
    this.#schedule = schedule;
    this.#clock = clock;
    this.#visible = { ...EMPTY, policy: schedule.policy };
    this.#durable = this.#visible;
    const has = Object.fromEntries(GUARDS.map((guard) => [guard, guard !== without])) as Record<
      Guard,
      boolean
    >;
    this.#has = { ...has, 'answer-after-sync': has['answer-after-sync'] && has['answer-after-commit'] };
    this.#nodes = Array.from({ length: NODES }, () => this.#start());
  }

  begin(node: number, request: Request, answer: (outcome: Outcome) => void): void {
    const { queue, reads } = this.#nodes[node] as Node;
    (isRead(request.ask) ? reads : queue).push({ request, answer });
  }

  /** How many threads can go on. */
  get choices(): number {
    return this.#able().length;
  }

  step(pick: number): void {
    const able = this.#able();
    const thread = able[pick % able.length];
    if (thread !== undefined) goOn(thread);
  }

  #able(): Thread[] {
    return this.#nodes.flatMap(({ threads }) => threads.filter(({ ready }) => ready()));
  }

  setFault(kind: FaultKind, on: boolean): void {
    this.#faults[kind] = on;
  }

  kill(index: number): void {
    this.#release(this.#nodes[index] as Node);
    this.#nodes[index] = this.#start();
  }

  powerCut(luck: number): void {
    const survivors = [this.#durable, ...this.#unsynced];
    this.#visible = survivors[luck % survivors.length] as Image;
    this.#durable = this.#visible;
    this.#unsynced = [];
    for (let node = 0; node < NODES; node++) this.kill(node);
  }

  backUp(): void {
    this.#backup = this.#visible;
  }

  restore(): void {
    if (this.#backup === null) throw new Error('there is no copy');
    const now = this.#clock();
    this.#visible = restored(this.#backup, this.#visible, now, this.#has['burnt-at-restore']);
    this.#durable = this.#visible;
    this.#unsynced = [];
    for (let node = 0; node < NODES; node++) this.kill(node);
  }

  ending(clientIds: readonly string[]): Ending {
    // A batch may still be at work although all of its callers were answered, when that comes too early.
    while (this.choices > 0) this.step(0);
    const { rows, policy, log } = this.#visible;
    const clients = new Map([...rows].map(([name, row]) => [name, toClientState(row)]));
    const own = (name: string) => log.filter(({ clientId }) => clientId === name).map(({ id }) => id);
    const histories = new Map(clientIds.map((name) => [name, own(name)]));
    return { log, clients, policy, now: this.#clock(), histories };
  }

  close(): void {}

  #start(): Node {
    const node: Node = { queue: [], reads: [], threads: [], suspect: false };
    for (const process of [this.#serve(node), this.#serveReads(node)]) {
      const thread: Thread = { process, ready: ALWAYS };
      goOn(thread);
      node.threads.push(thread);
    }
    return node;
  }

  /** Reads have a connection of their own: they see what is committed, also while it is being synced. */
  *#serveReads(node: Node): Process {
    for (;;) {
      yield () => node.reads.length > 0;
      const { request, answer } = node.reads.shift() as Waiting;
      const seen = this.#visible;
      const outcome = shownBy(seen, request);
      while (this.#has['read-after-sync'] && this.#durable.number < seen.number) {
        const begun = this.#visible;
        yield ALWAYS;
        if (this.#faults.sync) {
          node.suspect = true;
          break;
        }
        this.#synced(begun);
        node.suspect = false;
      }
      const isKnown = !this.#has['read-after-sync'] || this.#durable.number >= seen.number;
      answer(isKnown ? outcome : { kind: 'unknown' });
    }
  }

  *#serve(node: Node): Process {
    for (;;) {
      yield () => node.queue.length > 0;
      const batch = node.queue.splice(0);
      if (this.#faults.busy) {
        refuse(batch, 'unavailable', 'busy');
        continue;
      }
      if (node.suspect) {
        this.#synced(this.#visible);
        node.suspect = false;
      }
      const locked = batch.filter(({ request }) => locks(request.ask, this.#has));
      // In one order for all, so that no two nodes wait for each other.
      for (const name of [...new Set(locked.flatMap(({ request }) => this.#lockedBy(request)))].sort()) {
        yield () => !this.#locks.has(name);
        this.#locks.set(name, node);
      }
      const draft = emptyDraft();
      const outcomes: Outcome[] = [];
      for (const { request } of batch) {
        outcomes.push(this.#work(request, draft));
        yield ALWAYS;
      }
      const answer = () => batch.forEach((waiting, index) => void waiting.answer(outcomes[index] as Outcome));
      if (!this.#has['answer-after-commit']) {
        answer();
        yield ALWAYS;
      }
      if (this.#faults.commit) {
        this.#release(node);
        if (this.#has['answer-after-commit']) refuse(batch, 'unavailable', 'commit');
        continue;
      }
      this.#commit(draft);
      this.#release(node);
      if (draft.later.length > 0) {
        yield ALWAYS;
        const next = emptyDraft();
        for (const write of draft.later) write(next, this.#visible);
        this.#commit(next);
      }
      if (this.#has['answer-after-sync']) {
        const begun = this.#visible;
        yield ALWAYS;
        if (this.#faults.sync) {
          node.suspect = true;
          refuse(batch, 'unknown');
          continue;
        }
        this.#synced(begun);
      }
      if (this.#has['answer-after-commit']) answer();
    }
  }

  #work(asked: Request, draft: Draft): Outcome {
    const request = this.#has['last-used'] ? asked : { ...asked, lastUsed: -1 };
    const drafted = draft.rows.get(request.clientId);
    const row = drafted === undefined ? this.#visible.rows.get(request.clientId) : (drafted ?? undefined);
    const [visible, now, has] = [this.#visible, this.#clock(), this.#has];
    const policy = draft.policy ?? visible.policy;
    const schedule = has['policy-read'] ? { ...this.#schedule, policy } : this.#schedule;
    return carryOutOnce({ request, row, draft, visible, now, schedule, has });
  }

  /** A policy is that of all clients. */
  #lockedBy({ ask, clientId }: Request): string[] {
    return ask === 'set policy' ? this.#schedule.clients.map((_, client) => `client-${client}`) : [clientId];
  }

  #commit(draft: Draft): void {
    this.#visible = committed(this.#visible, draft);
    this.#unsynced.push(this.#visible);
  }

  /** All up to this image is on the disk. */
  #synced(image: Image): void {
    if (image.number <= this.#durable.number) return;
    this.#durable = image;
    this.#unsynced = this.#unsynced.filter(({ number }) => number > image.number);
  }

  #release(node: Node): void {
    for (const [name, holder] of this.#locks) if (holder === node) this.#locks.delete(name);
  }
}

function refuse(batch: readonly Waiting[], kind: 'unavailable' | 'unknown', why = ''): void {
  for (const { answer } of batch) answer({ kind, why });
}
