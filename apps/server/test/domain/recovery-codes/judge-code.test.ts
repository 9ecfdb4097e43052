/**
 * The limits of recovery codes.
 *
 * Seen to fail without the guard: with times ahead of the clock kept as they are, a clock that was ahead made the waits
 * longer; with refused attempts counted, the waits had no end; with failures counted for ever, the delays never ended.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CodeFailures,
  FREE_CODE_FAILURES,
  judgeRecoveryCode,
  refusedUnseen,
} from '../../../src/domain/recovery-codes/judge-code.ts';

const START = Date.UTC(2027, 0, 1);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const OPEN = { disabled: false, pending: false };
const INVALID = { valid: false, reason: 'invalid_code' };

/** `count` wrong codes, `every` ms apart. */
function afterWrongCodes(count: number, from = START, every = 0): CodeFailures {
  let failures: CodeFailures = [];
  for (let index = 0; index < count; index++) {
    const { verdict, failures: next } = judgeRecoveryCode({ ...OPEN, failures }, false, from + index * every);
    expect(verdict).toEqual(INVALID);
    failures = next;
  }
  return failures;
}

describe('a recovery code', () => {
  it('that is right is accepted, and the failures before it are forgotten', () => {
    const state = { ...OPEN, failures: afterWrongCodes(9) };
    expect(judgeRecoveryCode(state, true, START)).toEqual({ verdict: { valid: true }, failures: [] });
  });

  it('is refused for a disabled client, and counts for nothing', () => {
    const state = { ...OPEN, disabled: true, failures: [START] };
    for (const isTaken of [true, false]) {
      const { verdict, failures } = judgeRecoveryCode(state, isTaken, START);
      expect(verdict).toEqual({ valid: false, reason: 'disabled' });
      expect(failures).toBe(state.failures);
    }
  });

  it('is refused for a client that is not confirmed yet, and counts for nothing', () => {
    const state = { ...OPEN, pending: true, failures: [] };
    expect(judgeRecoveryCode(state, true, START).verdict).toEqual({ valid: false, reason: 'pending' });
    expect(judgeRecoveryCode(state, false, START).failures).toBe(state.failures);
  });

  it('waits after the tenth wrong one in 15 minutes: a minute, then twice as long each time, 15 minutes at most', () => {
    let now = START;
    let failures = afterWrongCodes(FREE_CODE_FAILURES);
    // After 1, 2, 4 and 8 minutes the first ten are too old to count.
    for (const minutes of [1, 2, 4, 8, 0]) {
      const state = { ...OPEN, failures };
      if (minutes > 0) {
        const wait = { valid: false, reason: 'locked', retryAfter: minutes * 60 };
        expect(refusedUnseen(state, now)).toEqual(wait);
        expect(judgeRecoveryCode(state, true, now)).toEqual({ verdict: wait, failures });
        now += minutes * MINUTE;
        expect(refusedUnseen(state, now - 1)).toEqual({ ...wait, retryAfter: 1 });
      }
      expect(refusedUnseen(state, now)).toBeNull();
      failures = judgeRecoveryCode(state, false, now).failures;
    }
    expect(failures.length).toBeLessThan(FREE_CODE_FAILURES);
    expect(refusedUnseen({ ...OPEN, failures }, now)).toBeNull();
  });

  it('never waits when nine in any 15 minutes are wrong', () => {
    afterWrongCodes(500, START, (15 * MINUTE) / 9 + 1);
  });

  it('waits no longer for a clock that was ahead than for one that was not', () => {
    const ahead = afterWrongCodes(FREE_CODE_FAILURES, START + 24 * 60 * MINUTE);
    const refused = judgeRecoveryCode({ ...OPEN, failures: ahead }, true, START);
    expect(refused.verdict).toEqual({ valid: false, reason: 'locked', retryAfter: 60 });
    const state = { ...OPEN, failures: refused.failures };
    expect(judgeRecoveryCode(state, true, START + MINUTE).verdict).toEqual({ valid: true });
  });
});

/** Attempts at any times, the clock may step back too. Each says whether its code is right. */
const attempts = fc.array(
  fc.record({
    after: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 1, max: 30 * MINUTE }),
      fc.integer({ min: -60 * MINUTE, max: 0 }),
    ),
    right: fc.boolean(),
  }),
  { maxLength: 200 },
);

describe('whatever attempts come', () => {
  it('a right one is accepted exactly when nothing refuses it unseen, and a refused one changes no count', () => {
    fc.assert(
      fc.property(attempts, (sequence) => {
        let now = START;
        let failures: CodeFailures = [];
        for (const { after, right } of sequence) {
          now += after;
          const state = { ...OPEN, failures };
          const refusal = refusedUnseen(state, now);
          const decision = judgeRecoveryCode(state, right, now);
          if (refusal === null) expect(decision.verdict.valid).toBe(right);
          else {
            expect(decision.verdict).toEqual(refusal);
            expect(decision.failures).toHaveLength(failures.length);
            expect(refusal.retryAfter).toBeGreaterThanOrEqual(1);
            expect(refusal.retryAfter).toBeLessThanOrEqual(15 * 60);
          }
          failures = decision.failures;
        }
      }),
    );
  });

  it('with a clock that never steps back, at most 14 wrong ones are evaluated in 15 minutes, and few are kept', () => {
    const forward = fc.array(fc.integer({ min: 0, max: 5 * MINUTE }), { maxLength: 300 });
    fc.assert(
      fc.property(forward, (gaps) => {
        let now = START;
        let failures: CodeFailures = [];
        const evaluated: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const state = { ...OPEN, failures };
          if (refusedUnseen(state, now) === null) evaluated.push(now);
          failures = judgeRecoveryCode(state, false, now).failures;
          expect(failures.length).toBeLessThanOrEqual(15);
        }
        for (const end of evaluated) {
          const within = evaluated.filter((time) => time > end - 15 * MINUTE && time <= end);
          expect(within.length).toBeLessThanOrEqual(14);
        }
      }),
    );
  });

  it('the wait that is named is the wait that there is', () => {
    fc.assert(
      fc.property(attempts, (sequence) => {
        let now = START;
        let failures: CodeFailures = [];
        for (const { after } of sequence) {
          now += after;
          const { verdict, failures: next } = judgeRecoveryCode({ ...OPEN, failures }, false, now);
          failures = next;
          if (verdict.valid || verdict.reason !== 'locked') continue;
          const wait = (verdict.retryAfter ?? 0) * SECOND;
          expect(refusedUnseen({ ...OPEN, failures }, now + wait)).toBeNull();
          expect(refusedUnseen({ ...OPEN, failures }, now + wait - SECOND)).not.toBeNull();
        }
      }),
    );
  });
});
