/**
 * What a token of a trusted device is worth.
 *
 * Seen to fail without the guard: with a grace that is not bounded below, a clock that was put back by an hour made the
 * token before good for an hour; with numbers compared as "older or newer" alone, one from a lost commit ended the device.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRACE_MS } from '../../../src/domain/devices/device.ts';
import { type DeviceUse, judgeDevice } from '../../../src/domain/devices/judge-device.ts';
import { DAY_MS } from '../../../src/domain/time.ts';

const START = Date.UTC(2027, 0, 1);
const MAC = new Uint8Array(32).fill(1);
const UNKNOWN = { valid: false, reason: 'device_unknown' };

interface Circumstances {
  /** How much older the token is than the present one. */
  readonly age: number;
  readonly uses: number;
  readonly sinceReplaced: number;
  readonly sinceTrusted: number;
  readonly days: number;
}

function useOf({ age, uses, sinceReplaced, sinceTrusted, days }: Circumstances): DeviceUse {
  const createdAt = START - sinceTrusted;
  const replacedAt = uses === 0 ? null : START - sinceReplaced;
  return {
    disabled: false,
    pending: false,
    trustedDevices: true,
    presented: { id: 'a', mac: MAC, uses: uses - age },
    device: { mac: MAC, uses, replacedAt, createdAt, expiresAt: createdAt + days * DAY_MS },
  };
}

const circumstances = fc.record({
  age: fc.integer({ min: -3, max: 5 }),
  uses: fc.integer({ min: 0, max: 1_000 }),
  sinceReplaced: fc.integer({ min: -2 * GRACE_MS, max: 2 * GRACE_MS }),
  sinceTrusted: fc.integer({ min: -2 * GRACE_MS, max: 100 * DAY_MS }),
  days: fc.integer({ min: 1, max: 90 }),
});

describe('a token of a trusted device', () => {
  it('accepts the present token and, for a minute, the one before it, and no other', () => {
    fc.assert(
      fc.property(circumstances, (one) => {
        const { verdict, change, recorded } = judgeDevice(useOf(one), START);
        const isLive = one.sinceTrusted < one.days * DAY_MS && one.sinceTrusted >= -GRACE_MS;
        const inGrace = one.age === 1 && one.uses > 0 && Math.abs(one.sinceReplaced) < GRACE_MS;
        const isAccepted = isLive && (one.age === 0 || inGrace);
        expect(verdict).toEqual(isAccepted ? { valid: true } : UNKNOWN);
        expect(recorded === null).toBe(isAccepted);
        const ends = isLive && one.age > 0 && !inGrace;
        const expected = isAccepted ? (one.age === 0 ? 'replace' : 'note') : ends ? 'end' : null;
        expect(change).toBe(expected);
      }),
    );
  });

  it('of another secret is refused whatever its number, and ends nothing', () => {
    fc.assert(
      fc.property(circumstances, fc.integer({ min: 0, max: 31 }), (one, place) => {
        const mac = MAC.slice();
        mac[place] = 0;
        const use = useOf(one);
        const presented = { id: 'a', mac, uses: use.presented?.uses ?? 0 };
        const decision = judgeDevice({ ...use, presented }, START);
        expect(decision).toEqual({ verdict: UNKNOWN, recorded: 'device_unknown', change: null });
      }),
    );
  });

  it('is refused by a client that is disabled or pending, and by a policy without trusted devices', () => {
    const use = useOf({ age: 0, uses: 0, sinceReplaced: 0, sinceTrusted: 0, days: 30 });
    const refused = (more: Partial<DeviceUse>) => judgeDevice({ ...use, ...more }, START);
    for (const reason of ['disabled', 'pending'] as const) {
      expect(refused({ [reason]: true })).toEqual({
        verdict: { valid: false, reason },
        recorded: reason,
        change: null,
      });
    }
    expect(refused({ trustedDevices: false })).toEqual({
      verdict: UNKNOWN,
      recorded: 'trusted_devices_off',
      change: null,
    });
    expect(refused({ presented: null }).verdict).toEqual(UNKNOWN);
    expect(refused({ device: null }).verdict).toEqual(UNKNOWN);
  });

  it('says in the log alone why: its days are over, or the clock was ahead when it was made', () => {
    const over = useOf({ age: 0, uses: 3, sinceReplaced: 0, sinceTrusted: 30 * DAY_MS, days: 30 });
    expect(judgeDevice(over, START)).toMatchObject({ verdict: UNKNOWN, recorded: 'device_expired' });
    const ahead = useOf({ age: 0, uses: 0, sinceReplaced: 0, sinceTrusted: -DAY_MS, days: 30 });
    expect(judgeDevice(ahead, START)).toMatchObject({ verdict: UNKNOWN, recorded: 'clock_ahead' });
    const lost = useOf({ age: -1, uses: 3, sinceReplaced: 0, sinceTrusted: 0, days: 30 });
    expect(judgeDevice(lost, START)).toMatchObject({ recorded: 'device_unknown', change: null });
  });
});
