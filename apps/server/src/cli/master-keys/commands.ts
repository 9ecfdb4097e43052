import type { Command } from 'commander';
import { addCommand } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda keys` and what is under it. */
export function addKeys(program: Command, env: Environment): void {
  const keys = addCommand(program, 'keys', 'Rotate the master key, and see which one wraps what.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
All of them work while servers run on the same data directory.

Examples:
  kanda keys status
  kanda keys rotate
  kanda keys retire`,
    );

  addStatus(keys, env);
  addRotate(keys, env);
  addRetire(keys, env);
}

function addStatus(keys: Command, env: Environment): void {
  withSettings(
    addCommand(keys, 'status', 'Print the master keys, what each wraps, and what to do next.').option(
      '--json',
      'Print one JSON object.',
    ),
    STORE_FLAGS,
  )
    .addHelpText(
      'after',
      `
Changes nothing. The ids are public. Exit status 1: the store needs a master key
that is not at hand.

Examples:
  kanda keys status
  kanda keys status --json`,
    )
    .action(async (options) => {
      const { printKeyStatus } = await import('./status.ts');
      await printKeyStatus(settingsOf(options, env), options);
    });
}

function addRotate(keys: Command, env: Environment): void {
  withSettings(
    addCommand(
      keys,
      'rotate',
      'Create a new master key and rewrap everything with it, or a new key for receipts.',
    )
      .option('--signing', 'Create a new key that signs receipts. The master key stays.')
      .option(
        '--revoke',
        'With --signing: the new key signs at once, and the old ones are removed, with every receipt that they have signed.',
      ),
    STORE_FLAGS,
  )
    .addHelpText(
      'after',
      `
The new key becomes the first line of the key file; the older one stays below it
until \`kanda keys retire\`. Running servers read the file again by themselves.
It rewraps one key for each account, not the users' secrets. You can stop it at
any point; run again, it continues.

With PostgreSQL it makes no key, since several servers may each have a file of
their own: put a new one (openssl rand -base64 32) on a line above the present
one in every file first. This then brings everything under it.

With KANDA_MASTER_KEY, set it to <new>,<present> for every server and restart
them first: this then brings everything under the first of the two. With
KANDA_MASTER_KEY_COMMAND, have it print both, the new one first.

With --signing, the new key is in /.well-known/jwks.json at once and signs
receipts from ten minutes later; the old one stays there for an hour more, so
that every receipt that it has signed can be verified and redeemed. All servers
know of it within a second. Use --revoke when someone may have the old key.

Examples:
  kanda keys rotate
  kanda keys rotate --data-dir /var/lib/kanda
  kanda keys rotate --signing`,
    )
    .action(async (options) => {
      if (options.signing === true) {
        const { rotateSigningKey } = await import('./rotate-signing.ts');
        await rotateSigningKey(settingsOf(options, env), options);
        return;
      }
      if (options.revoke === true) throw new Error('--revoke needs --signing.');
      const { rotateKeys } = await import('./rotate.ts');
      await rotateKeys(settingsOf(options, env));
    });
}

function addRetire(keys: Command, env: Environment): void {
  withSettings(
    addCommand(keys, 'retire', 'Remove the older master keys once they wrap nothing.'),
    STORE_FLAGS,
  )
    .addHelpText(
      'after',
      `
Refuses while anything in the store still needs one. Backups from before the
rotation need the older key: keep a copy of it for as long as you keep them.

Examples:
  kanda keys retire
  kanda keys retire --data-dir /var/lib/kanda`,
    )
    .action(async (options) => {
      const { retireKeys } = await import('./retire.ts');
      await retireKeys(settingsOf(options, env));
    });
}
