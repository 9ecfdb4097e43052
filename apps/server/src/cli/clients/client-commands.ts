import type { Command } from 'commander';
import { addCommand as add } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda client` and what is under it. */
export function addClient(program: Command, env: Environment): void {
  const client = add(program, 'client', 'Find out why a user cannot log in; unlock, disable, delete.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
A user is named as your application names it, by the clientId. All of them work
while a server runs on the same store, and each change is an event of the log.

Examples:
  kanda client diagnose --account you@example.com user-123
  kanda client unlock --account you@example.com user-123
  kanda client list --account you@example.com --status locked`,
    );
  addDiagnose(client, env);
  addShow(client, env);
  addList(client, env);
  addUnlock(client, env);
  addDisable(client, env);
  addEnable(client, env);
  addDelete(client, env);
}

/** A command on one user. */
function onClient(parent: Command, name: string, description: string): Command {
  return inAccount(
    add(parent, name, description).argument('<clientId>', 'The user, as your application names it.'),
  ).option('--json', 'Print one JSON object.');
}

function inAccount(command: Command): Command {
  return command
    .option(
      '--account <account>',
      'The account: its e-mail address or user id. Not needed if there is only one.',
    )
    .option('--test', "A user of the account's test half.");
}

function addDiagnose(client: Command, env: Environment): void {
  const diagnose = onClient(client, 'diagnose', 'Say why a user cannot log in, and what to do.').option(
    '--with-code',
    'Also say what is wrong with a code that the user sees: asks for it, or reads standard input.',
  );
  withSettings(diagnose, STORE_FLAGS)
    .addHelpText(
      'after',
      `
It says whether a right code is accepted now, and what became of the last ones.
A look at a code (--with-code) accepts nothing, counts as a wrong code, and is
an event.

Examples:
  kanda client diagnose user-123
  kanda client diagnose --account you@example.com --with-code user-123
  echo 847291 | kanda client diagnose --with-code --json user-123`,
    )
    .action(async (clientId, options) => {
      const { diagnoseClient } = await import('./client-diagnose.ts');
      await diagnoseClient(settingsOf(options, env), clientId, options);
    });
}

function addShow(client: Command, env: Environment): void {
  withSettings(onClient(client, 'show', 'Print what is known of a user.'), STORE_FLAGS)
    .addHelpText('after', '\nExample:\n  kanda client show --account you@example.com user-123')
    .action(async (clientId, options) => {
      const { showClient } = await import('./client-show.ts');
      await showClient(settingsOf(options, env), clientId, options);
    });
}

function addList(client: Command, env: Environment): void {
  const list = inAccount(add(client, 'list', 'List the users of an account, newest first.'))
    .option('--search <text>', 'Those with this text in clientId, label or issuer.')
    .option('--status <status>', 'Those that are active, pending, locked or disabled.')
    .option('--json', 'Print one JSON object a line.');
  withSettings(list, STORE_FLAGS)
    .addHelpText(
      'after',
      `
Examples:
  kanda client list --account you@example.com
  kanda client list --status locked --json`,
    )
    .action(async (options) => {
      const { listClients } = await import('./client-list.ts');
      await listClients(settingsOf(options, env), options);
    });
}

function addUnlock(client: Command, env: Environment): void {
  const unlock = onClient(client, 'unlock', 'End a delay or lock, and forget the wrong codes.').option(
    '--reset-clock',
    "Also accept codes again that are refused because this server's clock was ahead.",
  );
  withSettings(unlock, STORE_FLAGS)
    .addHelpText(
      'after',
      `
First ask who sent the wrong codes: that person may know the password.

Example:
  kanda client unlock --account you@example.com user-123`,
    )
    .action(async (clientId, options) => {
      const { unlockClient } = await import('./client-change.ts');
      await unlockClient(settingsOf(options, env), clientId, options);
    });
}

function addDisable(client: Command, env: Environment): void {
  withSettings(onClient(client, 'disable', 'Refuse every code of a user until enabled again.'), STORE_FLAGS)
    .addHelpText(
      'after',
      `
Trusted devices of the user end. Secrets and recovery codes stay.

Example:
  kanda client disable --account you@example.com user-123`,
    )
    .action(async (clientId, options) => {
      const { setClientDisabled } = await import('./client-change.ts');
      await setClientDisabled(settingsOf(options, env), clientId, true, options);
    });
}

function addEnable(client: Command, env: Environment): void {
  withSettings(onClient(client, 'enable', 'Accept codes of a disabled user again.'), STORE_FLAGS)
    .addHelpText('after', '\nExample:\n  kanda client enable --account you@example.com user-123')
    .action(async (clientId, options) => {
      const { setClientDisabled } = await import('./client-change.ts');
      await setClientDisabled(settingsOf(options, env), clientId, false, options);
    });
}

function addDelete(client: Command, env: Environment): void {
  withSettings(onClient(client, 'delete', 'Delete a user with secrets and recovery codes.'), STORE_FLAGS)
    .addHelpText(
      'after',
      `
There is no way back: the user has to be enrolled again. The events stay in the
log.

Example:
  kanda client delete --account you@example.com user-123`,
    )
    .action(async (clientId, options) => {
      const { deleteClient } = await import('./client-change.ts');
      await deleteClient(settingsOf(options, env), clientId, options);
    });
}
