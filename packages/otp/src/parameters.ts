import { OtpError } from './error.ts';

/** The HMAC hashes of RFC 6238 §1.2, spelled as `otpauth` URIs spell them. */
export type Algorithm = 'SHA1' | 'SHA256' | 'SHA512';

/** All algorithms, the one that every authenticator app knows first. */
export const ALGORITHMS: readonly Algorithm[] = Object.freeze(['SHA1', 'SHA256', 'SHA512'] as const);

/** Length of a code in decimal digits. */
export type Digits = 6 | 8;

/** What both sides must agree on besides the secret. */
export interface TotpParameters {
  algorithm: Algorithm;
  digits: Digits;
  /** Length of a step in whole seconds, at least 1 (RFC 6238 §4.1 calls it X). */
  period: number;
}

/** What an authenticator app assumes when a URI leaves a parameter out. */
export const DEFAULT_PARAMETERS: Readonly<TotpParameters> = Object.freeze({
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
});

/**
 * Checks parameters that come from outside the type system.
 *
 * The period may be any whole number of seconds from 1 on; a narrower range is the caller's policy.
 *
 * @throws {OtpError} `invalid_parameter`, naming the parameter that is wrong
 */
export function assertParameters(parameters: TotpParameters): void {
  assertAlgorithm(parameters.algorithm);
  assertDigits(parameters.digits);
  assertPeriod(parameters.period);
}

/** @throws {OtpError} `invalid_parameter` unless `algorithm` is one of {@link ALGORITHMS} */
export function assertAlgorithm(algorithm: Algorithm): void {
  if (!ALGORITHMS.includes(algorithm)) {
    throw new OtpError('invalid_parameter', `algorithm must be one of ${ALGORITHMS.join(', ')}`);
  }
}

/** @throws {OtpError} `invalid_parameter` unless `digits` is 6 or 8 */
export function assertDigits(digits: Digits): void {
  if (digits !== 6 && digits !== 8) {
    throw new OtpError('invalid_parameter', 'digits must be 6 or 8');
  }
}

/** @throws {OtpError} `invalid_parameter` unless `period` is a whole number of seconds, at least 1 */
export function assertPeriod(period: number): void {
  if (!Number.isSafeInteger(period) || period < 1) {
    throw new OtpError('invalid_parameter', 'period must be a whole number of seconds, at least 1');
  }
}
