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
  const name = one === undefined ? 'The authenticator' : nameOf(one);
  switch (finding) {
    case 'right_now':
      return `The code is right and unused (${name}). The user may have mistyped it: let them try again.`;
    case 'behind':
    case 'ahead':
      return offWords(name, steps, one);
    case 'already_used':
      return `The code was right and has been used (${name}). Each is good once: wait for the next one.`;
    case 'previous_secret':
      return 'The code is from a secret that was replaced: the app still shows the old entry. Delete it there and use the newer one, or rotate the secret and scan it.';
    case 'other_authenticator':
      return `The code is from ${name}, not from the one that was asked about.`;
    case 'pending':
      return `The code is right, but ${name} was never confirmed. Finish its enrolment with a first code.`;
    case 'wrong_algorithm':
      return 'The app ignores the algorithm in the QR code. Enrol the user with SHA1, or use another app.';
    case 'wrong_digits':
      return 'The app ignores the number of digits in the QR code. Enrol the user with 6, or use another app.';
    case 'wrong_period':
      return 'The app ignores the period in the QR code. Enrol the user with 30 seconds, or use another app.';
    case 'locked':
    case 'disabled':
      return verdictWords({ reason: finding, retryAfter }, now);
    case 'no_match':
      return 'No authenticator of this user shows this code, within an hour of now. The app may have a very old entry, or that of another account: rotate the secret.';
  }
}

function offWords(name: string, steps: number, one: Known | undefined): string {
  const count = Math.abs(steps);
  if (one?.type === 'hotp') {
    return steps > 0
      ? `${name} was pressed ${counted(count, 'time')} without a login. Resync it with two codes.`
      : `The code is from before the last accepted one (${name}). Press for a new one.`;
  }
  const seconds = one?.period == null ? '' : ` (${counted(count * one.period, 'second')})`;
  const way = steps > 0 ? 'fast' : 'slow';
  return `The clock of ${name} is ${counted(count, 'step')}${seconds} ${way}. Set the date and time of the phone to automatic.`;
}
