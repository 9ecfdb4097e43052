/** The log, carried out once more by the oracle: each event is what had to happen there, and so is what is left at the end. */
import { Broken } from './broken.ts';
import type { Timelines } from './check-reads.ts';
import type {
  AuthenticatorState,
  Call,
  ClientState,
  Ending,
  History,
  LogLine,
  SeenClient,
} from './history.ts';
import type { OracleClient } from './oracle.ts';
import { OracleAccount } from './oracle-account.ts';
import { waitingLike } from './oracle-adding.ts';
import { isLoosened } from './oracle-odds.ts';
import { checkChange, replayCode, tell } from './replay-codes.ts';
import { type Ask, isProved, type ReadAsk, type Schedule } from './schedule.ts';

/** The event that a call is; others may follow it. */
export const EVENT_OF: Readonly<Record<Exclude<Ask, ReadAsk | 'expire'>, string>> = {
  validate: 'totp.validated',
  enrol: 'client.registered',
  'enrol pending': 'client.registered',
  rotate: 'client.rotated',
  'rotate one': 'client.rotated',
  'rotate proved': 'client.rotated',
  'replace one': 'authenticator.added',
  'replace proved': 'authenticator.added',
  'reset clock': 'client.clock_reset',
  'set policy': 'account.policy_changed',
  unlock: 'client.unlocked',
  'unlock in a row': 'client.unlocked',
  disable: 'client.disabled',
  enable: 'client.enabled',
  delete: 'client.deleted',
  add: 'authenticator.added',
  replace: 'authenticator.added',
  confirm: 'authenticator.confirmed',
  remove: 'authenticator.removed',
  resync: 'authenticator.resynced',
  'reset drift': 'authenticator.resynced',
  diagnose: 'client.diagnosed',
  'make codes': 'client.recovery_codes_created',
  'void codes': 'client.recovery_codes_deleted',
  trust: 'totp.validated',
  'use device': 'client.device_used',
  'end devices': 'client.devices_ended',
  recover: 'client.recovery_code_used',
};

export const RESTORED = 'store.restored';
export const EXPIRED = 'authenticator.expired';

/** The lines of a call. */
export interface LinesOfCall {
  /** What `main` is; null: a call that leaves none. */
  readonly event: string | null;
  /** What came of a proof. */
  readonly before: LogLine[];
  readonly main: LogLine[];
  /** What came of it besides: a lock, the end of a client, the end of what was replaced. */
  readonly followers: LogLine[];
}

/** Everything in the order of the log, judged once more by the oracle. */
export function replay(
  schedule: Schedule,
  { calls, rested, ending }: History,
  lines: ReadonlyMap<string, LinesOfCall>,
  timelines: Timelines,
): void {
  const callOf = new Map(calls.map((call) => [call.id, call]));
  const account = new OracleAccount(schedule);
  for (const [index, line] of ending.log.entries()) {
    if (index === rested.log.length) checkStates(rested, account);
    account.note(line);
    if (line.event === RESTORED) account.restore(line.at);
    if (line.event === EXPIRED) expire(account, line, timelines);
    const call = callOf.get(line.requestId ?? '');
    const ofCall = lines.get(call?.id ?? '');
    if (call === undefined || ofCall === undefined || line.event !== ofCall.event) continue;
    if ((line.clientId ?? '') !== call.clientId) {
      throw new Broken('an event tells what was asked', `${JSON.stringify(line)} of ${tell(call)}`);
    }
    if (comesAfterOthers(call.ask)) {
      replayBefore(
        account,
        call,
        line,
        ofCall.before,
        (place) => ending.log[index - ofCall.before.length + place],
      );
    }
    const expected = replayOne(account, call, line);
    timelines.note(call.clientId, line.id, seen(account.clients.get(call.clientId)));
    checkFollowers(call, ofCall.followers, (place) => ending.log[index + 1 + place], expected);
  }
  checkStates(ending, account);
}

/** Whether other events of its own come before that of the call. */
export function comesAfterOthers(ask: Ask): boolean {
  return isProved(ask) || ask === 'reset clock';
}

/** @returns the events that must follow */
function replayOne(account: OracleAccount, call: Call, line: LogLine): readonly string[] {
  if (call.ask === 'set policy') {
    setPolicy(account, call, line);
    return [];
  }
  checkNotShown(account, call, line);
  const ofCode = replayCode(call, line, account);
  if (ofCode !== null) return ofCode;
  const { reason, followers } = account.change(call, line.at);
  const recorded = reason === null && call.ask === 'reset drift' ? 'drift=0' : reason;
  checkChange(call, line, recorded, reason === null ? { kind: 'done' } : { kind: 'refused', code: reason });
  return followers;
}

/** What was asked for anew does not wait for its first code already. */
function checkNotShown(account: OracleAccount, call: Call, line: LogLine): void {
  const client = account.find(call.clientId, line.at);
  if (call.fresh || client === undefined || (call.ask !== 'add' && call.ask !== 'replace')) return;
  const waiting = waitingLike(client, call, line.at);
  if (waiting === undefined || (call.imported && waiting.secret !== call.secret)) return;
  throw new Broken('what waits is shown again', `${JSON.stringify(line)} of ${tell(call)}`);
}

function setPolicy({ settings, clients }: OracleAccount, call: Call, { at }: LogLine): void {
  const { policy } = call;
  if (policy === null) throw new Error(`${tell(call)} has no policy`);
  for (const client of clients.values()) {
    const lasting = client.there(at).filter(({ replaces, until }) => until === null || replaces === null);
    if (!isLoosened(settings.policy, policy, client.parameters, lasting.length)) continue;
    throw new Broken('no policy makes a client too easy to guess', tell(call));
  }
  settings.policy = policy;
}

/** A proof was judged by the rules for a login, right before the change. */
function replayBefore(
  account: OracleAccount,
  call: Call,
  { at }: LogLine,
  before: readonly LogLine[],
  lineBefore: (place: number) => LogLine | undefined,
): void {
  const judged = account.before(call, at);
  const isExact =
    before.length === judged.length &&
    judged.every(
      ({ event, reason }, place) =>
        lineBefore(place) === before[place] &&
        before[place]?.event === event &&
        before[place]?.reason === reason,
    );
  if (isExact) return;
  throw new Broken(
    'what comes before an event is one with it',
    `${JSON.stringify(before)} before ${tell(call)}, expected ${JSON.stringify(judged)}`,
  );
}

function checkFollowers(
  call: Call,
  followers: readonly LogLine[],
  nextLine: (place: number) => LogLine | undefined,
  expected: readonly string[],
): void {
  const isExact =
    followers.length === expected.length &&
    expected.every(
      (event, place) => nextLine(place) === followers[place] && followers[place]?.event === event,
    );
  if (isExact) return;
  throw new Broken(
    'what comes of an event is one with it',
    `[${followers.map(({ event }) => event)}] after ${tell(call)}, expected [${expected}]`,
  );
}

function expire(account: OracleAccount, line: LogLine, timelines: Timelines): void {
  const clientId = line.clientId ?? '';
  if (!account.expire(clientId, line.at)) {
    throw new Broken('nothing ends before its time', JSON.stringify(line));
  }
  timelines.note(clientId, line.id, seen(account.clients.get(clientId)));
}

function checkStates(found: Ending, { clients: expected, settings }: OracleAccount): void {
  const { policy, clients, now } = found;
  const names = [...new Set([...clients.keys(), ...expected.keys()])].sort();
  for (const name of names) {
    const client = expected.get(name);
    const is = JSON.stringify(atRest(clients.get(name), now));
    const ought = JSON.stringify(atRest(client === undefined ? undefined : stateOf(client), now));
    if (is !== ought)
      throw new Broken('the state is what the log adds up to', `${name} is ${is}, ought to be ${ought}`);
  }
  const [is, ought] = [policy, settings.policy].map((one) => JSON.stringify(Object.entries(one).sort()));
  if (is !== ought) throw new Broken('the state is what the log adds up to', `${is}, ought to be ${ought}`);
}

/** Without what was not confirmed in time: it is dead before it is swept, and showing another again takes it away. */
function atRest(client: ClientState | undefined, now: number): ClientState | null {
  const authenticators = client?.authenticators.filter(
    ({ pendingUntil }) => pendingUntil === null || now < pendingUntil,
  );
  return client === undefined || authenticators?.length === 0
    ? null
    : { ...client, authenticators: authenticators ?? [] };
}

function stateOf(client: OracleClient): ClientState {
  return {
    authenticators: client.authenticators.map(
      ({ name, used, drift, until, wrongCodes }): AuthenticatorState => ({
        name,
        watermark: used.upTo,
        burnt: used.above,
        drift,
        pendingUntil: until,
        wrongCodes,
      }),
    ),
    devices: client.devices.state(),
    recovery: client.recovery.state(),
    ...lockOf(client),
  };
}

function lockOf({ off, inARow, notBefore, shut, today }: OracleClient) {
  return { disabled: off, failures: inARow, delayedUntil: notBefore, locked: shut, recentFailures: today };
}

function seen(client: OracleClient | undefined): SeenClient | null {
  return client === undefined ? null : { confirmed: client.confirmed.length, ...lockOf(client) };
}
