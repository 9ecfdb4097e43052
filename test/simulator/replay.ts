/** The log, carried out once more by the oracle: each event is what had to happen there, and so is what is left at the end. */
import { Broken } from './broken.ts';
import type { Timelines } from './check-reads.ts';
import type {
  AuthenticatorState,
  Call,
  ClientState,
  History,
  LogLine,
  Outcome,
  SeenClient,
} from './history.ts';
import type { OracleClient } from './oracle.ts';
import { OracleAccount } from './oracle-account.ts';
import type { Ask, ReadAsk, Schedule } from './schedule.ts';

/** The event that a call is; others may follow it. */
export const EVENT_OF: Readonly<Record<Exclude<Ask, ReadAsk | 'expire'>, string>> = {
  validate: 'totp.validated',
  enrol: 'client.registered',
  'enrol pending': 'client.registered',
  rotate: 'client.rotated',
  unlock: 'client.unlocked',
  disable: 'client.disabled',
  enable: 'client.enabled',
  delete: 'client.deleted',
  add: 'authenticator.added',
  replace: 'authenticator.added',
  confirm: 'authenticator.confirmed',
  remove: 'authenticator.removed',
};

export const RESTORED = 'store.restored';
export const EXPIRED = 'authenticator.expired';

/** The lines of a call. */
export interface LinesOfCall {
  /** What `main` is; null: a call that leaves none. */
  readonly event: string | null;
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
    const expected = replayOne(account, call, line);
    timelines.note(call.clientId, line.id, seen(account.clients.get(call.clientId)));
    checkFollowers(call, ofCall.followers, (place) => ending.log[index + 1 + place], expected);
  }
  checkStates(ending.clients, account.clients);
}

/** @returns the events that must follow */
function replayOne(account: OracleAccount, call: Call, line: LogLine): readonly string[] {
  if (call.ask === 'validate') return replayAttempt(call, line, account.find(call.clientId, line.at));
  if (call.ask === 'confirm') return replayConfirmation(call, line, account);
  const { reason, followers } = account.change(call, line.at);
  checkChange(call, line, reason, reason === null ? { kind: 'done' } : { kind: 'refused', code: reason });
  return followers;
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

function checkChange(call: Call, line: LogLine, reason: string | null, expected: Outcome): void {
  const answered = ['done', 'refused', 'confirmation'].includes(call.outcome?.kind ?? '');
  if (line.reason === reason && (!answered || JSON.stringify(call.outcome) === JSON.stringify(expected)))
    return;
  throw new Broken(
    'a change is made or refused as the log has it',
    `${JSON.stringify(line)} of ${tell(call)}, expected ${JSON.stringify(expected)}`,
  );
}

function replayConfirmation(call: Call, line: LogLine, account: OracleAccount): readonly string[] {
  const client = account.find(call.clientId, line.at);
  if (client === undefined) {
    checkChange(call, line, 'client_not_found', { kind: 'refused', code: 'client_not_found' });
    return [];
  }
  const { reason, told, followers } = client.confirm(call.code, line.at);
  checkVerdict(call, line, reason);
  checkChange(
    call,
    line,
    reason,
    told === null ? { kind: 'refused', code: String(reason) } : { kind: 'confirmation', confirmation: told },
  );
  if (client.authenticators.length === 0) account.clients.delete(call.clientId);
  return followers;
}

function replayAttempt(call: Call, line: LogLine, client: OracleClient | undefined): readonly string[] {
  const judged = client?.judge(call.code, line.at);
  checkVerdict(call, line, judged === undefined ? 'client_not_found' : judged.reason);
  if (call.outcome?.kind === 'verdict') {
    const told = JSON.stringify(judged?.told);
    if (JSON.stringify(call.outcome.verdict) !== told) {
      throw new Broken('the caller learns what was decided', `${told} expected: ${tell(call)}`);
    }
  } else if (
    call.outcome?.kind === 'refused' &&
    (client !== undefined || call.outcome.code !== 'client_not_found')
  ) {
    throw new Broken('the caller learns what was decided', tell(call));
  }
  return judged?.followers ?? [];
}

/** @param reason what the log must say; null: accepted */
function checkVerdict(call: Call, line: LogLine, reason: string | null): void {
  const outcome = reason === null ? 'success' : 'failure';
  if (line.reason === reason && line.outcome === outcome) return;
  const rule =
    line.outcome === 'success'
      ? 'nothing is accepted that must not be'
      : reason === null
        ? 'a right code is accepted'
        : 'no failure is lost';
  const [is, ought] = [`${line.outcome} ${line.reason}`, `${outcome} ${reason}`];
  throw new Broken(rule, `the log says ${is}, the model ${ought}: ${tell(call)}`);
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
      ({ name, used, until, wrongCodes }): AuthenticatorState => ({
        name,
        watermark: used.upTo,
        burnt: used.above,
        pendingUntil: until,
        wrongCodes,
      }),
    ),
    ...lockOf(client),
  };
}

function lockOf({ off, inARow, notBefore, shut, today }: OracleClient) {
  return { disabled: off, failures: inARow, delayedUntil: notBefore, locked: shut, recentFailures: today };
}

function seen(client: OracleClient | undefined): SeenClient | null {
  return client === undefined ? null : { confirmed: client.confirmed.length, ...lockOf(client) };
}

export function tell({ id, node, clientId, ask, code, outcome }: Call): string {
  return `${id} (${ask} ${clientId}${code === '' ? '' : ` ${code}`} at node ${node}: ${JSON.stringify(outcome)})`;
}
