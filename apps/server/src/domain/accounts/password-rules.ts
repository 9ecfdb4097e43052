import { Fault, type FaultCode } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { isCommonPassword } from './common-passwords.ts';
import type { Passwords } from './ports.ts';

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters when the password is the only factor. */
export const PASSWORD_MIN_LENGTH = 15;
export const PASSWORD_MAX_LENGTH = 1_024;
/** Names of the service itself, which SP 800-63B-4 §3.1.1.2 asks to refuse. */
const OWN_NAMES = ['kanda', 'totp'];
const MIN_NAME_LENGTH = 3;

/**
 * Refuses what is too short or among the first guesses. No rule asks for kinds of characters: they make
 * passwords worse (SP 800-63B-4 §3.1.1.2). Faults: password_too_short, password_too_common.
 *
 * @param isGuessable how passwords are judged; see `Passwords`
 * @param path of the password in the request
 */
export async function assertPassword(
  isGuessable: Passwords['isGuessable'],
  password: Secret<string>,
  email: string,
  path = '/password',
): Promise<void> {
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
  if (isCommonPassword(folded) || (await isGuessable(folded, ownWords(email.toLowerCase())))) {
    throw refusal(
      'password_too_common',
      path,
      'is one of the first that an attacker tries',
      'A sentence of your own is fine.',
    );
  }
}

/** What an attacker who knows the address tries first: the service, the address, its two sides, and their parts. */
function ownWords(email: string): string[] {
  const [local = '', domain = ''] = email.split('@');
  const parts = [email, local, domain, ...local.split(/[^\p{L}]+/u), ...domain.split('.').slice(0, -1)];
  return [...OWN_NAMES, ...parts.filter((part) => part.length >= MIN_NAME_LENGTH)];
}

function refusal(code: FaultCode, path: string, message: string, advice: string): Fault {
  return new Fault(code, `The password ${message}. ${advice}`, { errors: [{ path, message }] });
}
