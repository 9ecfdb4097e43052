export { decodeBase32, encodeBase32 } from './base32.ts';
export { OtpError, type OtpErrorCode } from './error.ts';
export { createHotpKey, formatCode, type HotpKey, hotp } from './hotp.ts';
export {
  formatOtpauthUri,
  type OtpauthAccount,
  type OtpauthHotp,
  type OtpauthTotp,
  parseOtpauthUri,
} from './otpauth.ts';
export {
  ALGORITHMS,
  type Algorithm,
  assertParameters,
  DEFAULT_PARAMETERS,
  type Digits,
  type TotpParameters,
} from './parameters.ts';
export { matchingStep, parseCode, stepAt, stepStart, totp, windowAround } from './totp.ts';
