import { expect, test } from 'vitest';
import {
  clockWarningWords,
  driftWords,
  kindWords,
  nameOf,
  pendingWords,
  refusalWords,
  resyncWords,
  titleOf,
} from '../src/dashboard/authenticators/authenticator-words.ts';

const TOTP = { type: 'totp', digits: 6, period: 30, algorithm: 'SHA1' } as const;
const HOTP = { type: 'hotp', digits: 6, period: null, algorithm: 'SHA1' } as const;

test('an authenticator has the name that its owner gave it, or its number', () => {
  expect(nameOf({ id: 'aut_17', name: 'Work phone' })).toBe('Work phone');
  expect(nameOf({ id: 'aut_17', name: null })).toBe('Authenticator 17');
});

test('one that is to take the place of another is its new secret', () => {
  const old = { id: 'aut_3', name: 'Work phone' };
  const one = { id: 'aut_4', name: 'Work phone', status: 'pending', replaces: 'aut_3' } as const;
  expect(titleOf(one, [old])).toBe('New secret of Work phone');
  expect(titleOf({ ...one, replaces: null }, [old])).toBe('Work phone');
});

test('its kind is an app or a token, and what a code looks like', () => {
  expect(kindWords(TOTP)).toBe('Authenticator app (TOTP): 6 digits, every 30 seconds, SHA1');
  expect(kindWords(HOTP)).toBe('Hardware token (HOTP): 6 digits at each press, SHA1');
});

test('its drift is fast or slow by steps and seconds, where it is followed', () => {
  expect(driftWords({ ...TOTP, drift: 2 }, true)).toBe('2 steps (60 seconds) fast');
  expect(driftWords({ ...TOTP, drift: -1 }, true)).toBe('1 step (30 seconds) slow');
  expect(driftWords({ ...TOTP, drift: 0 }, true)).toBe('none');
  // Zero says nothing about a clock that is not followed.
  expect(driftWords({ ...TOTP, drift: 0 }, false)).toBe('not followed');
  expect(driftWords({ ...HOTP, drift: 0 }, true)).toBeNull();
});

test('a pending one says until when it waits, for how many attempts, and what it replaces', () => {
  const expiresAt = new Date(2026, 10, 30, 14, 32).toISOString();
  const waiting = { expiresAt, attemptsLeft: 5, replaces: null };
  expect(pendingWords(waiting, [])).toBe('Waits for its first code until 14:32; 5 attempts left.');
  const old = { id: 'aut_3', name: 'Work phone' };
  expect(pendingWords({ ...waiting, attemptsLeft: 1, replaces: 'aut_3' }, [old])).toBe(
    'Waits for its first code until 14:32; 1 attempt left. It then takes the place of Work phone.',
  );
  expect(pendingWords({ ...waiting, replaces: 'all' }, [old])).toContain('takes the place of all others.');
  // What it was to replace is gone already.
  expect(pendingWords({ ...waiting, replaces: 'aut_4' }, [old])).not.toContain('takes the place');
});

test('a wrong first code says how many attempts are left, and the fifth that it is over', () => {
  const refused = { confirmed: false, reason: 'invalid_code' } as const;
  expect(refusalWords({ ...refused, attemptsLeft: 4 })).toMatch(
    /^That code didn't work\..* 4 attempts left\.$/,
  );
  expect(refusalWords({ ...refused, attemptsLeft: 0 })).toContain('this QR code no longer works');
  // A lock does not use an attempt up.
  expect(refusalWords({ confirmed: false, reason: 'locked', attemptsLeft: 4 })).not.toContain(
    'attempts left',
  );
});

test('a phone that was confirmed with its clock too far off is to be set', () => {
  const url = 'otpauth://totp/MyApp:alice?secret=JBSWY3DPEHPK3PXP&period=60';
  expect(clockWarningWords({ steps: 2 }, url)).toBe(
    'But the clock of this phone is 2 steps (120 seconds) fast, so its next codes will be refused. ' +
      'Set its date and time to automatic.',
  );
  expect(clockWarningWords({ steps: -2 }, url.replace('&period=60', ''))).toContain('60 seconds) slow');
});

test('two codes in a row tell how far a clock is off, or that they were not found', () => {
  expect(resyncWords({ resynced: true, drift: -3 }, TOTP)).toBe(
    'Found: its clock is 3 steps (90 seconds) slow.',
  );
  expect(resyncWords({ resynced: true, drift: 0 }, TOTP)).toBe('Found: its clock is right.');
  expect(resyncWords({ resynced: true }, HOTP)).toContain('Its counter is found');
  expect(resyncWords({ resynced: false, reason: 'drift_too_large', drift: 15 }, TOTP)).toContain(
    '15 steps (450 seconds) fast, which is more than Kanda follows',
  );
  expect(resyncWords({ resynced: false, reason: 'invalid_code' }, TOTP)).toContain('two consecutive codes');
  expect(resyncWords({ resynced: false, reason: 'disabled' }, TOTP)).toContain('disabled');
});
