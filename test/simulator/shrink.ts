/** Makes a failing schedule as short as it can be and still break the same rule. */
import { type OpenWorld, runSchedule } from './run-schedule.ts';
import type { Schedule } from './schedule.ts';

/**
 * Leaves out parts of the schedule, half of it first and single actions last, for as long as the rule stays broken.
 *
 * @param most how many runs it may take
 */
export async function shrink(
  schedule: Schedule,
  rule: string,
  openWorld: OpenWorld,
  most = 600,
): Promise<Schedule> {
  let shortest = schedule;
  let runs = 0;
  for (let size = Math.ceil(schedule.actions.length / 2); size >= 1 && runs < most; ) {
    let removed = false;
    for (let start = 0; start < shortest.actions.length && runs < most; ) {
      const actions = shortest.actions.toSpliced(start, size);
      runs += 1;
      const { violation } = await runSchedule({ ...shortest, actions }, openWorld);
      if (violation?.rule === rule) {
        shortest = { ...shortest, actions };
        removed = true;
      } else {
        start += size;
      }
    }
    if (size === 1 && !removed) break;
    if (!removed || size > 1) size = Math.max(1, Math.floor(size / 2));
  }
  return shortest;
}
