/** Whether requests that were sent again took effect once, and were answered as the first time. */
import { Broken } from './broken.ts';
import type { Call, History, LogLine } from './history.ts';
import { type LinesOfCall, RESTORED } from './replay.ts';
import { tell } from './replay-codes.ts';
import type { Ask } from './schedule.ts';

const MINUTE_MS = 60_000;

/** How long an answer is kept. */
export function keptMs(ask: Ask): number {
  return ['validate', 'recover', 'trust', 'use device'].includes(ask) ? 10 * MINUTE_MS : 24 * 60 * MINUTE_MS;
}

interface Effect {
  readonly call: Call;
  readonly line: LogLine;
}

/**
 * @returns the calls, of which those whose answer was lost have the one that was given when they were sent again, to be
 *   judged like any other
 */
export function checkAgain(history: History, lines: ReadonlyMap<string, LinesOfCall>): readonly Call[] {
  const { calls, backups, ending } = history;
  const effects = effectsByKey(calls, lines);
  for (const ofKey of effects.values()) checkOnce(ofKey, ending.log);
  const since = backups.at(-1)?.restored ?? 0;
  const found = new Map<string, Call>();
  for (const call of calls) {
    const { outcome } = call;
    // What a backup does not have is not followed any more.
    if (outcome?.kind !== 'again' || call.begun < since) continue;
    const from = earliest(call, history);
    const earlier = (effects.get(call.key) ?? []).filter(({ line }) => from < line.at + keptMs(call.ask));
    const told = JSON.stringify(outcome.outcome);
    if (earlier.some((effect) => isAnswered(effect.call) && JSON.stringify(effect.call.outcome) === told))
      continue;
    const unanswered = earlier.find((effect) => !isAnswered(effect.call));
    if (unanswered === undefined) throw new Broken('the answer is the one of the first time', tell(call));
    found.set(unanswered.call.id, { ...unanswered.call, outcome: outcome.outcome });
  }
  return calls.map((call) => found.get(call.id) ?? call);
}

/** The earliest time that the clock showed while the call was under way: a code is judged when its turn comes. */
function earliest({ begun, ended }: Call, { times }: History): number {
  const shown = times.filter(
    ({ from }, index) => from < ended && (times[index + 1]?.from ?? Number.POSITIVE_INFINITY) > begun,
  );
  return Math.min(...shown.map(({ now }) => now));
}

function effectsByKey(
  calls: readonly Call[],
  lines: ReadonlyMap<string, LinesOfCall>,
): Map<string, Effect[]> {
  const effects = new Map<string, Effect[]>();
  for (const call of calls) {
    const [line] = lines.get(call.id)?.main ?? [];
    if (call.key === '' || line === undefined) continue;
    effects.set(call.key, [...(effects.get(call.key) ?? []), { call, line }]);
  }
  for (const ofKey of effects.values()) ofKey.sort((one, other) => one.line.id - other.line.id);
  return effects;
}

/** A second effect comes only after the answer of the first has expired, or was left behind by a restore. */
function checkOnce(effects: readonly Effect[], log: readonly LogLine[]): void {
  for (const [index, { call, line }] of effects.entries()) {
    const before = effects[index - 1];
    if (before === undefined || line.at >= before.line.at + keptMs(call.ask)) continue;
    if (log.some(({ id, event }) => event === RESTORED && id > before.line.id && id < line.id)) continue;
    throw new Broken('a request with a key takes effect once', `${tell(before.call)}, then ${tell(call)}`);
  }
}

function isAnswered({ outcome }: Call): boolean {
  return outcome !== null && outcome.kind !== 'unknown';
}
