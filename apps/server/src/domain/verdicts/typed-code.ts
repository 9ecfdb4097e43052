import { type Digits, parseCode } from '@kanda/otp';
import { Fault } from '../errors.ts';

/** A code as it was typed: its digits are those of some of the client's authenticators. */
export interface TypedCode {
  readonly value: number;
  readonly digits: Digits;
}

/** The field of a request that a code was in, as a JSON pointer. */
export type CodePath = '/token' | '/tokens/0' | '/tokens/1' | '/proof/token';

/** The code that was typed; null if it is not a code of `digits` digits. */
export function parseTyped(typed: string, digits: Digits): TypedCode | null {
  const value = parseCode(typed, digits);
  return value === null ? null : { value, digits };
}

/**
 * The code that was typed.
 *
 * @param lengths how many digits the codes have that it may be
 * @throws {Fault} totp_code_malformed, for the field at `path`
 */
export function readTyped(typed: string, lengths: readonly Digits[], path: CodePath): TypedCode {
  for (const digits of lengths) {
    const code = parseTyped(typed, digits);
    if (code !== null) return code;
  }
  throw codeMalformed(lengths, path);
}

export function codeMalformed(lengths: readonly Digits[], path: CodePath): Fault {
  const message = `must be exactly ${[...new Set(lengths)].join(' or ')} digits for this user`;
  return new Fault('totp_code_malformed', `The code ${message}. Nothing was checked and nothing counted.`, {
    errors: [{ path, message }],
  });
}
