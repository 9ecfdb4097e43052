import { t } from '../../texts/authenticators.ts';
import { counted } from '../../ui/time-words.ts';
import type { Authenticator, Diagnosis } from '../api.ts';
import { verdictWords } from '../problem-words.ts';
import { nameOf } from './authenticator-words.ts';

type Known = Pick<Authenticator, 'id' | 'name' | 'type' | 'period'>;

/** What a diagnosis has found, and what to do. */
export function diagnosisWords(
  { finding, steps = 0, authenticatorId, retryAfter }: Diagnosis,
  authenticators: readonly Known[],
  now = Date.now(),
): string {
  const one = authenticators.find(({ id }) => id === authenticatorId);
  const name = one === undefined ? t.theAuthenticator : nameOf(one);
  switch (finding) {
    case 'right_now':
      return t.rightNow(name);
    case 'behind':
    case 'ahead':
      return offWords(name, steps, one);
    case 'already_used':
      return t.alreadyUsed(name);
    case 'previous_secret':
      return t.previousSecret;
    case 'other_authenticator':
      return t.otherAuthenticator(name);
    case 'pending':
      return t.neverConfirmed(name);
    case 'wrong_algorithm':
      return t.wrongAlgorithm;
    case 'wrong_digits':
      return t.wrongDigits;
    case 'wrong_period':
      return t.wrongPeriod;
    case 'locked':
    case 'disabled':
      return verdictWords({ reason: finding, retryAfter }, now);
    case 'no_match':
      return t.noMatch;
  }
}

function offWords(name: string, steps: number, one: Known | undefined): string {
  const count = Math.abs(steps);
  if (one?.type === 'hotp') {
    return steps > 0 ? t.pressedUnused(name, counted(count, 'time')) : t.beforeAccepted(name);
  }
  const seconds = one?.period == null ? '' : ` (${counted(count * one.period, 'second')})`;
  const way = steps > 0 ? t.fast : t.slow;
  return t.clockOff(name, counted(count, 'step'), seconds, way);
}
