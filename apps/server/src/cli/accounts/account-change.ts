import { openExisting } from '../../compose/existing-installation.ts';
import type { Installation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import type { Account } from '../../domain/accounts/account.ts';
import { Fault } from '../../domain/errors.ts';
import { accountEmail, byOperator } from './account.ts';
import { shownAccount } from './shown-account.ts';

export interface AccountChangeOptions {
  readonly email: string;
  readonly json?: boolean;
}

/** Gives an account another address. */
export function changeEmail(
  config: Config,
  options: AccountChangeOptions & { readonly new: string },
): Promise<void> {
  const address = accountEmail(options.new);
  return changeAccount(
    config,
    options,
    ({ store, clock }, { id }) => store.setEmail(id, address, byOperator(clock)),
    'The next log-in needs the new address. Password, log-ins and API keys stay as they are.',
  );
}

/** Refuses log-ins and keys of an account, or accepts them again. */
export function setDisabled(config: Config, disabled: boolean, options: AccountChangeOptions): Promise<void> {
  return changeAccount(
    config,
    options,
    ({ store, clock }, { id }) => store.setAccountDisabled(id, disabled, byOperator(clock)),
    disabled
      ? 'Every log-in and token has ended, on a running server within 2 seconds, and its API keys are refused: no code of its users is checked. To undo it: kanda account enable'
      : 'Its API keys are accepted again. Users of the dashboard log in anew.',
  );
}

/** Lets an account see the status of the installation, or no longer. */
export function setOperator(
  config: Config,
  options: AccountChangeOptions & { readonly revoke?: boolean },
): Promise<void> {
  const operator = options.revoke !== true;
  return changeAccount(
    config,
    options,
    ({ store, clock }, { id }) => store.setOperator(id, operator, byOperator(clock)),
    operator
      ? 'Its dashboard has the page Server now. Reload one that is open.'
      : 'Its dashboard no longer has the page Server.',
  );
}

async function changeAccount(
  config: Config,
  options: AccountChangeOptions,
  make: (installation: Installation, account: Account) => Promise<Account>,
  remark: string,
): Promise<void> {
  const email = accountEmail(options.email);
  const installation = await openExisting(config);
  try {
    const present = await existingAccount(installation, email);
    const account = await make(installation, present).catch((error: unknown) => {
      throw inWordsForOperators(error);
    });
    const shown = shownAccount(account);
    if (options.json === true) console.log(JSON.stringify(shown));
    else console.log(`userId  ${shown.userId}\nemail   ${shown.email}`);
    console.error(remark);
  } finally {
    await installation.close();
  }
}

/** The account with this address. @throws for people, when there is none */
export async function existingAccount({ store }: Installation, email: string): Promise<Account> {
  const account = await store.findAccountByEmail(email);
  if (account !== null) return account;
  throw new Error(
    `There is no account with the address ${email}. See which there are with: kanda account list`,
  );
}

function inWordsForOperators(error: unknown): unknown {
  return error instanceof Fault && error.code === 'email_taken' ? new Error(error.detail) : error;
}
