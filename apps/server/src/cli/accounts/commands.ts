import type { Command } from 'commander';
import { addCommand as add } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda account` and what is under it. */
export function addAccount(program: Command, env: Environment): void {
  const account = add(program, 'account', 'Create, list, disable and delete accounts; new passwords.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
All of them work while a server runs on the same data directory.

Examples:
  kanda account create --email you@example.com --with-key "web shop"
  kanda account list
  kanda account reset-password --email you@example.com
  kanda account disable --email you@example.com`,
    );

  addCreate(account, env);
  addList(account, env);
  addResetPassword(account, env);
  addDisableTwoFactor(account, env);
  addEmail(account, env);
  addDisable(account, env);
  addEnable(account, env);
  addOperator(account, env);
  addDelete(account, env);
}

/** A command on one account, which its address names. */
function onAccount(parent: Command, name: string, description: string): Command {
  return add(parent, name, description)
    .requiredOption('--email <address>', "The account's e-mail address.")
    .option('--json', 'Print one JSON object.');
}

function addEmail(account: Command, env: Environment): void {
  const email = onAccount(account, 'email', 'Give an account another e-mail address.').requiredOption(
    '--new <address>',
    'The new address, to sign in with from now on.',
  );
  withSettings(email, STORE_FLAGS)
    .addHelpText(
      'after',
      `
Password, log-ins, API keys and users stay as they are.

Example:
  kanda account email --email you@example.com --new me@example.com`,
    )
    .action(async (options) => {
      const { changeEmail } = await import('./account-change.ts');
      await changeEmail(settingsOf(options, env), options);
    });
}

function addDisable(account: Command, env: Environment): void {
  withSettings(onAccount(account, 'disable', 'Refuse log-ins and API keys of an account.'), STORE_FLAGS)
    .addHelpText(
      'after',
      `
Every log-in and token ends, on a running server within 2 seconds, and the API
keys are refused, those of the test half too: no code of its users is checked.
Nothing is deleted: kanda account enable undoes it.

Example:
  kanda account disable --email you@example.com`,
    )
    .action(async (options) => {
      const { setDisabled } = await import('./account-change.ts');
      await setDisabled(settingsOf(options, env), true, options);
    });
}

function addEnable(account: Command, env: Environment): void {
  withSettings(onAccount(account, 'enable', 'Accept log-ins and API keys again.'), STORE_FLAGS)
    .addHelpText('after', '\nExample:\n  kanda account enable --email you@example.com')
    .action(async (options) => {
      const { setDisabled } = await import('./account-change.ts');
      await setDisabled(settingsOf(options, env), false, options);
    });
}

function addOperator(account: Command, env: Environment): void {
  const operator = onAccount(account, 'operator', 'Let an account see the status of this server.').option(
    '--revoke',
    'Take that away again.',
  );
  withSettings(operator, STORE_FLAGS)
    .addHelpText(
      'after',
      `
Its dashboard gets a page, Server, with version, store, disk, backups, clocks,
master key and checkpoints, and what to do about what is wrong. Getting started
has the steps of the installation, too. It sees nothing of other accounts. The
first account has the mark, unless it signed up with KANDA_REGISTRATION=open.

Examples:
  kanda account operator --email you@example.com
  kanda account operator --email you@example.com --revoke`,
    )
    .action(async (options) => {
      const { setOperator } = await import('./account-change.ts');
      await setOperator(settingsOf(options, env), options);
    });
}

function addDelete(account: Command, env: Environment): void {
  const deletion = onAccount(account, 'delete', 'Delete an account with all that it holds.').option(
    '--yes',
    'Do not ask for the address again.',
  );
  withSettings(deletion, STORE_FLAGS)
    .addHelpText(
      'after',
      `
Deletes the address, the password, log-ins, API keys, two-factor login, users
with their secrets, and the test half. Tokens end on a running server within 2
seconds. There is no way back but a restore, and backups keep what they have.

The log stays, so that it can still be verified: ids of users, addresses that
calls came from and user agents, until KANDA_LOG_RETENTION removes them. The
address of the account is not in it.

Examples:
  kanda account delete --email you@example.com
  kanda account delete --email you@example.com --yes --json`,
    )
    .action(async (options) => {
      const { deleteAccount } = await import('./account-delete.ts');
      await deleteAccount(settingsOf(options, env), options);
    });
}

function addCreate(account: Command, env: Environment): void {
  const create = add(account, 'create', 'Create an account, even if registration is closed.')
    .requiredOption('--email <address>', 'The e-mail address to sign in with.')
    .option('--password-stdin', 'Read the password from standard input instead of asking for it.')
    .option('--with-key <name>', 'Also create an API key with this name, and print it once.')
    .option(
      '--with-test-key <name>',
      'Also create a test key with this name, of the test half of the account.',
    )
    .option('--if-absent', 'If there is an account with this address, print it and change nothing.')
    .option('--json', 'Print one JSON object.');
  withSettings(create, [...STORE_FLAGS, 'public-url'])
    .addHelpText(
      'after',
      `
You type the password twice, and it is not shown. It needs 15 characters or
more. It has no flag, since command lines are visible to every user of the
machine. If a folder that you name has no store yet, it is created.

Examples:
  kanda account create --email you@example.com
  kanda account create --email you@example.com --with-key "web shop" \\
    --password-stdin < password.txt`,
    )
    .action(async (options) => {
      const { createAccount } = await import('./account-create.ts');
      await createAccount(settingsOf(options, env), options);
    });
}

function addList(account: Command, env: Environment): void {
  withSettings(
    add(account, 'list', 'List the accounts, oldest first.').option('--json', 'Print a JSON array.'),
    STORE_FLAGS,
  )
    .addHelpText('after', '\nExamples:\n  kanda account list\n  kanda account list --json')
    .action(async (options) => {
      const { listAccounts } = await import('./account-list.ts');
      await listAccounts(settingsOf(options, env), options);
    });
}

function addResetPassword(account: Command, env: Environment): void {
  const reset = add(account, 'reset-password', 'Give an account a new password and end all of its tokens.')
    .requiredOption('--email <address>', "The account's e-mail address.")
    .option('--password-stdin', 'Read the password from standard input instead of asking for it.');
  withSettings(reset, STORE_FLAGS)
    .addHelpText(
      'after',
      `
A running server refuses the old tokens within 2 seconds. API keys stay as
they are.

Examples:
  kanda account reset-password --email you@example.com
  kanda account reset-password --email you@example.com \\
    --password-stdin < password.txt`,
    )
    .action(async (options) => {
      const { resetPassword } = await import('./account-reset-password.ts');
      await resetPassword(settingsOf(options, env), options);
    });
}

function addDisableTwoFactor(account: Command, env: Environment): void {
  const disable = add(
    account,
    'disable-two-factor',
    'Turn two-factor login of an account off.',
  ).requiredOption('--email <address>', "The account's e-mail address.");
  withSettings(disable, STORE_FLAGS)
    .addHelpText(
      'after',
      `
For someone who has lost both the phone and the recovery codes. Verify their
identity first. Password, log-ins and API keys stay as they are.

Example:
  kanda account disable-two-factor --email you@example.com`,
    )
    .action(async (options) => {
      const { disableTwoFactor } = await import('./account-disable-two-factor.ts');
      await disableTwoFactor(settingsOf(options, env), options);
    });
}
