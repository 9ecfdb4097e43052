import { Command } from 'commander';
import { addAccount } from './accounts/commands.ts';
import { addApply } from './apply/commands.ts';
import { addClient } from './clients/client-commands.ts';
import { addExport, addImport } from './clients/commands.ts';
import { addApiKeys } from './keys/commands.ts';
import { addCommand as add } from './lib/add-command.ts';
import { npmHint, serveCommand } from './lib/invocation.ts';
import { type Environment, flagsIn, settingsOf, withSettings } from './lib/settings.ts';
import { addLink } from './links/link-commands.ts';
import { addAudit, addLogs } from './log/commands.ts';
import { addKeys } from './master-keys/commands.ts';
import type { StartedWith } from './server/port.ts';
import { addMigrate, addStore } from './store/commands.ts';
import { addWitness } from './witness/commands.ts';

export interface ProgramInput {
  readonly env: Environment;
  readonly version: string;
  /** The whole command line, for commands that are named to be typed again. */
  readonly argv?: readonly string[];
}

/**
 * The command line: parses, loads the settings, and hands over to one file for each command. Each is loaded
 * when it runs, so that help is there at once.
 */
export function createProgram({ env, version, argv = [] }: ProgramInput): Command {
  const program = new Command('kanda')
    .description('TOTP two-factor authentication as a self-hosted service.')
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this.')
    .showHelpAfterError('(kanda --help tells what there is)')
    .configureOutput({
      outputError: (text, write) => write(`${text}${isAboutWords(text) ? npmHint(env) : ''}`),
    })
    .addHelpText(
      'after',
      `
A first time:
  kanda account create --email you@example.com --with-key "my app"
  kanda serve

Settings come from KANDA_… variables or flags, the same for every command;
\`kanda help serve\` lists them. The store is the folder KANDA_DATA_DIR (./data)
with kanda.db and, unless you keep it elsewhere, master.key. Run commands as the
owner of that folder: root is refused in a folder of another user.

Exit status: 0 done; 1 refused or failed, with the reason on standard error.`,
    );
  addServe(program.commandsGroup('Serve:'), { argv, env, version });
  addAccount(program.commandsGroup('Accounts:'), env);
  addApiKeys(program, env);
  addApply(program, env);
  addClient(program.commandsGroup('Users of an account:'), env);
  addLink(program, env);
  addImport(program.commandsGroup('Move users in and out:'), env);
  addExport(program, env);
  addBackup(program.commandsGroup('Keep the store safe:'), env);
  addRestore(program, env);
  addMigrate(program, env);
  addStore(program, env);
  addKeys(program.commandsGroup('The master key:'), env);
  addAudit(program.commandsGroup('Prove the log:'), env);
  addWitness(program);
  addLogs(program.commandsGroup('When something is wrong:'), env);
  addDoctor(program.commandsGroup('When something is wrong:'), env, version);
  program.helpCommand('help [command]', 'Print what a command does, with examples.');
  return program;
}

/** Whether words are too many or too few, as they are when npm has kept some for itself. */
function isAboutWords(text: string): boolean {
  return /too many arguments|required option/.test(text);
}

function addServe(program: Command, { argv, env, version }: Required<ProgramInput>): void {
  const command = add(program, 'serve', 'Serve the HTTP API until SIGTERM.')
    .option('--test', 'Serve a Kanda that is thrown away, for tests, and print its URL and a test key.')
    .option('--json', 'With --test: print them as one line of JSON.');
  withSettings(command)
    .addHelpText(
      'after',
      `
The first start makes the data directory, the store and the master key.
SIGTERM and SIGINT let calls in flight finish, for 10 seconds at most.

--test makes a store in a new folder, which it removes at the end, and takes any
free port of this machine unless --port names one. Settings come from flags
alone. A folder or database that you name must have no store, and stays.

KANDA_MASTER_KEY, the master key itself as base64, and
KANDA_CHECKPOINT_SINK_HEADERS are variables without a flag, since command lines
are visible to every user of the machine. Those that OpenTelemetry has named
have none either: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS,
OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER,
OTEL_TRACES_SAMPLER_ARG.

Examples:
  kanda serve
  kanda serve --test --json
  kanda serve --host 0.0.0.0 --port 8080 --data-dir /var/lib/kanda
  KANDA_REGISTRATION=closed kanda serve --public-url https://kanda.example.com`,
    )
    .action(async (options) => {
      const startedWith: StartedWith = (flags) =>
        serveCommand({ argv, env }, { ...flagsIn(options), ...flags });
      if (options.test === true) {
        const { serveForTests } = await import('./server/serve-for-tests.ts');
        await serveForTests(flagsIn(options), version, startedWith, options);
        return;
      }
      const config = settingsOf(options, env, true);
      const { leadsWorkers, leadWorkers, leaveWorkers } = await import('./server/serve-workers.ts');
      if (leadsWorkers(config)) {
        await leadWorkers(config, startedWith);
        return;
      }
      const { serve } = await import('./server/serve.ts');
      await serve(config, version, startedWith);
      leaveWorkers();
    });
}

function addBackup(program: Command, env: Environment): void {
  const command = add(program, 'backup', 'Copy the store into a file, while a server works on it.')
    .argument(
      '<file>',
      'Where to write the backup. It appears whole or not at all, with mode 0600; - is standard output.',
    )
    .option(
      '--keep <number>',
      'Treat <file> as a folder: add a timestamped backup and keep the newest <number>.',
    )
    .option('--force', 'Replace the file when it exists.')
    .option('--accept-damage', 'Also copy a store whose log is not what its tree says.');
  withSettings(command, ['data-dir'])
    .addHelpText(
      'after',
      `
The copy is the store at one instant. It is checked: every page and index, and
every event by the tree of its log. Writers do not wait for it. It needs no
master key and holds none: keep a copy of the key too, in another place.

Examples:
  kanda backup /backups/kanda-$(date +%F).db
  kanda backup --keep 14 /backups
  kanda backup - | age -r age1… > kanda.db.age
  kanda backup --data-dir /var/lib/kanda --force /backups/kanda-latest.db`,
    )
    .action(async (file, options) => {
      const { backUp } = await import('./store/backup.ts');
      await backUp(settingsOf(options, env), file, options);
    });
}

function addRestore(program: Command, env: Environment): void {
  const command = add(program, 'restore', 'Replace the store with a backup. Stop the server first.')
    .argument('<file>', 'A file that `kanda backup` made. It is read and not changed; - is standard input.')
    .option('--force', 'Replace an existing store. It is kept as kanda.db.before-restore-<time>.')
    .option('--ignore-clock', "Restore though this machine's clock does not fit the backup's newest event.")
    .option('--accept-damage', 'Also restore a backup whose log is not what its tree says.');
  withSettings(command, ['data-dir', 'master-key-file', 'master-key-command'])
    .addHelpText(
      'after',
      `
Refuses while a server has the store open, and when the backup is damaged, comes
from a newer version, or does not open with the master key at hand. Nothing is
changed until all of these checks pass.

Everything after the backup is lost. No code that was shown before the
restore is accepted after it, nor any of the next 15 periods, so users wait for
16 periods at most: eight minutes for a period of 30 seconds.

Examples:
  kanda restore /backups/kanda-2026-01-31.db
  kanda restore --force --data-dir /var/lib/kanda /backups/kanda-2026-01-31.db
  age -d kanda.db.age | kanda restore --force -`,
    )
    .action(async (file, options) => {
      const { restore } = await import('./store/restore.ts');
      await restore(settingsOf(options, env), file, options);
    });
}

function addDoctor(program: Command, env: Environment, version: string): void {
  withSettings(
    add(program, 'doctor', 'Check clock, store, key, permissions and port, and say what to do.').option(
      '--json',
      'Print one JSON object.',
    ),
  )
    .addHelpText(
      'after',
      `
Changes nothing. Each line is a check: ✓ fine, ! look at it, ✗ fix it; the exit
status is 1 when there is an ✗. Run it as the user and with the settings that
the server runs with.

Examples:
  kanda doctor
  kanda doctor --data-dir /var/lib/kanda --json`,
    )
    .action(async (options) => {
      const { diagnose } = await import('./doctor/doctor.ts');
      await diagnose({ env, flags: flagsIn(options), version, json: options.json === true });
    });
}
