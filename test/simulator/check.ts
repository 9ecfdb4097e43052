/** Whether a history keeps what Kanda promises. The log tells the order; the oracle tells what had to happen. */
import { Broken } from './broken.ts';
import { checkAgain } from './check-again.ts';
import { checkAcceptedOnce, checkRecoveredOnce } from './check-codes.ts';
import { checkReads, Timelines } from './check-reads.ts';
import type { Call, History, LogLine } from './history.ts';
import { comesAfterOthers, EVENT_OF, EXPIRED, type LinesOfCall, RESTORED, replay } from './replay.ts';
import { tell } from './replay-codes.ts';
import { isRead, type Schedule } from './schedule.ts';

export interface Violation {
  /** The promise that was broken. */
  readonly rule: string;
  readonly detail: string;
}

/** The first broken rule, the plainest first; null: all hold. */
export function check(schedule: Schedule, history: History): Violation | null {
  try {
    checkAcceptedOnce(schedule, history);
    checkRecoveredOnce(history);
    checkProbes(history);
    checkShown(history);
    const lines = checkLog(history);
    checkOrder(history, lines);
    checkTimes(history, lines);
    const timelines = new Timelines();
    const calls = checkAgain(history, lines);
    replay(schedule, { ...history, calls }, lines, timelines);
    checkReads(history, (call) => lines.get(call.id)?.main[0]?.id, timelines);
    return null;
  } catch (error) {
    if (error instanceof Broken) return { rule: error.rule, detail: error.message };
    throw error;
  }
}

function checkProbes({ calls }: History): void {
  const refused = calls.find(
    ({ probe, outcome }) => probe && (outcome?.kind === 'unavailable' || outcome?.kind === 'unknown'),
  );
  if (refused !== undefined) {
    throw new Broken('the store recovers by itself', `${refused.id}: ${JSON.stringify(refused.outcome)}`);
  }
}

/** What is shown again is a secret that was made under that name. */
function checkShown({ calls }: History): void {
  for (const call of calls) {
    const { outcome } = call;
    if (outcome?.kind !== 'shown') continue;
    const made = calls.filter(({ name, begun }) => name === call.name && begun < call.ended);
    if (made.some(({ secret }) => secret.toString('hex') === outcome.secret)) continue;
    throw new Broken('what waits is shown again', tell(call));
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
  const lines = linesOf(calls, ending.log);
  const last = backups.at(-1);
  const before = backups.at(-2)?.restored ?? 0;
  for (const call of calls) {
    const { event, before: proof, main: found, followers } = lines.get(call.id) as LinesOfCall;
    if (event === null && followers.length > 0) throw new Broken('a read changes nothing', tell(call));
    if (found.length === 0 && followers.length + proof.length > 0)
      throw new Broken('an event tells what was asked', `${JSON.stringify(followers)} of ${tell(call)}`);
    // Of what came before the restore, all that was answered before the backup must be in it.
    if (last === undefined || call.begun > last.restored) checkCount(call, found);
    else if (call.begun > before && call.ended < last.made) checkCount(call, found);
    else if (found.length > 1) checkCount(call, found);
  }
  return lines;
}

function linesOf(calls: readonly Call[], log: readonly LogLine[]): Map<string, LinesOfCall> {
  const led = new Set(calls.filter(({ ask }) => comesAfterOthers(ask)).map(({ id }) => id));
  const lines = new Map<string, LinesOfCall>(
    calls.map(({ id, ask }) => [
      id,
      { event: isRead(ask) || ask === 'expire' ? null : EVENT_OF[ask], before: [], main: [], followers: [] },
    ]),
  );
  for (const line of log) {
    if (line.requestId === 'setup' || line.event === RESTORED || line.event === EXPIRED) continue;
    const ofCall = lines.get(line.requestId ?? '');
    if (ofCall === undefined) throw new Broken('no event without a call', JSON.stringify(line));
    const { event, before, main, followers } = ofCall;
    const isBefore = led.has(line.requestId ?? '') && main.length === 0;
    (line.event === event ? main : isBefore ? before : followers).push(line);
  }
  return lines;
}

/** Each answer that decides something is one event; a 503 is none, unless the commit's fate is unknown. */
function checkCount(call: Call, found: readonly LogLine[]): void {
  const { outcome } = call;
  // What ends for want of a first code is an event of its client, and of no call.
  if (isRead(call.ask) || call.ask === 'expire') return;
  // A policy that is set as it was is no event, nor is one that is refused.
  const isNone = call.ask === 'set policy' && (outcome?.kind !== 'done' || found.length === 0);
  const uncertain = outcome === null || outcome.kind === 'unknown';
  const expected = isNone || ['unavailable', 'again', 'shown'].includes(outcome?.kind ?? '') ? 0 : 1;
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
    const { before, main, followers } = lines.get(call.id) as LinesOfCall;
    for (const line of [...before, ...main, ...followers]) {
      const shown = times.some(({ from, now }, index) => {
        const until = times[index + 1]?.from ?? Number.POSITIVE_INFINITY;
        return now === line.at && from < call.ended && until > call.begun;
      });
      if (!shown)
        throw new Broken('an event has the time of its call', `${JSON.stringify(line)} of ${tell(call)}`);
    }
  }
}
