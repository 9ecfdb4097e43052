import type { Command } from 'commander';
import { addCommand } from '../add-command.ts';
import { type Environment, settingsOf, withSettings } from '../settings.ts';

/** `kanda store` and what is under it. */
export function addStore(program: Command, env: Environment): void {
  const store = addCommand(program, 'store', 'Move everything from SQLite to PostgreSQL, or back.')
    .helpCommand(false)
    .addHelpText('after', '\nExample:\n  kanda store copy --from /var/lib/kanda --to KANDA_DATABASE_URL');

  const copy = addCommand(store, 'copy', 'Copy a store into another, empty one, and leave the first.')
    .requiredOption('--from <place>', 'The store to leave: a data directory or a postgres:// URL.')
    .requiredOption('--to <place>', 'The store to go to: likewise, and empty.')
    .option(
      '--cancel',
      'End a copy that has not ended: the first takes changes again, the second is emptied.',
    );
  withSettings(copy, ['database-url', 'database-url-file'])
    .addHelpText(
      'after',
      `
Stop the servers first. From the beginning on the first store takes no changes,
whoever has it open, and afterwards no server starts on it. The copy can be
ended at any point; run again, it goes on. At its end all rows of both stores
are compared. The master key stays the same: give it to the servers of the new
store.

KANDA_DATABASE_URL as a place stands for that setting's URL: what stands on
a command line can be read by every user of the machine.

Examples:
  kanda store copy --from /var/lib/kanda --to KANDA_DATABASE_URL
  kanda store copy --from KANDA_DATABASE_URL --to /var/lib/kanda`,
    )
    .action(async (options) => {
      const { copy: run } = await import('./copy.ts');
      await run(settingsOf(options, env), options);
    });
}
