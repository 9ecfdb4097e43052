import { describe, expect, test } from 'vitest';
import { listProblem, typedFilters } from '../src/dashboard/log-filter.ts';
import { fromLocalField, logTimeIn, toLocalField } from '../src/ui/zoned-time.ts';

describe('the search of the log', () => {
  test('takes what has the name of a filter as one, and the rest as text', () => {
    expect(typedFilters('reason:locked by:key:abc curl ip:192.0.2.0/24 reason:disabled')).toEqual({
      reason: 'locked,disabled',
      actor: 'key:abc',
      ip: '192.0.2.0/24',
      q: 'curl',
    });
    expect(typedFilters('client:user-* event:client.*')).toEqual({
      clientIdPrefix: 'user-',
      events: 'client.*',
    });
    expect(typedFilters('client:ada')).toEqual({ clientId: 'ada' });
    expect(typedFilters('ip:home mozilla/5.0 key:abc')).toEqual({ q: 'ip:home mozilla/5.0 key:abc' });
  });

  test.each([
    ['ip', '192.0.2.7,2001:db8::/32', null],
    ['ip', '192.0.2.7/33', '192.0.2.7/33 is no address or network, such as 192.0.2.0/24'],
    ['ip', '300.1.1.1', '300.1.1.1 is no address or network, such as 192.0.2.0/24'],
    ['events', 'client.*,key.created', null],
    ['events', 'client.lock', 'client.lock is the name of no event'],
    ['reason', 'locked,', 'has an empty value between its commas'],
  ] as const)('says what is wrong with %s %s before the server does', (name, text, problem) => {
    expect(listProblem(name, text)).toBe(problem);
  });
});

describe('a time of the log', () => {
  test('goes into a field of a chosen zone and back, on both sides of a change of the clock', () => {
    for (const [time, zone, field] of [
      ['2026-07-01T09:30:00.000Z', 'UTC', '2026-07-01T09:30'],
      ['2026-07-01T22:30:00.000Z', 'Europe/Berlin', '2026-07-02T00:30'],
      ['2026-03-29T00:59:00.000Z', 'Europe/Berlin', '2026-03-29T01:59'],
      ['2026-03-29T01:00:00.000Z', 'Europe/Berlin', '2026-03-29T03:00'],
      ['2026-10-25T02:00:00.000Z', 'Europe/Berlin', '2026-10-25T03:00'],
      ['2026-01-01T00:00:00.000Z', 'Asia/Kathmandu', '2026-01-01T05:45'],
    ] as const) {
      expect(toLocalField(time, zone)).toBe(field);
      expect(fromLocalField(field, zone)).toBe(time);
    }
    expect(fromLocalField('', 'UTC')).toBeUndefined();
    expect(
      logTimeIn(Date.parse('2026-07-01T22:30:00Z'), Date.parse('2026-07-02T05:00:00Z'), 'Asia/Tokyo'),
    ).toBe('07:30:00');
  });
});
