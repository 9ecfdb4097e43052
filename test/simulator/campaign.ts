/** Many schedules, one seed after the other, until one breaks a rule or it is time to stop. */
import type { Violation } from './check.ts';
import type { Call, ToldConfirmation } from './history.ts';
import { type OpenWorld, runSchedule } from './run-schedule.ts';
import type { Schedule } from './schedule.ts';

export interface Campaign {
  readonly firstSeed: number;
  readonly scheduleOf: (seed: number) => Schedule;
  readonly openWorld: OpenWorld;
  /** Asked before each schedule; `done` is how many there have been. */
  readonly goOn: (done: number) => boolean;
}

export interface Result {
  /** How many schedules were run. */
  readonly schedules: number;
  /** How many calls came to what: shows that a campaign without a violation has met everything. */
  readonly calls: ReadonlyMap<string, number>;
  readonly failure: { readonly schedule: Schedule; readonly violation: Violation } | null;
}

export async function runCampaign({ firstSeed, scheduleOf, openWorld, goOn }: Campaign): Promise<Result> {
  const calls = new Map<string, number>();
  let schedules = 0;
  while (goOn(schedules)) {
    const schedule = scheduleOf(firstSeed + schedules);
    schedules += 1;
    const { history, violation } = await runSchedule(schedule, openWorld);
    for (const call of history?.calls ?? []) {
      const name = fateOf(call);
      calls.set(name, (calls.get(name) ?? 0) + 1);
    }
    if (violation !== null) return { schedules, calls, failure: { schedule, violation } };
  }
  return { schedules, calls, failure: null };
}

/** In two words what a call came to. */
function fateOf({ ask, outcome }: Call): string {
  if (outcome === null) return 'cut off';
  switch (outcome.kind) {
    case 'verdict':
      return outcome.verdict.reason ?? 'accepted';
    case 'confirmation':
      return fateOfConfirmation(outcome.confirmation);
    case 'again':
      return `again: ${outcome.outcome.kind}`;
    case 'device':
      return outcome.device.valid ? 'device accepted' : `device: ${outcome.device.reason}`;
    case 'finding':
      return `found: ${outcome.finding.finding}`;
    case 'recovery':
      return outcome.recovery.valid ? 'recovered' : `not recovered: ${outcome.recovery.reason}`;
    case 'resync':
      return outcome.resync.resynced ? 'resynced' : `not resynced: ${outcome.resync.reason}`;
    case 'refused':
      return outcome.code;
    case 'client':
    case 'lines':
    case 'done':
      return ask;
    default:
      return outcome.kind;
  }
}

function fateOfConfirmation({ confirmed, reason, attemptsLeft }: ToldConfirmation): string {
  if (confirmed) return 'confirmed';
  return attemptsLeft === 0 ? 'ended by wrong codes' : `not confirmed: ${reason}`;
}
