/** Carries out a schedule on a world and keeps its history. */
import { createHash } from 'node:crypto';
import type { TotpParameters } from '@kanda/otp';
import { check, type Violation } from './check.ts';
import type { Backup, Call, History, Outcome, World } from './history.ts';
import { codeOf } from './oracle-authenticator.ts';
import {
  type Action,
  bringsSecret,
  type CodeChoice,
  FAULTS,
  type FaultKind,
  NODES,
  type Schedule,
} from './schedule.ts';
import { REWRITE_FAILED } from './simulated-disk.ts';

/** Opens an empty store whose account has the schedule's policy. */
export type OpenWorld = (schedule: Schedule, clock: () => number) => World | Promise<World>;

/** The first moment: the first millisecond of a step of every period. */
export const START = Date.UTC(2027, 0, 1);
const DAY_MS = 86_400_000;
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
  /** The secrets that phones have scanned, newest last, by client. */
  readonly #secrets: Buffer[][];
  /** Those that can be brought again. */
  #bringable: Buffer[][];
  #order = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#secrets = schedule.clients.map(() => []);
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
    // A secret that the backup does not know of would come as a new one.
    this.#bringable = this.#schedule.clients.map(() => []);
  }

  async #act(world: World, action: Action): Promise<void> {
    switch (action.do) {
      case 'call':
        // One collector, who waits for each answer.
        if (action.ask === 'follow' && this.#following !== null && this.#underWay.has(this.#following))
          return;
        this.#begin(world, action);
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
    const code: CodeChoice = { from: 'phone', offset: node, older: 0 };
    const action = { do: 'call', node, client, ask: 'validate', code } as const;
    // The first one may be the one that learns of a sync that has failed, as the system tells everybody once.
    const first = this.#begin(world, action);
    await this.#settle(world);
    if (!learnedOfFailure(first)) first.probe = true;
    else this.#begin(world, action).probe = true;
    await this.#settle(world);
  }

  #begin(world: World, action: Extract<Action, { do: 'call' }>): Call {
    const { node, client, ask } = action;
    const id = `call-${this.#calls.length}`;
    const secret = this.#secretFor(action, id);
    const code = 'code' in action ? this.#codeFor(client, action.code) : '';
    const target = action.ask === 'remove' ? this.#madeBefore(client, action.older) : '';
    const clientId = nameOf(client);
    const request = { id, clientId, ask, code, secret, target, after: this.#collected, at: this.now };
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
    });
    return call;
  }

  /** What the call brings along, and a phone then shows. */
  #secretFor(action: Extract<Action, { do: 'call' }>, id: string): Buffer {
    const { client, ask } = action;
    const fresh = createHash('sha1').update(`${this.#schedule.seed} ${client} ${id}`).digest();
    if (!bringsSecret(ask)) return fresh;
    const bringable = this.#bringable[client] ?? [];
    const again =
      'again' in action && action.again !== undefined ? bringable.at(-1 - action.again) : undefined;
    const secret = again ?? fresh;
    bringable.push(secret);
    this.#secrets[client]?.push(secret);
    return secret;
  }

  /** The call that made one of the authenticators that the caller knows of, since it was answered. */
  #madeBefore(client: number, older: number): string {
    const made = this.#calls.filter(
      ({ clientId, ask, outcome }) =>
        clientId === nameOf(client) && ask !== 'rotate' && bringsSecret(ask) && outcome?.kind === 'done',
    );
    return made.at(-1 - older)?.id ?? '';
  }

  #codeFor(client: number, choice: CodeChoice): string {
    const parameters = this.#schedule.clients[client] as TotpParameters;
    if (choice.from === 'guess') return String(choice.number).padStart(parameters.digits, '0');
    if (choice.from === 'memory') {
      const sent = this.#calls.filter(
        ({ clientId, ask }) => clientId === nameOf(client) && (ask === 'validate' || ask === 'confirm'),
      );
      return sent.at(-1 - choice.back)?.code ?? '0'.repeat(parameters.digits);
    }
    const secret = this.#secrets[client]?.at(-1 - choice.older);
    if (secret === undefined) return '0'.repeat(parameters.digits);
    return codeOf(secret, parameters, Math.floor(this.now / 1000 / parameters.period) + choice.offset);
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

function nameOf(client: number): string {
  return `client-${client}`;
}
