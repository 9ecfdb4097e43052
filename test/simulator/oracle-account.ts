/** The clients of an account as the oracle sees them: what a change makes of them, in the order of the log. */
import type { Call, LogLine } from './history.ts';
import { GoneSecrets, OracleClient, type Settings } from './oracle.ts';
import { addTo, enrolIn, whyNotAdded } from './oracle-adding.ts';
import {
  type Accepted,
  FARTHEST_STEP,
  LONGEST_REACH_MS,
  SKIPPED_COUNTERS,
  stepAt,
} from './oracle-authenticator.ts';
import type { Schedule } from './schedule.ts';

/** What a change comes to. */
export interface Changed {
  /** Why it is refused; null: it is made. */
  readonly reason: string | null;
  readonly followers: readonly string[];
}

const MADE: Changed = { reason: null, followers: [] };

/** The events of accepted codes, and what each says of it. */
const HOW: Readonly<Record<string, Accepted['how']>> = {
  'totp.validated': 'login',
  'authenticator.confirmed': 'first code',
  'authenticator.resynced': 'pair',
};

function refused(reason: string): Changed {
  return { reason, followers: [] };
}

export class OracleAccount {
  readonly clients = new Map<string, OracleClient>();
  readonly #schedule: Schedule;
  readonly #gone = new GoneSecrets();
  readonly settings: Settings;
  /** The codes that were accepted of each client, by the log. */
  readonly #accepted = new Map<string, Accepted[]>();
  /** Whether the proof that was judged last was right. */
  #isProved = false;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.settings = { policy: schedule.policy };
  }

  /** Takes note of a line that says that a code was accepted. */
  note({ event, outcome, clientId, at }: LogLine): void {
    const how = HOW[event];
    if (how === undefined || outcome !== 'success' || clientId === null) return;
    const known = this.#accepted.get(clientId);
    if (known === undefined) this.#accepted.set(clientId, [{ at, how }]);
    else known.push({ at, how });
  }

  /** The client as long as one of its authenticators is there. */
  find(clientId: string, now: number): OracleClient | undefined {
    const client = this.clients.get(clientId);
    return client?.isThere(now) ? client : undefined;
  }

  /** @param now when it was made, by the log */
  change(call: Call, now: number): Changed {
    const client = this.find(call.clientId, now);
    if (call.ask === 'enrol' || call.ask === 'enrol pending') return this.#enrol(call, client, now);
    if (client === undefined) return refused('client_not_found');
    switch (call.ask) {
      case 'add':
      case 'replace':
      case 'replace one':
      case 'replace proved':
        return this.#add(call, client, now);
      case 'reset clock':
        this.#resetClock(call, client, now);
        return MADE;
      case 'remove':
        return this.#remove(call, client, now);
      case 'rotate':
        client.rotate(call.secret, now);
        return MADE;
      case 'rotate one':
        return this.#rotateOne(call, client, now);
      case 'rotate proved':
        return this.#rotateProved(call, client, now);
      case 'unlock in a row':
        client.openInARow();
        client.recovery.forgetFailures();
        return MADE;
      case 'reset drift':
        return this.#resetDrift(call, client, now);
      case 'make codes':
        client.recovery.make(call.clientId, call.id);
        return MADE;
      case 'end devices':
        client.devices.endAll();
        return MADE;
      case 'void codes':
        client.recovery.void();
        return MADE;
      case 'unlock':
        client.open();
        client.recovery.forgetFailures();
        return MADE;
      case 'delete':
        client.dropExpired(now);
        for (const one of client.authenticators) client.remember(one);
        this.clients.delete(call.clientId);
        return MADE;
      default:
        client.off = call.ask === 'disable';
        if (client.off) client.devices.endAll();
        return MADE;
    }
  }

  /** Those of a client that were not confirmed in time go, and the client with the last of its authenticators. */
  expire(clientId: string, now: number): boolean {
    const client = this.clients.get(clientId);
    const before = client?.authenticators.length ?? 0;
    client?.dropExpired(now);
    if (client?.authenticators.length === 0) this.clients.delete(clientId);
    return (client?.authenticators.length ?? 0) < before;
  }

  restore(now: number): void {
    for (const { authenticators, devices } of this.clients.values()) {
      for (const one of authenticators) one.restore(now);
      devices.endAll();
    }
    this.#gone.restoredAt = Math.max(this.#gone.restoredAt ?? now, now);
    for (const gone of this.#gone.known.values()) {
      const { highest, parameters } = gone;
      gone.highest =
        parameters.period === 0
          ? highest + SKIPPED_COUNTERS
          : Math.max(highest, stepAt(now, parameters) + FARTHEST_STEP);
    }
  }

  #enrol(call: Call, client: OracleClient | undefined, now: number): Changed {
    const isPending = call.ask === 'enrol pending';
    if (client !== undefined && (!isPending || client.confirmed.length > 0)) return refused('client_exists');
    const parameters = this.#schedule.clients[Number(call.clientId.split('-')[1])];
    if (parameters === undefined) throw new Error(`${call.clientId} is not in the schedule`);
    const enrolled = client ?? new OracleClient(parameters, this.settings, this.#gone);
    enrolIn(enrolled, call, now);
    this.clients.set(call.clientId, enrolled);
    return MADE;
  }

  #add(call: Call, client: OracleClient, now: number): Changed {
    const reason = whyNotAdded(client, call, now);
    if (reason !== null) return refused(reason);
    if (call.ask === 'replace proved' && !this.#isProved) return refused('proof_invalid');
    addTo(client, call, now);
    return MADE;
  }

  #resetClock({ clientId }: Call, client: OracleClient, now: number): void {
    const near = (this.#accepted.get(clientId) ?? []).filter(({ at }) => at > now - LONGEST_REACH_MS);
    for (const one of client.authenticators) {
      const lost = this.#gone.highestLost(one.parameters);
      one.resetClock(now, near, Math.max(lost, this.#gone.highestOf(one.secret)));
    }
    client.open();
    client.recovery.forgetFailures();
  }

  /** The events that come right before that of a change. */
  before(call: Call, now: number): { readonly event: string; readonly reason: string | null }[] {
    if (call.ask !== 'reset clock') return this.#prove(call, now);
    return this.find(call.clientId, now) === undefined ? [] : [{ event: 'client.unlocked', reason: null }];
  }

  /** Judges the proof of a change, and gives the events that it leaves. */
  #prove(call: Call, now: number): { readonly event: string; readonly reason: string | null }[] {
    const { clientId, code, paper, target } = call;
    const client = this.find(clientId, now);
    this.#isProved = false;
    if (client === undefined) return [];
    if (call.ask === 'replace proved' && whyNotAdded(client, call, now) !== null) return [];
    if (target !== '' && !client.confirmed.some(({ name }) => name === target)) return [];
    if (paper !== '') {
      const { reason } = client.recovery.use(clientId, paper, client, now);
      this.#isProved = reason === null;
      return [{ event: 'client.recovery_code_used', reason }];
    }
    const { reason, followers } = client.judge(code, now);
    client.dropExpired(now);
    this.#isProved = reason === null;
    const locked = followers.map((event) => ({ event, reason: 'too_many_failures' }));
    return [{ event: 'totp.validated', reason }, ...locked];
  }

  #rotateProved(call: Call, client: OracleClient, now: number): Changed {
    const isThere = call.target === '' || client.confirmed.some(({ name }) => name === call.target);
    if (!isThere) return refused('authenticator_not_found');
    if (!this.#isProved) return refused('proof_invalid');
    if (call.target !== '') return this.#rotateOne(call, client, now);
    client.rotate(call.secret, now);
    return MADE;
  }

  #rotateOne({ target, secret }: Call, client: OracleClient, now: number): Changed {
    return client.rotateOne(target, secret, now) ? MADE : refused('authenticator_not_found');
  }

  #resetDrift({ target }: Call, client: OracleClient, now: number): Changed {
    const one = client.authenticators.find(({ name }) => name === target);
    if (one === undefined || !one.isThere(now)) return refused('authenticator_not_found');
    client.dropExpired(now);
    one.drift = 0;
    return MADE;
  }

  #remove({ clientId, target }: Call, client: OracleClient, now: number): Changed {
    const one = client.authenticators.find(({ name }) => name === target);
    if (one === undefined || !one.isThere(now)) return refused('authenticator_not_found');
    if (one.until === null && client.confirmed.length === 1) return refused('authenticator_last');
    if (one.until === null) {
      client.replaced.push(one);
      client.devices.endAll();
    }
    client.dropExpired(now);
    client.take(one);
    if (client.authenticators.length > 0) return MADE;
    this.clients.delete(clientId);
    return { reason: null, followers: ['client.deleted'] };
  }
}
