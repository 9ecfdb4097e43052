import { Problem } from '../api/problem.ts';
import { clockTime, waitTime } from '../ui/time-words.ts';

/** What went wrong, for the person at the screen. `now` in ms. */
export function problemWords(error: unknown, now = Date.now()): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : 'Something went wrong.';
  switch (error.code) {
    case 'credentials_invalid':
      return "That e-mail and password don't match.";
    case 'totp_invalid':
      return "That code didn't work. Wait for a new one. If it keeps failing, set the phone's clock to automatic.";
    case 'recovery_code_invalid':
      return "That recovery code didn't work. Each is good once.";
    case 'email_taken':
      return 'There is an account with this e-mail already. Sign in instead.';
    case 'registration_closed':
      return "Registration is closed. Ask the server's operator for an account.";
    default:
  }
  if (error.status === 429) {
    return error.retryAfter === null
      ? 'Too many attempts. Try again later.'
      : `Too many attempts. ${tryAgain(error.retryAfter, now)}`;
  }
  return error.message;
}

/** Why a code was not accepted. */
export function verdictWords(
  verdict: { reason?: string | undefined; retryAfter?: number | undefined },
  now = Date.now(),
): string {
  switch (verdict.reason) {
    case 'locked':
      return verdict.retryAfter === undefined
        ? 'Too many wrong codes. This user is locked until you unlock them.'
        : `Too many wrong codes. Try again in ${waitTime(verdict.retryAfter)} (${clockTime(now + verdict.retryAfter * 1000)}), or unlock this user.`;
    case 'disabled':
      return 'This user is disabled. Enable them to accept their codes again.';
    case 'code_already_used':
      return 'Already accepted once. That is the protection. Wait for a new code.';
    default:
      return "That code didn't work. Wait for a new one. If it keeps failing, set the phone's clock to automatic.";
  }
}

function tryAgain(seconds: number, now: number): string {
  return seconds < 90
    ? `Try again in ${waitTime(seconds)}.`
    : `Try again in ${waitTime(seconds)} (${clockTime(now + seconds * 1000)}).`;
}
