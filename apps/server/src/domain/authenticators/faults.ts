import { Fault } from '../errors.ts';
import { inPercent, MAX_YEARLY_ODDS } from '../verdicts/odds.ts';

export function authenticatorNotFound(): Fault {
  return new Fault(
    'authenticator_not_found',
    'This user has no authenticator with this id. GET …/authenticators lists those that it has.',
  );
}

export function nothingToConfirm(): Fault {
  return new Fault(
    'authenticator_not_found',
    'This user has no authenticator to confirm: it was confirmed already, expired, or ended by wrong codes.',
  );
}

export function lastAuthenticator(): Fault {
  return new Fault(
    'authenticator_last',
    'This is the only confirmed authenticator of the user. Rotate the secret, add another one first, or delete the user.',
  );
}

export function driftNotFollowed(): Fault {
  return new Fault(
    'drift_not_followed',
    'The policy of this account does not follow the drift of clocks, so this would change nothing. ' +
      "Set the authenticator's clock, or followDrift with PUT /api/policy.",
  );
}

/** @param odds of a year, from 0 to 1, with this authenticator */
export function authenticatorOdds(odds: number): Fault {
  return new Fault(
    'authenticator_odds',
    `With this authenticator, a year of guesses at the user's codes would succeed with a chance of ${inPercent(odds)}; ` +
      `${inPercent(MAX_YEARLY_ODDS)} is allowed. Remove another one, or lower skew, lookAhead or dailyFailures of the policy.`,
  );
}

/** @param most how many the account's policy allows */
export function tooManyAuthenticators(most: number): Fault {
  return new Fault(
    'authenticator_quota_exceeded',
    `The policy allows a user ${most} authenticators, pending ones included (maxAuthenticators). Remove one first.`,
  );
}

/** Where the proof was not looked at, a next one would be refused as well. */
const PROOF_REFUSED: Readonly<Record<string, string>> = {
  locked:
    'Nothing was changed: too many wrong codes were sent for this user, so the proof was not looked at. Wait for Retry-After seconds, or unlock the user.',
  disabled:
    'Nothing was changed: this user is disabled, so the proof was not looked at. Enable the user first.',
  pending:
    'Nothing was changed: this user has no confirmed authenticator, so there is nothing that a proof could be of.',
};

/**
 * @param reason of the verdict on the proof
 * @param retryAfterSeconds when the client is in a delay, which a proof does not shorten
 */
export function proofInvalid(reason: string | undefined, retryAfterSeconds?: number): Fault {
  return new Fault(
    'proof_invalid',
    PROOF_REFUSED[reason ?? ''] ??
      'Nothing was changed: the proof is not a right and unused code of this user. Ask the user for the next one.',
    {
      errors: [{ path: '/proof', message: 'was not accepted' }],
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  );
}
