import { Fault } from './errors.ts';
import type { Secret } from './secret.ts';

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters when the password is the only factor. */
export const PASSWORD_MIN_LENGTH = 15;
export const PASSWORD_MAX_LENGTH = 1_024;
const FEWEST_DIFFERENT_CHARACTERS = 5;

/**
 * Refuses what is too short or among the first guesses. No rule asks for kinds of characters: they make
 * passwords worse (SP 800-63B-4 §3.1.1.2). Faults: password_too_short, password_too_common.
 */
export function assertPassword(password: Secret<string>, email: string): void {
  const text = password.reveal().normalize('NFKC');
  const length = [...text].length;
  if (length < PASSWORD_MIN_LENGTH) {
    const message = `must have ${PASSWORD_MIN_LENGTH} characters or more`;
    throw new Fault('password_too_short', `The password ${message}. A sentence is fine.`, {
      errors: [{ path: '/password', message }],
    });
  }
  const folded = text.toLowerCase();
  if (isObvious(folded) || folded === email) {
    const message = 'is one of the first that an attacker tries';
    throw new Fault('password_too_common', `The password ${message}. A sentence of your own is fine.`, {
      errors: [{ path: '/password', message }],
    });
  }
}

/** Repetitions (`passwordpassword`), runs (`123456789012345`, `abcdefghijklmno`) and very few characters. */
function isObvious(text: string): boolean {
  if (new Set(text).size < FEWEST_DIFFERENT_CHARACTERS) return true;
  if (/^(.{1,10})\1+.{0,3}$/su.test(text)) return true;
  const RUNS = [
    '01234567890123456789012345678901234567890',
    'abcdefghijklmnopqrstuvwxyz',
    'qwertyuiopasdfghjklzxcvbnm',
  ];
  const backwards = [...text].reverse().join('');
  return RUNS.some((run) => run.includes(text) || run.includes(backwards));
}
