import type { Command } from 'commander';
import { addCommand as add } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda link`. */
export function addLink(program: Command, env: Environment): void {
  const link = add(program, 'link', 'Make a link on which a user enrols, or replaces a lost phone.')
    .requiredOption('--client <clientId>', 'The user, as your application names it.')
    .requiredOption('--purpose <purpose>', 'enrol, replace or challenge.')
    .option(
      '--account <account>',
      'The account: its e-mail address or user id. Not needed if there is only one.',
    )
    .option('--test', "A user of the account's test half.")
    .option('--label <label>', "With enrol: the user's name as the phone shows it. Default: the clientId.")
    .option('--issuer <issuer>', "With enrol: your application's name. Default: the name of the pages.")
    .option('--ttl <seconds>', 'How long it can be used, 600 to 259200.', '86400')
    .option('--json', 'Print one JSON object.');
  withSettings(link, [...STORE_FLAGS, 'public-url'])
    .addHelpText(
      'after',
      `
Prints the URL. Who has it can use it: verify who asks, and send it to an
address that you have known before. A newer link of the same purpose ends the
older one. It begins with KANDA_PUBLIC_URL.

Examples:
  kanda link --client user-123 --purpose replace
  kanda link --client user-123 --purpose enrol --issuer MyApp --json`,
    )
    .action(async (options) => {
      const { makeLink } = await import('./make-link.ts');
      await makeLink(settingsOf(options, env), options);
    });
}
