import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { Fault } from '../../domain/errors.ts';
import { accountEmail, byOperator } from './account.ts';

export interface DisableTwoFactorOptions {
  readonly email: string;
}

/** Turns two-factor login of an account off, for who has lost phone and recovery codes. */
export async function disableTwoFactor(config: Config, options: DisableTwoFactorOptions): Promise<void> {
  const email = accountEmail(options.email);
  const { twoFactor, clock, close } = await openExisting(config);
  try {
    const account = await twoFactor.disableFor(email, byOperator(clock)).catch((error: unknown) => {
      throw inWordsForOperators(error, email);
    });
    console.log(`userId  ${account.publicId}\nemail   ${account.email}`);
    console.error(
      'Two-factor login is off: the next log-in needs the password alone. Its log-ins go on; if the account may be in wrong hands, end them with: kanda account reset-password',
    );
  } finally {
    await close();
  }
}

function inWordsForOperators(error: unknown, email: string): unknown {
  if (!(error instanceof Fault)) return error;
  if (error.code === 'account_not_found') {
    return new Error(
      `There is no account with the address ${email}. See which there are with: kanda account list`,
    );
  }
  if (error.code === 'two_factor_off') {
    return new Error(`${email} does not use two-factor login. Nothing was changed.`);
  }
  return error;
}
