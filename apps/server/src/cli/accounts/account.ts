/** What the commands on accounts share: who acts, and how an address and a password are taken. */
import { Value } from 'typebox/value';
import { isGuessable } from '../../crypto/password-guesses.ts';
import { normalizeEmail } from '../../domain/accounts/accounts.ts';
import { assertPassword, PASSWORD_MAX_LENGTH } from '../../domain/accounts/password-rules.ts';
import type { Change } from '../../domain/change.ts';
import { CLI_ORIGIN } from '../../domain/log/events.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../domain/time.ts';
import { Email, NewPassword } from '../../http/routes/schemas.ts';
import { askNewPassword } from '../lib/ask-password.ts';

/** Now, by the user who runs this command on the machine. */
export function byOperator(clock: Clock): Change {
  return { at: clock(), origin: CLI_ORIGIN };
}

/** The address in its one spelling; refuses what the HTTP API would refuse. */
export function accountEmail(text: string): string {
  if (!Value.Check(Email, text)) {
    throw new Error(`${JSON.stringify(text)} is not an e-mail address. Example: --email you@example.com`);
  }
  return normalizeEmail(text);
}

/** Asks for a password that the account with this address may have. */
export function newPasswordFor(email: string, fromStdin: boolean): Promise<Secret<string>> {
  return askNewPassword(fromStdin, async (password) => {
    if (!Value.Check(NewPassword, password.reveal())) {
      throw new Error(`The password has more than ${PASSWORD_MAX_LENGTH} characters.`);
    }
    await assertPassword(isGuessable, password, email);
  });
}
