import { Problem } from '../api/problem.ts';
import { t } from '../texts/problems.ts';
import { clockTime, waitTime } from '../ui/time-words.ts';

/** What went wrong, for the person at the screen. `now` in ms. */
export function problemWords(error: unknown, now = Date.now()): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : t.somethingWrong;
  switch (error.code) {
    case 'credentials_invalid':
      return t.credentialsInvalid;
    case 'totp_invalid':
      return t.codeInvalid;
    case 'recovery_code_invalid':
      return t.recoveryCodeInvalid;
    case 'email_taken':
      return t.emailTaken;
    case 'registration_closed':
      return t.registrationClosed;
    default:
  }
  if (error.status === 429) {
    return error.retryAfter === null ? t.tooManyTryLater : t.tooMany(tryAgain(error.retryAfter, now));
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
        ? t.lockedUntilUnlocked
        : t.lockedUntil(waitTime(verdict.retryAfter), clockTime(now + verdict.retryAfter * 1000));
    case 'disabled':
      return t.userDisabled;
    case 'code_already_used':
      return t.acceptedOnce;
    default:
      return t.codeInvalid;
  }
}

function tryAgain(seconds: number, now: number): string {
  return seconds < 90
    ? t.tryAgainIn(waitTime(seconds))
    : t.tryAgainAt(waitTime(seconds), clockTime(now + seconds * 1000));
}
