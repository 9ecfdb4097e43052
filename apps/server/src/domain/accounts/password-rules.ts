import { Fault, type FaultCode } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { isCommonPassword } from './common-passwords.ts';
import { unpredictableLength } from './password-patterns.ts';

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters when the password is the only factor. */
export const PASSWORD_MIN_LENGTH = 15;
export const PASSWORD_MAX_LENGTH = 1_024;
/** What is left when patterns are taken out must be at least as much as this many characters. */
const MIN_UNPREDICTABLE = 9;
const MIN_DISTINCT_CHARACTERS = 5;
/** Names of the service itself, which SP 800-63B-4 §3.1.1.2 asks to refuse. */
const OWN_NAMES = ['kanda', 'totp'];
const MIN_NAME_LENGTH = 3;

/**
 * Refuses what is too short or among the first guesses. No rule asks for kinds of characters: they make
 * passwords worse (SP 800-63B-4 §3.1.1.2). Faults: password_too_short, password_too_common.
 *
 * @param path of the password in the request
 */
export function assertPassword(password: Secret<string>, email: string, path = '/password'): void {
  const text = password.reveal().normalize('NFKC');
  if ([...text].length < PASSWORD_MIN_LENGTH) {
    throw refusal(
      'password_too_short',
      path,
      `must have ${PASSWORD_MIN_LENGTH} characters or more`,
      'A sentence is fine.',
    );
  }
  const folded = text.toLowerCase();
  if (followsPattern(folded, email.toLowerCase()) || isCommonPassword(folded)) {
    throw refusal(
      'password_too_common',
      path,
      'is one of the first that an attacker tries',
      'A sentence of your own is fine.',
    );
  }
}

/** Whether a password in lower case is what rules for guessing make, for an owner with this address. */
export function followsPattern(folded: string, email: string): boolean {
  if (folded === email || new Set(folded).size < MIN_DISTINCT_CHARACTERS) return true;
  const names = [...OWN_NAMES, ...namesIn(email)];
  return unpredictableLength(folded, names, MIN_UNPREDICTABLE) < MIN_UNPREDICTABLE;
}

/** What an attacker who knows the address tries first: its two sides, and their parts. */
function namesIn(email: string): string[] {
  const [local = '', domain = ''] = email.split('@');
  const parts = [local, domain, ...local.split(/[^\p{L}]+/u), ...domain.split('.').slice(0, -1)];
  return parts.filter((part) => part.length >= MIN_NAME_LENGTH);
}

function refusal(code: FaultCode, path: string, message: string, advice: string): Fault {
  return new Fault(code, `The password ${message}. ${advice}`, { errors: [{ path, message }] });
}
