/** What went wrong: one code per kind of refusal in this package. */
export type OtpErrorCode = 'invalid_base32' | 'invalid_parameter' | 'invalid_uri';

/**
 * The only error this package throws on purpose.
 *
 * The message is for people. It never quotes the input, so that a secret cannot reach a log through it.
 */
export class OtpError extends Error {
  override readonly name = 'OtpError';
  readonly code: OtpErrorCode;

  constructor(code: OtpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
