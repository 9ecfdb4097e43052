import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { Fault } from '../../domain/errors.ts';
import { accountEmail, byOperator, newPasswordFor } from './account.ts';

export interface ResetPasswordOptions {
  readonly email: string;
  readonly passwordStdin?: boolean;
}

/** Gives an account a new password and ends every token that it was given. */
export async function resetPassword(config: Config, options: ResetPasswordOptions): Promise<void> {
  const email = accountEmail(options.email);
  const { accounts, clock, store, close } = await openExisting(config);
  try {
    // Asked first, so that a mistyped address shows before the password is typed.
    if ((await store.findAccountByEmail(email)) === null) {
      throw new Fault(
        'account_not_found',
        `There is no account with the address ${email}. See which there are with: kanda account list`,
      );
    }
    const password = await newPasswordFor(email, options.passwordStdin === true);
    const account = await accounts.resetPassword({ email, password }, byOperator(clock));
    console.log(`userId  ${account.publicId}\nemail   ${account.email}`);
    console.error(
      'The password is changed. Every token of this account has ended, on a running server within 2 seconds. Its API keys still work and get new tokens; revoke those that others may hold.',
    );
  } finally {
    await close();
  }
}
