/** W3C Trace Context: which callers' traces are continued, and which requests are sampled. */
import { describe, expect, test } from 'vitest';
import { createSampler } from '../../../src/observability/telemetry/sampler.ts';
import {
  newSpanId,
  newTraceId,
  parseTraceparent,
  passedTracestate,
} from '../../../src/observability/telemetry/trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  test('names the trace, the caller and its decision', () => {
    const parent = { traceId: TRACE, spanId: SPAN };
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...parent, sampled: true });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toEqual({ ...parent, sampled: false });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-03`)).toEqual({ ...parent, sampled: true });
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes-later`)).toEqual({ ...parent, sampled: true });
  });

  test.each([
    undefined,
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE.slice(1)}g-${SPAN}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
  ])('is not believed when it is %j', (header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  test('comes with a tracestate that is passed on unless it is too long', () => {
    expect(passedTracestate('vendor=1')).toBe('vendor=1');
    expect(passedTracestate('x'.repeat(513))).toBeNull();
    expect(passedTracestate(undefined)).toBeNull();
  });
});

describe('ids', () => {
  test('have their lengths and do not come twice', () => {
    const ids = Array.from({ length: 2_000 }, newTraceId);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect(newSpanId()).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the sampler', () => {
  const sampled = { traceId: TRACE, spanId: SPAN, sampled: true };
  const unsampled = { ...sampled, sampled: false };

  test('that is parent-based follows the caller, and decides itself where there is none', () => {
    const on = createSampler('parentbased_always_on', 1);
    expect([on(TRACE, sampled), on(TRACE, unsampled), on(TRACE, null)]).toEqual([true, false, true]);
    const off = createSampler('parentbased_always_off', 1);
    expect([off(TRACE, sampled), off(TRACE, unsampled), off(TRACE, null)]).toEqual([true, false, false]);
  });

  test('that is not parent-based asks no one', () => {
    expect(createSampler('always_on', 1)(TRACE, unsampled)).toBe(true);
    expect(createSampler('always_off', 1)(TRACE, sampled)).toBe(false);
  });

  test('takes the configured part, the same traces every time', () => {
    const tenth = createSampler('traceidratio', 0.1);
    const ids = Array.from({ length: 20_000 }, newTraceId);
    const taken = ids.filter((id) => tenth(id, null));
    // Six standard deviations to each side.
    expect(Math.abs(taken.length - 2_000)).toBeLessThan(6 * Math.sqrt(20_000 * 0.1 * 0.9));
    expect(ids.filter((id) => tenth(id, null))).toEqual(taken);
    expect(ids.some((id) => createSampler('traceidratio', 0)(id, null))).toBe(false);
    expect(ids.every((id) => createSampler('traceidratio', 1)(id, null))).toBe(true);
  });
});
