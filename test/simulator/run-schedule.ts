/** Carries out a schedule on a world and keeps its history. */
import { createHash } from 'node:crypto';
import { check, type Violation } from './check.ts';
import type { Backup, Call, History, Outcome, Request, World } from './history.ts';
import { Phones } from './phones.ts';
import {
  type Action,
  bringsSecret,
  type CallAction,
  FAULTS,
  type FaultKind,
  NODES,
  PENDING_MS,
  type Schedule,
} from './schedule.ts';
import { REWRITE_FAILED } from './simulated-disk.ts';
import { likeOf, targetOf, typedBy } from './typing.ts';

/** Opens an empty store whose account has the schedule's policy. */
export type OpenWorld = (schedule: Schedule, clock: () => number) => World | Promise<World>;

/** The first moment: the first millisecond of a step of every period. */
export const START = Date.UTC(2027, 0, 1);
const DAY_MS = 86_400_000;
const NO_SECRET = Buffer.alloc(0);
/** More steps than any run needs to come to rest. */
const PATIENCE = 5_000;

export interface Run {
  readonly history: History | null;
  readonly violation: Violation | null;
}

class Stuck extends Error {}

/** Runs the schedule and judges its history. What the store throws outside of a call is a violation too. */
export async function runSchedule(schedule: Schedule, openWorld: OpenWorld): Promise<Run> {
  const driver = new Driver(schedule);
  let world: World | null = null;
  try {
    world = await openWorld(schedule, () => driver.now);
    for await (const history of driver.run(world)) {
      const violation = check(schedule, history);
      if (violation !== null || history.last) return { history, violation };
    }
    throw new Error('the schedule has no end');
  } catch (error) {
    const rule = error instanceof Stuck ? 'every call is answered' : 'the store works';
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { history: null, violation: { rule, detail } };
  } finally {
    await world?.close();
  }
}

class Driver {
  now = START;
  readonly #schedule: Schedule;
  readonly #calls: Call[] = [];
  readonly #backups: Backup[] = [];
  /** The place in the order of the copy that can be put back. */
  #backup: number | null = null;
  /** The last event that the collector has, and its call that is under way. */
  #collected = 0;
  #following: Call | null = null;
  readonly #times = [{ from: 0, now: START }];
  readonly #underWay = new Set<Call>();
  readonly #faultSteps: Record<FaultKind, number> = { busy: 0, commit: 0, sync: 0 };
  readonly #phones: Phones;
  /** Those that can be brought again. */
  readonly #bringable: Buffer[][];
  #order = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#phones = new Phones(schedule.clients);
    this.#bringable = schedule.clients.map(() => []);
  }

  /** What happened up to each restore, and to the end. */
  async *run(world: World): AsyncGenerator<History & { readonly last: boolean }> {
    for (const action of this.#schedule.actions) {
      if (action.do === 'restore' && this.#backup !== null) {
        yield { ...(await this.#rest(world)), last: false };
        await this.#restore(world, this.#backup);
      }
      await this.#act(world, action);
    }
    const { rested } = await this.#rest(world);
    await this.#probe(world);
    yield { ...(await this.#rest(world)), rested, last: true };
  }

  async #rest(world: World): Promise<History> {
    await this.#endFaults(world);
    await this.#settle(world);
    const rested = await world.ending(this.#schedule.clients.map((_, client) => nameOf(client)));
    const { calls, backups, times } = { calls: this.#calls, backups: this.#backups, times: this.#times };
    return { calls: [...calls], backups: [...backups], times: [...times], rested, ending: rested };
  }

  async #restore(world: World, made: number): Promise<void> {
    // With a clock that was set back further, what was accepted before could not be burnt.
    this.#setClock(Math.max(...this.#times.map(({ now }) => now)));
    await world.restore();
    this.#backups.push({ made, restored: ++this.#order });
    this.#backup = null;
    this.#collected = 0;
  }

  async #act(world: World, action: Action): Promise<void> {
    switch (action.do) {
      case 'call':
        // One collector, who waits for each answer.
        if (action.ask === 'follow' && this.#following !== null && this.#underWay.has(this.#following))
          return;
        this.#begin(world, action);
        return;
      case 'again':
        this.#sendAgain(world, action.node, action.back);
        return;
      case 'step':
        await this.#step(world, action.pick);
        return;
      case 'settle':
        await this.#settle(world);
        return;
      case 'clock':
        this.#setClock(this.now + action.byMs);
        return;
      case 'drift':
        this.#phones.drift(action.client, action.steps);
        return;
      case 'fault':
        this.#faultSteps[action.kind] = action.steps;
        await world.setFault(action.kind, true);
        return;
      case 'kill':
        for (const call of this.#underWay) if (call.node === action.node) this.#underWay.delete(call);
        await world.kill(action.node);
        return;
      case 'power cut':
        await this.#endFaults(world);
        this.#underWay.clear();
        await world.powerCut(action.luck);
        return;
      case 'back up':
        this.#backup = ++this.#order;
        await world.backUp();
        return;
      case 'restore':
    }
  }

  /** When all faults are over, every node serves every client, and right codes among it. */
  async #probe(world: World): Promise<void> {
    // Past every delay, and far from every step that was used.
    this.#setClock(Math.max(...this.#times.map(({ now }) => now)) + 2 * DAY_MS);
    for (let client = 0; client < this.#schedule.clients.length; client++) {
      for (let node = 0; node < NODES; node++) await this.#probeOnce(world, client, node);
    }
  }

  async #probeOnce(world: World, client: number, node: number): Promise<void> {
    const code = { from: 'phone', offset: node, older: 0 } as const;
    const action = { do: 'call', node, client, ask: 'validate', code } as const;
    // The first one may be the one that learns of a sync that has failed, as the system tells everybody once.
    const first = this.#begin(world, action);
    await this.#settle(world);
    if (!learnedOfFailure(first)) first.probe = true;
    else this.#begin(world, action).probe = true;
    await this.#settle(world);
  }

  #begin(world: World, action: CallAction): Call {
    const { node, client, ask } = action;
    const id = `call-${this.#calls.length}`;
    // A code is of what was scanned before.
    const { code, second, paper } = typedBy(action, this.#calls, this.#phones, this.now);
    const { secret, imported } = this.#secretFor(action, id);
    const { target, uses } = targetOf(action, this.#calls);
    const clientId = ask === 'set policy' ? '' : nameOf(client);
    const key = action.keyed === true ? id : '';
    const typed = { code, second, paper };
    const asked = { id, key, clientId, ask, ...typed, secret, imported, target, uses };
    const request = { ...asked, ...this.#waitingBy(action, id), after: this.#collected, at: this.now };
    return this.#send(world, node, request);
  }

  #sendAgain(world: World, node: number, back: number): void {
    const first = this.#calls.filter(({ id, key }) => key === id).at(-1 - back);
    if (first === undefined) return;
    const id = `call-${this.#calls.length}`;
    const request = { ...requestOf(first), id, name: id, until: this.now + PENDING_MS, at: this.now };
    this.#send(world, node, request);
  }

  #send(world: World, node: number, request: Request): Call {
    const { id, ask } = request;
    const call: Call = {
      ...request,
      node,
      probe: false,
      begun: ++this.#order,
      ended: Number.POSITIVE_INFINITY,
      outcome: null,
    };
    this.#calls.push(call);
    this.#underWay.add(call);
    if (ask === 'follow') this.#following = call;
    world.begin(node, request, (outcome: Outcome) => {
      if (!this.#underWay.delete(call))
        throw new Error(`${id} was answered twice, or after its process ended`);
      call.ended = ++this.#order;
      call.outcome = outcome;
      if (outcome.kind === 'lines') this.#collected = outcome.reached;
      if (outcome.kind === 'done' && !call.fresh) this.#phones.scan(clientOf(call), call.secret);
    });
    return call;
  }

  /** How an authenticator is asked for, and what the caller knows of it. */
  #waitingBy(
    action: CallAction,
    id: string,
  ): Pick<Request, 'name' | 'until' | 'fresh' | 'lastUsed' | 'policy'> {
    const like = likeOf(action, this.#calls, this.now);
    const lastUsed = 'lastUsed' in action ? action.lastUsed : undefined;
    return {
      name: like?.name ?? id,
      until: like?.until ?? this.now + PENDING_MS,
      fresh: like === undefined || ('fresh' in action && action.fresh === true),
      lastUsed: lastUsed === undefined ? -1 : this.#phones.placeAt(action.client, this.now, lastUsed),
      policy: action.ask === 'set policy' ? action.policy : null,
    };
  }

  /** What the call brings along, and a phone then shows. */
  #secretFor(action: CallAction, id: string): Pick<Request, 'secret' | 'imported'> {
    const { client, ask } = action;
    if (!bringsSecret(ask)) return { secret: NO_SECRET, imported: false };
    const fresh = createHash('sha1').update(`${this.#schedule.seed} ${client} ${id}`).digest();
    const bringable = this.#bringable[client] ?? [];
    const again =
      'again' in action && action.again !== undefined ? bringable.at(-1 - action.again) : undefined;
    const secret = again ?? fresh;
    bringable.push(secret);
    // What may be shown again is scanned when it is seen.
    if (!('like' in action) || likeOf(action, this.#calls, this.now) === undefined || action.fresh === true) {
      this.#phones.scan(client, secret);
    }
    return { secret, imported: again !== undefined };
  }

  async #step(world: World, pick: number): Promise<void> {
    await world.step(pick);
    for (const kind of FAULTS) {
      if (this.#faultSteps[kind] === 0) continue;
      this.#faultSteps[kind] -= 1;
      if (this.#faultSteps[kind] === 0) await world.setFault(kind, false);
    }
  }

  async #settle(world: World): Promise<void> {
    for (let steps = 0; this.#underWay.size > 0; steps++) {
      if (steps > PATIENCE)
        throw new Stuck([...this.#underWay].map(({ id, ask }) => `${id} ${ask}`).join(', '));
      await this.#step(world, 0);
    }
  }

  async #endFaults(world: World): Promise<void> {
    for (const kind of FAULTS) {
      this.#faultSteps[kind] = 0;
      await world.setFault(kind, false);
    }
  }

  #setClock(now: number): void {
    this.now = now;
    this.#times.push({ from: ++this.#order, now });
  }
}

function learnedOfFailure({ outcome }: Call): boolean {
  return outcome?.kind === 'unknown' || (outcome?.kind === 'unavailable' && outcome.why === REWRITE_FAILED);
}

function clientOf({ clientId }: Call): number {
  return Number(clientId.split('-')[1]);
}

function nameOf(client: number): string {
  return `client-${client}`;
}

function requestOf(call: Call): Request {
  const { node: _, begun: __, probe: ___, ended: ____, outcome: _____, ...request } = call;
  return request;
}
