import type { Command } from 'commander';
import { DEFAULT_KEY_SCOPES, SCOPES } from '../../domain/keys/scopes.ts';
import { addCommand as add } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

const SCOPES_PER_LINE = 4;

/** `kanda key` and what is under it. */
export function addApiKeys(program: Command, env: Environment): void {
  const key = add(program, 'key', 'List, create and revoke API keys.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
API keys are what applications call Kanda with. (kanda keys is another command:
it is about the master key.) All of them work while a server runs on the same
store, and each change is an event of the log.

Examples:
  kanda key list --account you@example.com
  kanda key create --account you@example.com --name "web shop" --expires 90d
  kanda key revoke mzxw6ytboi5gk3tq`,
    );
  addList(key, env);
  addCreate(key, env);
  addRevoke(key, env);
}

function inAccount(command: Command): Command {
  return command
    .option(
      '--account <account>',
      'The account: its e-mail address or user id. Not needed if there is only one.',
    )
    .option('--test', "The keys of the account's test half.");
}

function addList(key: Command, env: Environment): void {
  const list = inAccount(add(key, 'list', 'List the API keys of an account, newest first.'));
  withSettings(list.option('--json', 'Print a JSON array.'), STORE_FLAGS)
    .addHelpText('after', '\nExamples:\n  kanda key list\n  kanda key list --json')
    .action(async (options) => {
      const { listKeys } = await import('./key-list.ts');
      await listKeys(settingsOf(options, env), options);
    });
}

function addCreate(key: Command, env: Environment): void {
  const create = inAccount(add(key, 'create', 'Create an API key, and print it once.'))
    .requiredOption('--name <name>', 'What the key is for.')
    .option('--scopes <scope,…>', 'What it may do; without this, what an application needs.')
    .option('--expires <when>', 'When it ends: 90d, 12h, or a time such as 2027-01-31. Default: never.')
    .option('--json', 'Print one JSON object.');
  withSettings(create, STORE_FLAGS)
    .addHelpText(
      'after',
      `
Scopes:
  ${inLines(SCOPES)}
Without --scopes:
  ${inLines(DEFAULT_KEY_SCOPES)}

Examples:
  kanda key create --name "web shop" --expires 90d
  kanda key create --name "help desk" --scopes totp:support,totp:read`,
    )
    .action(async (options) => {
      const { createKey } = await import('./key-create.ts');
      await createKey(settingsOf(options, env), options);
    });
}

/** Short enough for a terminal. */
function inLines(scopes: readonly string[]): string {
  const starts = scopes.flatMap((_, place) => (place % SCOPES_PER_LINE === 0 ? [place] : []));
  return starts.map((start) => scopes.slice(start, start + SCOPES_PER_LINE).join(', ')).join(',\n  ');
}

function addRevoke(key: Command, env: Environment): void {
  const revoke = inAccount(add(key, 'revoke', 'Revoke an API key. Its tokens end with it.'))
    .argument('<key>', 'Its id, as kanda key list prints it, or a key that leaked.')
    .option('--json', 'Print one JSON object.');
  withSettings(revoke, STORE_FLAGS)
    .addHelpText(
      'after',
      `
A running server refuses the key and its tokens within 2 seconds.

Examples:
  kanda key revoke mzxw6ytboi5gk3tq
  kanda key revoke "$LEAKED_KEY"`,
    )
    .action(async (id, options) => {
      const { revokeKey } = await import('./key-revoke.ts');
      await revokeKey(settingsOf(options, env), id, options);
    });
}
