import { createHotpKey, type TotpParameters } from '@kanda/otp';
import type { SecretBox } from '../domain/clients/secret-box.ts';
import type { AuthenticatorKey } from '../domain/verdicts/decide.ts';
import type { AuthenticatorKeys } from '../domain/verdicts/ports.ts';
import { ClockCache } from './clock-cache.ts';

/** How many opened keys fit into 32 MB when all of them are of the largest kind (SHA-512). */
const DEFAULT_REMEMBERED_KEYS = 120_000;

/** Opens authenticators' secrets and remembers the last `capacity` of them, ready for computing codes. */
export function createAuthenticatorKeys(
  box: SecretBox,
  capacity: number = DEFAULT_REMEMBERED_KEYS,
): AuthenticatorKeys {
  const cache = new ClockCache<AuthenticatorKey>(capacity);
  const sharedParameters = new Map<string, TotpParameters>();

  /** One object for all authenticators with equal parameters, which nearly all of them have. */
  function shared({ algorithm, digits, period }: TotpParameters): TotpParameters {
    const name = `${algorithm} ${digits} ${period}`;
    const known = sharedParameters.get(name) ?? { algorithm, digits, period };
    sharedParameters.set(name, known);
    return known;
  }

  return {
    remembered(accountId, authenticatorId, secretVersion) {
      return cache.get(accountId, authenticatorId, secretVersion);
    },

    open(sealed) {
      const secret = box.open(sealed.dataKey, sealed, sealed.sealed);
      const parameters = shared(sealed.parameters);
      const opened: AuthenticatorKey = {
        // By the period and not by a column of its own: the seal is bound to it.
        method: parameters.period === 0 ? 'hotp' : 'totp',
        key: createHotpKey(secret, parameters.algorithm),
        parameters,
      };
      secret.fill(0);
      cache.set(sealed.accountId, sealed.authenticatorId, sealed.secretVersion, opened);
      return opened;
    },
  };
}
