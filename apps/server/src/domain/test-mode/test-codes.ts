import { createHotpKey, formatCode, hotp, stepAt, stepStart, totp } from '@kanda/otp';
import type { OpenedAuthenticator } from './ports.ts';

/** What an authenticator shows. */
export interface ShownCode {
  readonly code: string;
  /** ms since the epoch: when it shows the next one; null: when it is asked for the next one (HOTP). */
  readonly stepEndsAt: number | null;
}

/**
 * The code that an authenticator shows at `now` (ms), by a clock that is right (RFC 6238 §4.2); for HOTP the one after the
 * last that was used (RFC 4226 §7.2). Nothing is used up.
 */
export function shownCode({ parameters, secret, watermark }: OpenedAuthenticator, now: number): ShownCode {
  const key = createHotpKey(secret, parameters.algorithm);
  const { period, digits } = parameters;
  if (period === 0) return { code: formatCode(hotp(key, watermark + 1, digits), digits), stepEndsAt: null };
  return { code: totp(key, now, parameters), stepEndsAt: stepStart(stepAt(now, period) + 1, period) };
}
