/** The log, carried out once more by the oracle: each event is what had to happen there, and so is what is left at the end. */
import { Broken } from './broken.ts';
import type { Timelines } from './check-reads.ts';
import type { AuthenticatorState, Call, ClientState, History, LogLine, SeenClient } from './history.ts';
import type { OracleClient } from './oracle.ts';
import { OracleAccount } from './oracle-account.ts';
import { checkChange, replayCode, tell } from './replay-codes.ts';
import type { Ask, ReadAsk, Schedule } from './schedule.ts';

/** The event that a call is; others may follow it. */
export const EVENT_OF: Readonly<Record<Exclude<Ask, ReadAsk | 'expire'>, string>> = {
  validate: 'totp.validated',
  enrol: 'client.registered',
  'enrol pending': 'client.registered',
  rotate: 'client.rotated',
  'rotate one': 'client.rotated',
  'rotate proved': 'client.rotated',
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
    if (index === rested.log.length) checkStates(rested.clients, account.clients);
    if (line.event === RESTORED) account.restore(line.at);
    if (line.event === EXPIRED) expire(account, line, timelines);
    const call = callOf.get(line.requestId ?? '');
    const ofCall = lines.get(call?.id ?? '');
    if (call === undefined || ofCall === undefined || line.event !== ofCall.event) continue;
    if (line.clientId !== call.clientId) {
      throw new Broken('an event tells what was asked', `${JSON.stringify(line)} of ${tell(call)}`);
    }
    if (call.ask === 'rotate proved') {
      replayProof(
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
  checkStates(ending.clients, account.clients);
}

/** @returns the events that must follow */
function replayOne(account: OracleAccount, call: Call, line: LogLine): readonly string[] {
  const ofCode = replayCode(call, line, account);
  if (ofCode !== null) return ofCode;
  const { reason, followers } = account.change(call, line.at);
  const recorded = reason === null && call.ask === 'reset drift' ? 'drift=0' : reason;
  checkChange(call, line, recorded, reason === null ? { kind: 'done' } : { kind: 'refused', code: reason });
  return followers;
}

/** The proof was judged by the rules for a login, right before the change. */
function replayProof(
  account: OracleAccount,
  call: Call,
  { at }: LogLine,
  before: readonly LogLine[],
  lineBefore: (place: number) => LogLine | undefined,
): void {
  const judged = account.prove(call, at);
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
    'a proof is judged as a login, in one with its change',
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

function checkStates(
  found: ReadonlyMap<string, ClientState>,
  expected: ReadonlyMap<string, OracleClient>,
): void {
  const names = [...new Set([...found.keys(), ...expected.keys()])].sort();
  for (const name of names) {
    const client = expected.get(name);
    const is = JSON.stringify(found.get(name) ?? null);
    const ought = JSON.stringify(client === undefined ? null : stateOf(client));
    if (is !== ought)
      throw new Broken('the state is what the log adds up to', `${name} is ${is}, ought to be ${ought}`);
  }
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
