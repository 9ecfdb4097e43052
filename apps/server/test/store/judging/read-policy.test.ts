/** What an account's row may hold, also when someone has written into it by hand. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { readPolicy, writePolicy } from '../../../src/store/judging/read-policy.ts';

describe('a stored policy', () => {
  test('is what its JSON names, and the defaults for the rest', () => {
    expect(readPolicy(null)).toBe(DEFAULT_POLICY);
    expect(readPolicy('{"skew":2,"tellReplays":true}')).toEqual({
      ...DEFAULT_POLICY,
      skew: 2,
      tellReplays: true,
    });
  });

  test('reads back as it was written, and needs no text when nothing differs', () => {
    const policy = { ...DEFAULT_POLICY, freeFailures: 1, maxDelayMs: 86_400_000, tellReplays: true };
    expect(readPolicy(writePolicy(policy))).toEqual(policy);
    expect(writePolicy({ ...DEFAULT_POLICY })).toBeNull();
  });

  test('of a later version may have more in it', () => {
    expect(readPolicy('{"skew":0,"moonPhase":"full"}')).toMatchObject({ ...DEFAULT_POLICY, skew: 0 });
  });

  test.each([
    ['is not JSON', '{"skew":'],
    ['is empty', ''],
    ['is null', 'null'],
    ['has a text for a number', '{"skew":"2"}'],
    ['has null for a number', '{"dailyFailures":null}'],
    ['accepts more steps than allowed', '{"skew":100}'],
    ['allows more failures a day than allowed', '{"dailyFailures":1000000}'],
    ['has no delays', '{"firstDelayMs":0,"maxDelayMs":0}'],
    ['has one value that is loose and one that is wrong', '{"skew":2,"firstDelayMs":-5}'],
    ['has a longest delay below the first', '{"firstDelayMs":60000,"maxDelayMs":1000}'],
    ['has no truth value for tellReplays', '{"tellReplays":"yes"}'],
  ])('that %s is the default as a whole, and the operator is warned', async (_, json) => {
    const warned = once(process, 'warning');
    expect(readPolicy(json)).toBe(DEFAULT_POLICY);
    expect(String((await warned)[0])).toContain('PUT /api/policy');
  });

  test('cannot raise the limit of failures in a row', () => {
    expect(readPolicy('{"consecutiveFailures":100000}').consecutiveFailures).toBe(100);
  });
});
