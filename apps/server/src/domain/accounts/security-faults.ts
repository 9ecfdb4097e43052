import { Fault } from '../errors.ts';

/** The refusals of an account's own second factor, and of what only a log-in may do. */

export function totpRequired(): Fault {
  return new Fault(
    'totp_required',
    'The password is right. Send the code of the authenticator app as totp, or a recoveryCode, with it.',
    { errors: [{ path: '/totp', message: 'is missing' }] },
  );
}

/** A used code reads like a wrong one, so that it tells a thief nothing. */
export function totpInvalid(): Fault {
  return new Fault(
    'totp_invalid',
    "That code isn't right, or was used before. Send the one that is shown now.",
    {
      errors: [{ path: '/totp', message: 'is not right, or was used before' }],
    },
  );
}

/** `retryAfter` in seconds; undefined when waiting does not help. */
export function totpLocked(retryAfter: number | undefined): Fault {
  return retryAfter === undefined
    ? new Fault('totp_locked', 'Too many wrong codes: codes are refused from now on. Use a recovery code.')
    : new Fault(
        'totp_locked',
        `Too many wrong codes. Try again in ${retryAfter} seconds, or use a recovery code.`,
        { retryAfterSeconds: retryAfter },
      );
}

export function recoveryCodeInvalid(): Fault {
  return new Fault('recovery_code_invalid', "That isn't one of your recovery codes, or it was used before.", {
    errors: [{ path: '/recoveryCode', message: 'is not right, or was used before' }],
  });
}

export function twoFactorOff(detail = 'This account does not use two-factor login.'): Fault {
  return new Fault('two_factor_off', detail);
}

export function twoFactorOn(): Fault {
  return new Fault(
    'two_factor_on',
    'This account uses two-factor login already. To change the authenticator, turn it off and on again.',
  );
}

/** The session of a token that is otherwise good has ended. */
export function sessionEnded(): Fault {
  return new Fault('token_invalid', 'This log-in has ended. Log in again with POST /api/auth/login.');
}
