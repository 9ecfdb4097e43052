import type { Command } from 'commander';
import { addCommand as add } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda account` and what is under it. */
export function addAccount(program: Command, env: Environment): void {
  const account = add(program, 'account', 'Create accounts, list them, set a new password.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
All of them work while a server runs on the same data directory.

Examples:
  kanda account create --email you@example.com --with-key "web shop"
  kanda account list
  kanda account reset-password --email you@example.com
  kanda account disable-two-factor --email you@example.com`,
    );

  addCreate(account, env);
  addList(account, env);
  addResetPassword(account, env);
  addDisableTwoFactor(account, env);
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
