import { describe, expect, test } from 'vitest';
import { clockFault, whatToLookAfter } from '../../../src/cli/store/restored-store.ts';
import { DAY_MS } from '../../../src/domain/time.ts';

const EVENT = Date.UTC(2026, 0, 1);

describe('the clock that a restore goes by', () => {
  test.each([
    ['5 s behind the newest event', -5_000],
    ['at it', 0],
    ['seven days after it', 7 * DAY_MS],
  ])('is taken for right %s', (_, from) => {
    expect(clockFault(EVENT, EVENT + from)).toBeNull();
  });

  // Each seen to fail without its line in clockFault.
  test('is doubted when it is more than 5 s behind, or more than seven days after', () => {
    expect(clockFault(EVENT, EVENT - 5_001)).toMatch(/is behind its newest event \(2026-01-01/);
    expect(clockFault(EVENT, EVENT + 7 * DAY_MS + 1)).toMatch(/is 7 d.* after its newest event \(2026-01-01/);
  });

  test('is not doubted where there is no event', () => {
    expect(clockFault(null, 0)).toBeNull();
  });
});

test('authenticators that were ahead of the clock before are counted only where there are any', () => {
  const restored = { raised: 3, clocksAhead: 0, recoveryCodes: 0 };
  expect(whatToLookAfter(restored, EVENT)).not.toContain('resetClock');
  expect(whatToLookAfter({ ...restored, clocksAhead: 2 }, EVENT)).toMatch(
    /2 authenticators of the backup refuse.*resetClock/s,
  );
});

test('a copy beside a server that goes on is to be kept from sending to its receivers', () => {
  const restored = { raised: 0, clocksAhead: 0, recoveryCodes: 0 };
  expect(whatToLookAfter(restored, EVENT)).toContain('start this one with KANDA_WEBHOOKS=off');
});

test('recovery codes that may be good again are counted only where there are any', () => {
  const restored = { raised: 3, clocksAhead: 0, recoveryCodes: 0 };
  expect(whatToLookAfter(restored, EVENT)).not.toContain('recovery');
  expect(whatToLookAfter({ ...restored, recoveryCodes: 7 }, EVENT)).toMatch(
    /7 recovery codes of users are unused.*client\.recovery_code_used/s,
  );
});
