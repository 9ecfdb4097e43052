import { describe, expect, test } from 'vitest';
import { VERDICT_KEPT_MS } from '../../../src/domain/idempotency/idempotency.ts';
import { MAX_RECEIPT_LIFETIME } from '../../../src/domain/receipts/receipt.ts';
import {
  JWKS_MAX_AGE_S,
  overAt,
  PUBLISHED_AFTER_MS,
  PUBLISHED_BEFORE_MS,
  publishedAt,
  signingAt,
} from '../../../src/domain/receipts/signing-keys.ts';

const NOW = Date.UTC(2026, 0, 31);
const first = { name: 'first', signsFrom: 0 };
const next = { name: 'next', signsFrom: NOW };

describe('keys that sign receipts', () => {
  test('are there for longer than anyone needs them', () => {
    expect(PUBLISHED_BEFORE_MS).toBeGreaterThanOrEqual(2 * JWKS_MAX_AGE_S * 1000);
    expect(PUBLISHED_AFTER_MS).toBeGreaterThan(MAX_RECEIPT_LIFETIME * 1000 + VERDICT_KEPT_MS);
  });

  test('sign from their time on, the newest of them; a clock that is behind all takes the oldest', () => {
    expect(signingAt([next, first], NOW - 1)).toBe(first);
    expect(signingAt([next, first], NOW)).toBe(next);
    expect(signingAt([next], NOW - 1)).toBe(next);
    expect(signingAt([], NOW)).toBeNull();
  });

  test('are published until the next one has signed for long enough', () => {
    const end = NOW + PUBLISHED_AFTER_MS;
    expect(publishedAt([next, first], NOW - PUBLISHED_BEFORE_MS)).toEqual([first, next]);
    expect(publishedAt([next, first], end - 1)).toEqual([first, next]);
    expect(publishedAt([next, first], end)).toEqual([next]);
    expect(overAt([next, first], end)).toEqual([first]);
    expect(overAt([next], end)).toEqual([]);
  });
});
