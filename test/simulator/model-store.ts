/**
 * A store in memory: the real `decide` under row locks and a group commit of its own, cut into steps at every place
 * where another node, a fault or a crash could come between. It does what any database behind Kanda does, and is
 * fast enough to try very many orders, or all of them.
 */
import { createHotpKey, parseCode } from '@kanda/otp';
import { type AuthenticatorKey, decide } from '../../apps/server/src/domain/verdicts/decide.ts';
import { NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import type { Guard } from './guards.ts';
import type { Ending, Outcome, Request, World } from './history.ts';
import {
  append,
  committed,
  type Draft,
  EVENT_OF,
  FRESH,
  type Image,
  type Row,
  refuseOne,
  restored,
  shownBy,
  toClientState,
  withWatermark,
} from './model-image.ts';
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
  #visible: Image = { number: 0, rows: new Map(), log: [] };
  #durable: Image = this.#visible;
  /** Committed, not known to be on the disk; oldest first. */
  #unsynced: Image[] = [];

  /** @param without the guard that is taken out */
  constructor(schedule: Schedule, clock: () => number, without: Guard | null = null) {
    this.#schedule = schedule;
    this.#clock = clock;
    this.#has = {
      'row-lock': without !== 'row-lock',
      'answer-after-commit': without !== 'answer-after-commit',
      'answer-after-sync': without !== 'answer-after-sync' && without !== 'answer-after-commit',
      'failure-count': without !== 'failure-count',
      'read-after-sync': without !== 'read-after-sync',
      watermark: without !== 'watermark',
      'burnt-at-restore': without !== 'burnt-at-restore',
    };
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
    const { rows, log } = this.#visible;
    const clients = new Map([...rows].map(([name, { state }]) => [name, toClientState(state)]));
    const own = (name: string) => log.filter(({ clientId }) => clientId === name).map(({ id }) => id);
    return { log, clients, histories: new Map(clientIds.map((name) => [name, own(name)])) };
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
      if (this.#has['row-lock']) {
        // In one order for all, so that no two nodes wait for each other.
        for (const name of [...new Set(batch.map(({ request }) => request.clientId))].sort()) {
          yield () => !this.#locks.has(name);
          this.#locks.set(name, node);
        }
      }
      const draft: Draft = { rows: new Map(), lines: [] };
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
      this.#visible = committed(this.#visible, draft);
      this.#unsynced.push(this.#visible);
      this.#release(node);
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

  #work(request: Request, draft: Draft): Outcome {
    const { clientId, ask, at } = request;
    const drafted = draft.rows.get(clientId);
    const row = drafted === undefined ? this.#visible.rows.get(clientId) : (drafted ?? undefined);
    if (ask === 'validate') return this.#judge(request, row, draft);
    if (ask === 'enrol') {
      if (row !== undefined) return refuseOne(draft, request, 'client.registered', 'client_exists');
      draft.rows.set(clientId, { key: this.#keyOf(request), state: FRESH });
      append(draft, request, 'client.registered', at);
      return { kind: 'done' };
    }
    if (isRead(ask)) throw new Error(`${ask} is no work for a batch`);
    const event = EVENT_OF[ask];
    if (row === undefined) return refuseOne(draft, request, event, 'client_not_found');
    draft.rows.set(clientId, this.#changed(request, row));
    append(draft, request, event, at);
    return { kind: 'done' };
  }

  #changed(request: Request, { key, state }: Row): Row | null {
    const opened = { ...state, lockout: NO_FAILURES };
    switch (request.ask) {
      case 'rotate':
        return { key: this.#keyOf(request), state: withWatermark(opened, -1) };
      case 'unlock':
        return { key, state: opened };
      case 'delete':
        return null;
      default:
        return { key, state: { ...state, disabled: request.ask === 'disable' } };
    }
  }

  #judge(request: Request, row: Row | undefined, draft: Draft): Outcome {
    const now = this.#clock();
    if (row === undefined) {
      append(draft, request, 'totp.validated', now, 'client_not_found');
      return { kind: 'refused', code: 'client_not_found' };
    }
    const code = parseCode(request.code, row.key.parameters.digits);
    if (code === null) throw new Error(`${request.code} is no code of ${row.key.parameters.digits} digits`);
    const state = this.#has.watermark ? row.state : withWatermark(row.state, -1);
    const { verdict, next, record, lockedNow } = decide(
      state,
      () => row.key,
      { value: code, digits: row.key.parameters.digits },
      now,
      this.#schedule.policy,
    );
    const forgetful = !this.#has['failure-count'] && !verdict.valid;
    draft.rows.set(request.clientId, { key: row.key, state: forgetful ? row.state : next });
    append(draft, request, 'totp.validated', now, record.reason);
    if (lockedNow) append(draft, request, 'client.locked', now);
    return { kind: 'verdict', verdict };
  }

  #keyOf({ clientId, secret }: Request): AuthenticatorKey {
    const parameters = this.#schedule.clients[Number(clientId.split('-')[1])];
    if (parameters === undefined) throw new Error(`${clientId} is not in the schedule`);
    return { method: 'totp', key: createHotpKey(secret, parameters.algorithm), parameters };
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
