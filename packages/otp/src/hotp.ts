import { OtpError } from './error.ts';
import { algorithmOf, authenticate, type HmacState, precompute } from './hmac.ts';
import { type Algorithm, assertAlgorithm, assertDigits, type Digits } from './parameters.ts';

const REDACTED = '[redacted]';

let stateOf: (key: HotpKey) => HmacState;

/**
 * A secret made ready for computing codes; see {@link createHotpKey}. It is worth as much as the secret, so it
 * is never shown: printing, logging or serializing it gives `[redacted]`.
 */
export class HotpKey {
  readonly #state: HmacState;

  /** @internal */
  constructor(state: HmacState) {
    this.#state = state;
  }

  static {
    stateOf = (key) => key.#state;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/**
 * Makes a secret ready for many codes: does the half of HMAC's work that depends on the secret alone.
 *
 * @param secret the shared secret, at least 1 byte; not kept. RFC 4226 §4 R6 asks for 16 bytes or more, which
 *   is left to the caller because secrets of 10 bytes are in use and have to be imported.
 * @throws {OtpError} `invalid_parameter` for an empty secret or an unknown algorithm
 */
export function createHotpKey(secret: Uint8Array, algorithm: Algorithm): HotpKey {
  assertAlgorithm(algorithm);
  if (secret.length === 0) throw new OtpError('invalid_parameter', 'the secret must not be empty');
  return new HotpKey(precompute(secret, algorithm));
}

/** The algorithm that a key was made for. */
export function keyAlgorithm(key: HotpKey): Algorithm {
  return algorithmOf(stateOf(key));
}

const message = new Uint8Array(8);

/**
 * The code for one counter value (RFC 4226 §5.3). Keeps nothing, and allocates nothing for SHA-1 and SHA-256.
 *
 * @param counter a safe integer, at least 0
 * @returns the code as a number below 10^digits; {@link formatCode} makes the text that people type
 * @throws {OtpError} `invalid_parameter` for any other counter or number of digits
 */
export function hotp(key: HotpKey, counter: number, digits: Digits): number {
  assertDigits(digits);
  writeCounter(counter);
  return truncate(authenticate(stateOf(key), message)) % (digits === 6 ? 1_000_000 : 100_000_000);
}

/** The counter as 64 bits, high byte first (RFC 4226 §5.1). Shifts see 32 bits, so the halves are split first. */
function writeCounter(counter: number): void {
  if (!Number.isSafeInteger(counter) || counter < 0) {
    throw new OtpError('invalid_parameter', 'the counter must be a safe integer, at least 0');
  }
  const high = Math.floor(counter / 2 ** 32);
  const low = counter >>> 0;
  message[0] = high >>> 24;
  message[1] = high >>> 16;
  message[2] = high >>> 8;
  message[3] = high;
  message[4] = low >>> 24;
  message[5] = low >>> 16;
  message[6] = low >>> 8;
  message[7] = low;
}

/**
 * Dynamic truncation (RFC 4226 §5.3): the last four bits of the tag say where to read 31 bits. For the longer
 * tags of SHA-256 and SHA-512 it is the last byte too, as in the reference code of RFC 6238, appendix A.
 */
export function truncate(tag: Uint8Array): number {
  const offset = at(tag, tag.length - 1) & 0x0f;
  return (
    ((at(tag, offset) & 0x7f) << 24) |
    (at(tag, offset + 1) << 16) |
    (at(tag, offset + 2) << 8) |
    at(tag, offset + 3)
  );
}

function at(tag: Uint8Array, index: number): number {
  return tag[index] as number;
}

/**
 * Writes a code as people type it: decimal, padded with zeros on the left.
 *
 * @param value an integer, at least 0 and below 10^digits
 * @throws {OtpError} `invalid_parameter` for a value that does not fit, or a wrong number of digits
 */
export function formatCode(value: number, digits: Digits): string {
  assertDigits(digits);
  if (!Number.isInteger(value) || value < 0 || value >= 10 ** digits) {
    throw new OtpError('invalid_parameter', `a code of ${digits} digits is an integer below 10^${digits}`);
  }
  return String(value).padStart(digits, '0');
}
