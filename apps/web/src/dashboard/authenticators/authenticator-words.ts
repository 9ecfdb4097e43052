import { t } from '../../texts/authenticators.ts';
import { clockTime, counted } from '../../ui/time-words.ts';
import type { Authenticator, Confirmation, Resync } from '../api.ts';
import { verdictWords } from '../problem-words.ts';

type ClockWarning = NonNullable<Confirmation['clockWarning']>;
type Named = Pick<Authenticator, 'id' | 'name'>;

/** What its owner calls it; without a name, something to tell it from the others by. */
export function nameOf({ id, name }: Named): string {
  return name ?? t.unnamed(id.replace('aut_', ''));
}

/** The same, or for one that is to take another's place: "New secret of Work phone". */
export function titleOf(
  one: Named & Pick<Authenticator, 'replaces' | 'status'>,
  others: readonly Named[],
): string {
  const old = one.status === 'pending' ? others.find(({ id }) => id === one.replaces) : undefined;
  return old === undefined ? nameOf(one) : t.newSecretOf(nameOf(old));
}

/** "Authenticator app (TOTP): 6 digits, every 30 seconds, SHA1" */
export function kindWords({
  type,
  digits,
  period,
  algorithm,
}: Pick<Authenticator, 'type' | 'digits' | 'period' | 'algorithm'>): string {
  return type === 'hotp' || period === null ? t.hotp(digits, algorithm) : t.totp(digits, period, algorithm);
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
  if (drift === 0) return isFollowed ? t.noDrift : t.notFollowed;
  return stepsWords(drift, period);
}

function stepsWords(drift: number, period: number): string {
  const steps = Math.abs(drift);
  return `${counted(steps, 'step')} (${counted(steps * period, 'second')}) ${drift > 0 ? t.fast : t.slow}`;
}

/** What a pending authenticator waits for, and what happens then. */
export function pendingWords(
  { expiresAt, attemptsLeft, replaces }: Pick<Authenticator, 'expiresAt' | 'attemptsLeft' | 'replaces'>,
  others: readonly Named[],
): string {
  const until = expiresAt === null ? '' : t.untilTime(clockTime(Date.parse(expiresAt)));
  const attempts = attemptsLeft === null ? '' : t.attemptsLeft(counted(attemptsLeft, 'attempt'));
  const old = others.find(({ id }) => id === replaces);
  const place = replaces === 'all' ? t.allOthers : old === undefined ? null : nameOf(old);
  const then = place === null ? '' : t.thenTakesPlace(place);
  return t.waitsForCode(until, attempts, then);
}

/** Why the first code did not confirm it. */
export function refusalWords(refused: Confirmation, now = Date.now()): string {
  const { attemptsLeft, reason } = refused;
  if (attemptsLeft === 0) {
    return t.fifthWrong;
  }
  const words = verdictWords(refused, now);
  const isCounted = reason === 'invalid_code' || reason === 'code_already_used';
  return isCounted && attemptsLeft !== undefined
    ? t.refusedLeft(words, counted(attemptsLeft, 'attempt'))
    : words;
}

/**
 * What to do about the clock of a phone whose codes will be refused.
 * @param otpauthUrl of the authenticator, which has its period
 */
export function clockWarningWords({ steps }: ClockWarning, otpauthUrl: string): string {
  const period = Number(new URL(otpauthUrl).searchParams.get('period') ?? 30);
  return t.clockWarning(stepsWords(steps, period));
}

/** What two codes in a row have shown about an authenticator. */
export function resyncWords(
  answer: Resync,
  { type, period }: Pick<Authenticator, 'type' | 'period'>,
  now = Date.now(),
): string {
  const { resynced, reason, retryAfter, drift = 0 } = answer;
  const off = drift === 0 || period === null ? t.clockRight : stepsWords(drift, period);
  if (resynced) {
    return type === 'hotp' ? t.counterFound : t.clockFound(off);
  }
  if (reason === 'drift_too_large') {
    return t.driftTooLarge(off);
  }
  if (reason === 'invalid_code') {
    return t.notFoundResync;
  }
  return verdictWords({ reason, retryAfter }, now);
}
