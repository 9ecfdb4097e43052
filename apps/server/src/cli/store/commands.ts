import type { Command } from 'commander';
import { addCommand } from '../lib/add-command.ts';
import { type Environment, flagsIn, readSettings, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda migrate`. */
export function addMigrate(program: Command, env: Environment): void {
  const migrate = addCommand(program, 'migrate', 'Bring the tables of an earlier version up to this one.')
    .option('--dry-run', 'Print what would be done, and change nothing.')
    .option('--no-backup', 'Keep no copy of the SQLite file. Make a backup before.')
    .option('--contract', 'Also take away what only an earlier version needs.');
  withSettings(migrate, [
    'data-dir',
    'master-key-file',
    'master-key-command',
    'database-url',
    'database-url-file',
  ])
    .addHelpText(
      'after',
      `
A server does this by itself when it starts; other commands refuse tables of an
earlier version. All of it is done, or nothing.

With SQLite no other process may have the store open, and the file is first
copied to kanda.db.before-upgrade-from-<version>-<time>. With PostgreSQL it
refuses while a server is at work that could not go on with the new tables; make
a backup with pg_dump. It waits up to 15 s for such a server to end.

What only an earlier version needs is left in place until you run it with
--contract. After that the earlier version cannot be started again.

Examples:
  kanda migrate --dry-run
  kanda migrate --data-dir /var/lib/kanda`,
    )
    .action(async (options) => {
      const { migrateStore } = await import('./migrate.ts');
      await migrateStore(settingsOf(options, env), options);
    });
}

/** `kanda store` and what is under it. */
export function addStore(program: Command, env: Environment): void {
  const store = addCommand(program, 'store', 'Move everything to or from PostgreSQL, or complete a restore.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  kanda store copy --from /var/lib/kanda --to KANDA_DATABASE_URL
  kanda store restored`,
    );

  addCopy(store, env);
  addRestored(store, env);
}

function addCopy(store: Command, env: Environment): void {
  const copy = addCommand(store, 'copy', 'Copy a store into an empty one and retire the first.')
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
Stop the servers first. From the start of the copy, the first store refuses
changes from processes that have it open, and no server starts on it again. You
can interrupt the copy; run again, it continues. At the end it compares all rows
of both stores. The master key stays the same: the servers of the new store need
it.

KANDA_DATABASE_URL as a place means that setting's URL: every user of the
machine can read a command line.

Examples:
  kanda store copy --from /var/lib/kanda --to KANDA_DATABASE_URL
  kanda store copy --from KANDA_DATABASE_URL --to /var/lib/kanda`,
    )
    .action(async (options) => {
      const { copy: run } = await import('./copy.ts');
      // It works on the folders that it is given, and not on the data directory.
      await run(readSettings(env, flagsIn(options)), options);
    });
}

function addRestored(store: Command, env: Environment): void {
  const restored = addCommand(
    store,
    'restored',
    'After a store was brought back by other means: make sure that no code is accepted twice.',
  ).option('--ignore-clock', "Go on although this machine's clock does not fit the store's newest event.");
  withSettings(restored, [
    'data-dir',
    'master-key-file',
    'master-key-command',
    'database-url',
    'database-url-file',
  ])
    .addHelpText(
      'after',
      `
For PostgreSQL, where pg_restore brings the tables back, and for a SQLite store
that is older than its node remembers: its write-ahead log was lost, or a copy
took its place. \`kanda restore\` does all of it by itself. Run it before the
servers are started: it burns every code that was shown until now, ends all
log-ins, and has each account's log go on with the event store.restored. Tables
of an older version become those of this one. All of that is done, or nothing.
It relies on this machine's clock. What this node remembers is set aside; run
\`kanda audit accept-restore\` on the other nodes.

It refuses while a server runs. SQLite needs the master key, and keeps the file
of before as kanda.db.before-restore-<time>. PostgreSQL needs no master key: for
12 s the command looks at the database's connections (pg_stat_activity), of its
own user, of its own name and of everyone who may write these tables. None may
be open. Behind a pooler, which keeps its own, none may be used: there a server
that is frozen is not seen.

Examples:
  kanda store restored
  kanda store restored --ignore-clock`,
    )
    .action(async (options) => {
      const { tellRestored } = await import('./restored.ts');
      await tellRestored(settingsOf(options, env), options);
    });
}
