import { clockTime, counted } from '../../ui/time-words.ts';
import type { Authenticator, Confirmation, Resync } from '../api.ts';
import { verdictWords } from '../problem-words.ts';

type ClockWarning = NonNullable<Confirmation['clockWarning']>;
type Named = Pick<Authenticator, 'id' | 'name'>;

/** What its owner calls it; without a name, something to tell it from the others by. */
export function nameOf({ id, name }: Named): string {
  return name ?? `Authenticator ${id.replace('aut_', '')}`;
}

/** The same, or for one that is to take another's place: "New secret of Work phone". */
export function titleOf(
  one: Named & Pick<Authenticator, 'replaces' | 'status'>,
  others: readonly Named[],
): string {
  const old = one.status === 'pending' ? others.find(({ id }) => id === one.replaces) : undefined;
  return old === undefined ? nameOf(one) : `New secret of ${nameOf(old)}`;
}

/** "Authenticator app (TOTP): 6 digits, every 30 seconds, SHA1" */
export function kindWords({
  type,
  digits,
  period,
  algorithm,
}: Pick<Authenticator, 'type' | 'digits' | 'period' | 'algorithm'>): string {
  return type === 'hotp' || period === null
    ? `Hardware token (HOTP): ${digits} digits at each press, ${algorithm}`
    : `Authenticator app (TOTP): ${digits} digits, every ${period} seconds, ${algorithm}`;
}

/**
 * How far its clock is off, as far as Kanda knows; null for what has no clock.
 * @param isFollowed whether the account's policy follows drift
 */
export function driftWords(
  { type, drift, period }: Pick<Authenticator, 'type' | 'drift' | 'period'>,
  isFollowed: boolean,
): string | null {
  if (type === 'hotp' || period === null) return null;
  if (drift === 0) return isFollowed ? 'none' : 'not followed';
  return stepsWords(drift, period);
}

function stepsWords(drift: number, period: number): string {
  const steps = Math.abs(drift);
  return `${counted(steps, 'step')} (${counted(steps * period, 'second')}) ${drift > 0 ? 'fast' : 'slow'}`;
}

/** What a pending authenticator waits for, and what happens then. */
export function pendingWords(
  { expiresAt, attemptsLeft, replaces }: Pick<Authenticator, 'expiresAt' | 'attemptsLeft' | 'replaces'>,
  others: readonly Named[],
): string {
  const until = expiresAt === null ? '' : ` until ${clockTime(Date.parse(expiresAt))}`;
  const attempts = attemptsLeft === null ? '' : `; ${counted(attemptsLeft, 'attempt')} left`;
  const old = others.find(({ id }) => id === replaces);
  const place = replaces === 'all' ? 'all others' : old === undefined ? null : nameOf(old);
  const then = place === null ? '' : ` It then takes the place of ${place}.`;
  return `Waits for its first code${until}${attempts}.${then}`;
}

/** Why the first code did not confirm it. */
export function refusalWords(refused: Confirmation, now = Date.now()): string {
  const { attemptsLeft, reason } = refused;
  if (attemptsLeft === 0) {
    return 'That was the fifth wrong code, so this QR code no longer works. Remove it from the app and begin again.';
  }
  const words = verdictWords(refused, now);
  const isCounted = reason === 'invalid_code' || reason === 'code_already_used';
  return isCounted && attemptsLeft !== undefined
    ? `${words} ${counted(attemptsLeft, 'attempt')} left.`
    : words;
}

/**
 * What to do about the clock of a phone whose codes will be refused.
 * @param otpauthUrl of the authenticator, which has its period
 */
export function clockWarningWords({ steps }: ClockWarning, otpauthUrl: string): string {
  const period = Number(new URL(otpauthUrl).searchParams.get('period') ?? 30);
  return `But the clock of this phone is ${stepsWords(steps, period)}, so its next codes will be refused. Set its date and time to automatic.`;
}

/** What two codes in a row have shown about an authenticator. */
export function resyncWords(
  answer: Resync,
  { type, period }: Pick<Authenticator, 'type' | 'period'>,
  now = Date.now(),
): string {
  const { resynced, reason, retryAfter, drift = 0 } = answer;
  const off = drift === 0 || period === null ? 'right' : stepsWords(drift, period);
  if (resynced) {
    return type === 'hotp' ? 'Its counter is found. Its codes work again.' : `Found: its clock is ${off}.`;
  }
  if (reason === 'drift_too_large') {
    return `Its clock is ${off}, which is more than Kanda follows. Set the clock of the phone to automatic.`;
  }
  if (reason === 'invalid_code') {
    return 'Not found. Are these two consecutive codes of this authenticator? Its clock or counter may also be further off.';
  }
  return verdictWords({ reason, retryAfter }, now);
}
