/** Whether a history keeps what Kanda promises. The log tells the order; the oracle tells what had to happen. */
import type { TotpParameters } from '@kanda/otp';
import { Broken } from './broken.ts';
import { checkAcceptedOnce } from './check-codes.ts';
import { checkReads, Timelines } from './check-reads.ts';
import type { Call, ClientState, History, LogLine, Outcome } from './history.ts';
import { OracleClient } from './oracle.ts';
import { type Ask, isRead, type ReadAsk, type Schedule } from './schedule.ts';

export interface Violation {
  /** The promise that was broken. */
  readonly rule: string;
  readonly detail: string;
}

const EVENT_OF: Readonly<Record<Exclude<Ask, ReadAsk>, string>> = {
  validate: 'totp.validated',
  enrol: 'client.registered',
  rotate: 'client.rotated',
  unlock: 'client.unlocked',
  disable: 'client.disabled',
  enable: 'client.enabled',
  delete: 'client.deleted',
};

const RESTORED = 'store.restored';

/** The first broken rule, the plainest first; null: all hold. */
export function check(schedule: Schedule, history: History): Violation | null {
  try {
    checkAcceptedOnce(schedule, history);
    checkProbes(history);
    const lines = checkLog(history);
    checkOrder(history, lines);
    checkTimes(history, lines);
    const timelines = new Timelines();
    replay(schedule, history, lines, timelines);
    checkReads(history, (call) => lines.get(call.id)?.main[0]?.id, timelines);
    return null;
  } catch (error) {
    if (error instanceof Broken) return { rule: error.rule, detail: error.message };
    throw error;
  }
}

/** The lines of each call, and the place of the first of them in the log. */
interface LinesOfCall {
  readonly main: LogLine[];
  readonly locked: LogLine[];
}

function checkProbes({ calls }: History): void {
  const refused = calls.find(
    ({ probe, outcome }) => probe && (outcome?.kind === 'unavailable' || outcome?.kind === 'unknown'),
  );
  if (refused !== undefined) {
    throw new Broken('the store recovers by itself', `${refused.id}: ${JSON.stringify(refused.outcome)}`);
  }
}

/** Numbers without a gap; one event for each verdict and each change; nothing that no one asked for. */
function checkLog({ calls, backups, rested, ending }: History): Map<string, LinesOfCall> {
  const ids = ending.log.map(({ id }) => id);
  if (ids.some((id, index) => id !== index + 1)) {
    throw new Broken('events are numbered without a gap', JSON.stringify(ids));
  }
  if (JSON.stringify(rested.log) !== JSON.stringify(ending.log.slice(0, rested.log.length))) {
    throw new Broken('the log only grows', `${rested.log.length} lines became others`);
  }
  for (const [clientId, history] of ending.histories) {
    const expected = ending.log.filter((line) => line.clientId === clientId).map(({ id }) => id);
    if (JSON.stringify(history) !== JSON.stringify(expected)) {
      throw new Broken('a client has all of its events', `${clientId}: ${history} instead of ${expected}`);
    }
  }
  const lines = new Map<string, LinesOfCall>(calls.map(({ id }) => [id, { main: [], locked: [] }]));
  for (const line of ending.log) {
    if (line.requestId === 'setup' || line.event === RESTORED) continue;
    const ofCall = lines.get(line.requestId ?? '');
    if (ofCall === undefined) throw new Broken('no event without a call', JSON.stringify(line));
    (line.event === 'client.locked' ? ofCall.locked : ofCall.main).push(line);
  }
  const last = backups.at(-1);
  const before = backups.at(-2)?.restored ?? 0;
  for (const call of calls) {
    const found = lines.get(call.id)?.main ?? [];
    // Of what came before the restore, all that was answered before the backup must be in it.
    if (last === undefined || call.begun > last.restored) checkCount(call, found);
    else if (call.begun > before && call.ended < last.made) checkCount(call, found);
    else if (found.length > 1) checkCount(call, found);
  }
  return lines;
}

/** Each answer that decides something is one event; a 503 is none, unless the commit's fate is unknown. */
function checkCount(call: Call, found: readonly LogLine[]): void {
  const { outcome } = call;
  if (isRead(call.ask)) {
    if (found.length > 0) throw new Broken('a read changes nothing', tell(call));
    return;
  }
  const uncertain = outcome === null || outcome.kind === 'unknown';
  const expected = outcome?.kind === 'unavailable' ? 0 : 1;
  if (uncertain ? found.length <= 1 : found.length === expected) return;
  const rule =
    found.length > 1
      ? 'one event for each verdict'
      : expected === 1
        ? 'what was answered is not lost'
        : 'a refused call changes nothing';
  throw new Broken(rule, `${found.length} events of ${tell(call)}`);
}

/** Anyone who calls after another was answered comes after it in the log. */
function checkOrder({ calls }: History, lines: ReadonlyMap<string, LinesOfCall>): void {
  const placed = calls.flatMap((call) => {
    const [line] = lines.get(call.id)?.main ?? [];
    return line === undefined ? [] : [{ call, place: line.id }];
  });
  placed.sort((a, b) => a.place - b.place);
  let latestBegun = placed[0];
  for (const entry of placed) {
    if (latestBegun !== undefined && entry.call.ended < latestBegun.call.begun) {
      throw new Broken(
        'the log keeps the order of answers',
        `${entry.call.id} was answered before ${latestBegun.call.id} began, and stands after it`,
      );
    }
    if (latestBegun === undefined || entry.call.begun > latestBegun.call.begun) latestBegun = entry;
  }
}

/** An event's time is one that the clock showed while the call was under way. */
function checkTimes({ calls, times }: History, lines: ReadonlyMap<string, LinesOfCall>): void {
  for (const call of calls) {
    const { main, locked } = lines.get(call.id) as LinesOfCall;
    for (const line of [...main, ...locked]) {
      const shown = times.some(({ from, now }, index) => {
        const until = times[index + 1]?.from ?? Number.POSITIVE_INFINITY;
        return now === line.at && from < call.ended && until > call.begun;
      });
      if (!shown)
        throw new Broken('an event has the time of its call', `${JSON.stringify(line)} of ${tell(call)}`);
    }
  }
}

/** Everything in the order of the log, judged once more by the oracle. */
function replay(
  schedule: Schedule,
  { calls, rested, ending }: History,
  lines: ReadonlyMap<string, LinesOfCall>,
  timelines: Timelines,
): void {
  const callOf = new Map(calls.map((call) => [call.id, call]));
  const clients = new Map<string, OracleClient>();
  for (const [index, line] of ending.log.entries()) {
    if (index === rested.log.length) checkStates(rested.clients, clients);
    if (line.event === RESTORED) for (const client of clients.values()) client.restore(line.at);
    const call = callOf.get(line.requestId ?? '');
    if (call === undefined || line.event === 'client.locked' || line.event === RESTORED) continue;
    if (isRead(call.ask) || line.event !== EVENT_OF[call.ask] || line.clientId !== call.clientId) {
      throw new Broken('an event tells what was asked', `${JSON.stringify(line)} of ${tell(call)}`);
    }
    if (call.ask !== 'validate') {
      replayChange(schedule, call, line, clients);
      timelines.note(call.clientId, line.id, seen(clients.get(call.clientId)));
      continue;
    }
    const locks = replayAttempt(call, line, clients.get(call.clientId));
    timelines.note(call.clientId, line.id, seen(clients.get(call.clientId)));
    const told = lines.get(call.id)?.locked ?? [];
    if (told.length !== (locks ? 1 : 0) || (locks && ending.log[index + 1] !== told[0])) {
      throw new Broken(
        'the lock is exact',
        `${told.length} client.locked after ${tell(call)}, expected ${locks}`,
      );
    }
  }
  checkStates(ending.clients, clients);
}

function replayChange(
  { clients: parameters, policy }: Schedule,
  call: Call,
  line: LogLine,
  clients: Map<string, OracleClient>,
): void {
  const client = clients.get(call.clientId);
  const refusal = call.ask === 'enrol' ? 'client_exists' : 'client_not_found';
  const reason = (client === undefined) === (call.ask === 'enrol') ? null : refusal;
  const expected: Outcome = reason === null ? { kind: 'done' } : { kind: 'refused', code: reason };
  const answered = call.outcome?.kind === 'done' || call.outcome?.kind === 'refused';
  if (line.reason !== reason || (answered && JSON.stringify(call.outcome) !== JSON.stringify(expected))) {
    throw new Broken(
      'a change is made or refused as the log has it',
      `${JSON.stringify(line)} of ${tell(call)}`,
    );
  }
  if (reason !== null) return;
  if (call.ask === 'enrol') {
    const ofClient = parameters[Number(call.clientId.split('-')[1])] as TotpParameters;
    clients.set(call.clientId, new OracleClient(ofClient, policy, call.secret));
  } else if (call.ask === 'delete') {
    clients.delete(call.clientId);
  } else if (call.ask === 'rotate' || call.ask === 'unlock') {
    client?.open(call.ask === 'rotate' ? call.secret : null);
  } else if (client !== undefined) {
    client.off = call.ask === 'disable';
  }
}

/** @returns whether this attempt locks the client */
function replayAttempt(call: Call, line: LogLine, client: OracleClient | undefined): boolean {
  const judged = client?.judge(call.code, line.at);
  const reason = judged === undefined ? 'client_not_found' : judged.reason;
  const outcome = reason === null ? 'success' : 'failure';
  if (line.reason !== reason || line.outcome !== outcome) {
    const rule =
      line.outcome === 'success'
        ? 'nothing is accepted that must not be'
        : reason === null
          ? 'a right code is accepted'
          : 'no failure is lost';
    const [is, ought] = [`${line.outcome} ${line.reason}`, `${outcome} ${reason}`];
    throw new Broken(rule, `the log says ${is}, the model ${ought}: ${tell(call)}`);
  }
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
  return judged?.locks ?? false;
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
    watermark: client.burnt,
    disabled: client.off,
    failures: client.inARow,
    delayedUntil: client.notBefore,
    locked: client.shut,
    recentFailures: client.today,
  };
}

function seen(client: OracleClient | undefined): ClientState | null {
  return client === undefined ? null : stateOf(client);
}

function tell({ id, node, clientId, ask, code, outcome }: Call): string {
  return `${id} (${ask} ${clientId}${code === '' ? '' : ` ${code}`} at node ${node}: ${JSON.stringify(outcome)})`;
}
