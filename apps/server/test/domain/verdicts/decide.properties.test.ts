import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/domain/time.ts';
import { delayAfter, NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import {
  type AuthenticatorState,
  acceptableSteps,
  afterReset,
  attempt,
  codeOf,
  ENDS_THAT_COLLIDE,
  FRESH,
  NEIGHBOURS_THAT_COLLIDE,
  type Tried,
  timeOf,
  wrongCode,
} from './attempts.ts';

/** One move of a history: the clock moves, then someone types a code or unlocks the client. */
interface Move {
  /** ms, or the end of the delay if one is running. */
  readonly passes: number | 'the delay';
  /** A wrong code, the code accepted last, the code of the step this far from now, or no code but an unlock. */
  readonly types: 'wrong' | 'the last accepted' | 'unlock' | number;
}

/** One attempt in hindsight. */
interface Entry extends Tried {
  readonly before: AuthenticatorState;
  readonly now: number;
  readonly code: number;
}

/** What a history gave: its attempts, cut into the stretches between unlocks. */
type Stretches = readonly (readonly Entry[])[];

const SECOND = 1000;
const STARTS = [58_500_000, ...NEIGHBOURS_THAT_COLLIDE, ...ENDS_THAT_COLLIDE].map((step) => timeOf(step - 2));

const forward = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Move['passes']>('the delay', 0) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 90 * SECOND }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * 3600 * SECOND }) },
);
const farForward = fc.oneof(
  { weight: 30, arbitrary: forward },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * DAY_MS }) },
);
const bothWays = fc.oneof(
  { weight: 6, arbitrary: farForward },
  { weight: 3, arbitrary: fc.integer({ min: -90 * SECOND, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }) },
);
const typed = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: -1, max: 1 }) },
  { weight: 3, arbitrary: fc.integer({ min: -4, max: 4 }) },
  { weight: 5, arbitrary: fc.constant<Move['types']>('the last accepted') },
  { weight: 5, arbitrary: fc.constant<Move['types']>('wrong') },
);
/** Someone who guesses on and on, while the owner comes by now and then. */
const guessed = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Move['types']>('wrong') },
  { weight: 6, arbitrary: fc.integer({ min: -1, max: 1 }) },
  { weight: 1, arbitrary: typed },
);
const withUnlocks = (types: fc.Arbitrary<Move['types']>): fc.Arbitrary<Move['types']> =>
  fc.oneof({ weight: 40, arbitrary: types }, { weight: 1, arbitrary: fc.constant<Move['types']>('unlock') });

function moves(
  passes: fc.Arbitrary<Move['passes']>,
  types: fc.Arbitrary<Move['types']>,
): fc.Arbitrary<Move[]> {
  return fc.array(fc.record({ passes, types }), { minLength: 60, maxLength: 300, size: 'max' });
}

/** Anything goes: the clock jumps both ways, codes are right, wrong, used, past and future. */
const anyHistory = moves(bothWays, withUnlocks(fc.oneof(typed, guessed)));
/** Nothing but wrong codes, hardly one of them wasted on a delay. */
const persistence = fc.array(
  fc.record({
    passes: fc.oneof(
      { weight: 40, arbitrary: fc.constant<Move['passes']>('the delay') },
      { weight: 1, arbitrary: bothWays },
    ),
    types: fc.constant<Move['types']>('wrong'),
  }),
  { minLength: 120, maxLength: 300, size: 'max' },
);
/** Time does not go back, and enough is guessed for the locks to matter. */
const guessing = fc.oneof(moves(farForward, withUnlocks(guessed)), moves(forward, guessed));

describe('over any history, with a clock that jumps both ways', () => {
  // Seen to fail with a delay bounded by the longest that the policy has: 1,921 s, where 1,920 s were due.
  holds('no wait is longer than the failures before it call for', anyHistory, (entries) => {
    for (const { before, verdict } of entries) {
      if (verdict.valid || verdict.retryAfter === undefined) continue;
      const due = delayAfter(before.lockout.failures, DEFAULT_POLICY) / SECOND;
      expect(verdict.retryAfter).toBeLessThanOrEqual(due);
    }
  });

  // Seen to fail while a failure kept a time that lay ahead, if only by a millisecond.
  holds('no failure is remembered as one that is still to come', anyHistory, (entries) => {
    for (const { next, now, opened, record } of entries) {
      if (opened === 0 || record.reason === 'clock_ahead') continue;
      expect(Math.max(0, ...next.lockout.recentFailures)).toBeLessThanOrEqual(now);
    }
  });

  holds('a clock that was ahead is no failure of the user', anyHistory, (entries) => {
    for (const { before, next, record, verdict } of entries) {
      if (record.reason !== 'clock_ahead') continue;
      expect(next).toEqual(before);
      expect(verdict).toEqual({ valid: false, reason: 'invalid_code' });
    }
  });

  holds('the watermark never falls', anyHistory, (entries) => {
    for (const { before, next } of entries) expect(next.watermark).toBeGreaterThanOrEqual(before.watermark);
  });

  holds('a step is accepted at most once', anyHistory, (entries) => {
    const steps = entries.filter(({ verdict }) => verdict.valid).map(({ next }) => next.watermark);
    expect(new Set(steps).size).toBe(steps.length);
  });

  // Seen to fail with a reset that burns no step, does not ask the log, or forgets what was burnt before.
  it('a step is accepted at most once, whenever the clock is reset', () => {
    const move = fc.record({ passes: bothWays, types: fc.oneof(typed, fc.constant('reset' as const)) });
    fc.assert(
      fc.property(
        fc.constantFrom(...STARTS),
        fc.array(move, { minLength: 60, maxLength: 200 }),
        (start, history) => {
          let state = FRESH;
          let now = start;
          const accepted = new Map<number, number>();
          for (const { passes, types } of history) {
            now =
              passes === 'the delay' ? Math.max(now, state.lockout.delayedUntil) : Math.max(0, now + passes);
            if (types === 'reset') {
              const ahead = [...accepted.values()].filter((at) => at > now);
              state = afterReset(state, now, ahead);
              continue;
            }
            const { verdict, next } = attempt(state, codeTyped(types === 'unlock' ? 0 : types, now, 0), now);
            if (verdict.valid) {
              expect(accepted.has(next.watermark)).toBe(false);
              accepted.set(next.watermark, now);
            }
            state = next;
          }
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 8 * SECOND },
    );
  });

  holds('the highest acceptable step that shows the code is consumed', anyHistory, (entries) => {
    for (const { verdict, now, code, next } of entries) {
      if (verdict.valid) expect(next.watermark).toBe(acceptableSteps(now, code).at(-1));
    }
  });

  holds(
    'an evaluated code is accepted exactly if it shows an acceptable, unused step',
    anyHistory,
    (entries) => {
      for (const { opened, verdict, record, before, now, code } of entries) {
        if (opened === 0) continue;
        const steps = acceptableSteps(now, code);
        const unused = steps.filter((step) => step > before.watermark && !before.burnt.includes(step));
        expect(verdict.valid).toBe(unused.length > 0);
        if (verdict.valid) continue;
        expect(verdict).toEqual({ valid: false, reason: 'invalid_code' });
        const judged = steps.length > 0 ? 'code_already_used' : 'invalid_code';
        expect(record.reason).toBe(isAhead(before, now) ? 'clock_ahead' : judged);
      }
    },
  );

  holds(
    'an attempt that finds a lock or a delay opens no secret and changes nothing, but a delay that no policy calls for',
    anyHistory,
    (entries) => {
      for (const { opened, verdict, before, next, now, lockedNow } of entries) {
        const shut = before.lockout.locked || now < before.lockout.delayedUntil;
        expect(opened).toBe(shut ? 0 : 1);
        if (!shut) continue;
        expect(verdict).toMatchObject({ valid: false, reason: 'locked' });
        const due = now + delayAfter(before.lockout.failures, DEFAULT_POLICY);
        const delayedUntil = Math.min(before.lockout.delayedUntil, due);
        expect(next).toEqual({ ...before, lockout: { ...before.lockout, delayedUntil } });
        expect(lockedNow).toBe(false);
      }
    },
  );

  holds('every evaluated failure is counted, until a success or an unlock', anyHistory, (entries) => {
    for (const [index, { next }] of entries.entries()) {
      expect(next.lockout.failures).toBe(failuresInARow(entries.slice(0, index + 1)));
    }
  });

  holds('never are more than 100 failures in a row evaluated', persistence, (entries) => {
    expect(failuresInARow(entries)).toBeLessThanOrEqual(100);
  });
});

describe('over any history in which time does not go back', () => {
  holds(
    'no 24 hours hold more than 50 evaluated failures, successes between them or not',
    guessing,
    (entries) => {
      const times = failureTimes(entries);
      for (const from of times) {
        expect(times.filter((time) => time >= from && time < from + DAY_MS).length).toBeLessThanOrEqual(50);
      }
    },
  );

  holds(
    'a failure locks exactly if it is the 50th of its 24 hours or the 100th in a row',
    guessing,
    (entries) => {
      for (const [index, { next, lockedNow, now, opened, verdict }] of entries.entries()) {
        const until = entries.slice(0, index + 1);
        const failedNow = opened === 1 && !verdict.valid;
        const ofItsDay = failureTimes(until).filter((time) => time > now - DAY_MS).length;
        const shouldLock = failedNow && (ofItsDay >= 50 || failuresInARow(until) >= 100);
        expect(lockedNow).toBe(shouldLock);
        if (failedNow) expect(next.lockout.locked).toBe(shouldLock);
      }
    },
  );

  holds('between two failures in a row lies the delay that the first one called for', guessing, (entries) => {
    const evaluated = entries.filter(({ opened }) => opened === 1);
    for (const [index, { now }] of evaluated.entries()) {
      const earlier = evaluated.slice(0, index);
      const last = earlier.at(-1);
      const inARow = failuresInARow(earlier);
      if (last === undefined || inARow < 5) continue;
      const delay = Math.min(30 * 2 ** (inARow - 5), 3600) * SECOND;
      expect(now - last.now).toBeGreaterThanOrEqual(delay);
    }
  });
});

describe('the histories above', () => {
  const sample = fc
    .sample(guessing, { numRuns: 200, seed: 1 })
    .flatMap((history) => played(STARTS[0] ?? 0, history));

  it('reach the daily lock with successes between the failures', () => {
    const reached = sample.filter((entries) => {
      const lockedAt = entries.findIndex(({ lockedNow }) => lockedNow);
      return lockedAt >= 0 && failuresInARow(entries.slice(0, lockedAt + 1)) < 50;
    });
    expect(reached.length).toBeGreaterThan(10);
  });

  it('reach the lock after 100 failures in a row', () => {
    const history = Array<Move>(200).fill({ passes: 'the delay', types: 'wrong' });
    const [entries = []] = played(STARTS[0] ?? 0, history);
    expect(failuresInARow(entries)).toBe(100);
    expect(entries.filter(({ lockedNow }) => lockedNow).length).toBe(1);
  });

  it('hold codes of every kind', () => {
    const reasons = sample.flat().map(({ record }) => record.reason);
    expect(new Set(reasons)).toEqual(new Set([null, 'invalid_code', 'code_already_used', 'locked']));
  });
});

describe('around steps that show the same code', () => {
  const collisions = [
    ...NEIGHBOURS_THAT_COLLIDE.map((lower) => [lower, lower + 1] as const),
    ...ENDS_THAT_COLLIDE.map((lower) => [lower, lower + 2] as const),
  ];

  it.each(collisions)(
    '%i and %i: whatever three codes come when, no step is accepted twice',
    (lower, upper) => {
      const steps = Array.from({ length: upper - lower + 3 }, (_, index) => lower - 1 + index);
      const attempts = steps.flatMap((at) => [...new Set(steps.map(codeOf))].map((code) => ({ at, code })));
      for (const first of attempts) {
        for (const second of attempts) {
          for (const third of attempts) expectEachStepOnce([first, second, third]);
        }
      }
    },
  );
});

function expectEachStepOnce(attempts: readonly { readonly at: number; readonly code: number }[]): void {
  let state = FRESH;
  const accepted = new Set<number>();
  for (const { at, code } of attempts) {
    const { verdict, next } = attempt(state, code, timeOf(at));
    if (verdict.valid) {
      const highest = acceptableSteps(timeOf(at), code).at(-1);
      // No `expect` for what holds: half a million calls of it would take longer than the attempts.
      if (next.watermark !== highest || next.watermark <= state.watermark || accepted.has(next.watermark)) {
        expect.fail(
          `step ${next.watermark} was accepted after ${[...accepted]} in ${JSON.stringify(attempts)}`,
        );
      }
      accepted.add(next.watermark);
    }
    state = next;
  }
}

/** A test that `claim` holds of every stretch of every history. */
function holds(
  sentence: string,
  histories: fc.Arbitrary<Move[]>,
  claim: (entries: readonly Entry[]) => void,
): void {
  it(sentence, () => {
    fc.assert(
      fc.property(fc.constantFrom(...STARTS), histories, (start, history) => {
        for (const entries of played(start, history)) claim(entries);
      }),
      // The limit is for a claim that fails: making so long a history short can take minutes.
      { numRuns: 150, interruptAfterTimeLimit: 4 * SECOND },
    );
  });
}

function played(start: number, history: readonly Move[]): Stretches {
  const stretches: Entry[][] = [[]];
  let state = FRESH;
  let now = start;
  let lastAccepted = 0;
  for (const { passes, types } of history) {
    now = passes === 'the delay' ? Math.max(now, state.lockout.delayedUntil) : Math.max(0, now + passes);
    if (types === 'unlock') {
      state = { ...state, lockout: NO_FAILURES };
      stretches.push([]);
      continue;
    }
    const code = codeTyped(types, now, lastAccepted);
    const tried = attempt(state, code, now);
    stretches.at(-1)?.push({ ...tried, before: state, now, code });
    if (tried.verdict.valid) lastAccepted = code;
    state = tried.next;
  }
  return stretches;
}

function codeTyped(types: Exclude<Move['types'], 'unlock'>, now: number, lastAccepted: number): number {
  if (types === 'wrong') return wrongCode(now);
  if (types === 'the last accepted') return lastAccepted;
  return codeOf(Math.max(0, Math.floor(now / (30 * SECOND)) + types));
}

/** Whether the watermark lies beyond the widest window that any policy has, worked out by hand. */
function isAhead({ watermark }: AuthenticatorState, now: number): boolean {
  return watermark > Math.floor(now / 30_000) + 2;
}

/** When failures were evaluated: told by the verdicts alone, not by what the domain counted. */
function failureTimes(entries: readonly Entry[]): number[] {
  return entries.filter(failed).map(({ now }) => now);
}

function failed({ opened, verdict, record }: Entry): boolean {
  return opened === 1 && !verdict.valid && record.reason !== 'clock_ahead';
}

/** How many failures were evaluated since the last success. */
function failuresInARow(entries: readonly Entry[]): number {
  const lastSuccess = entries.findLastIndex(({ verdict }) => verdict.valid);
  return failureTimes(entries.slice(lastSuccess + 1)).length;
}
