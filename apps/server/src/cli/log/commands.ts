import type { Command } from 'commander';
import { addCommand as add } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda audit` and what is under it. */
export function addAudit(program: Command, env: Environment): void {
  const audit = add(program, 'audit', 'Verify that the logs were not changed; export them.')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
All of them work while a server runs on the same data directory.

Examples:
  kanda audit key
  kanda audit checkpoint > /mnt/elsewhere/checkpoints
  kanda audit verify --checkpoint /mnt/elsewhere/checkpoints --key kanda/…
  kanda audit export --account you@example.com log.ndjson`,
    );
  addVerify(audit, env);
  addLogExport(audit, env);
  addCheckpoint(audit, env);
  addKey(audit, env);
  addAcceptRestore(audit, env);
}

function addVerify(audit: Command, env: Environment): void {
  const verify = add(audit, 'verify', 'Verify the logs, or one export, against checkpoints.')
    .option('--checkpoint <file>', 'A file of checkpoints that was kept elsewhere. Can be repeated.', collect)
    .option('--key <verifier key>', 'The key that they must be signed by. Can be repeated.', collect)
    .option(
      '--witness <verifier key>',
      'A witness whose cosignature is required (kanda witness). Can be repeated.',
      collect,
    )
    .option('--account <user id>', 'Verify only the log of this account.')
    .option('--export <file>', 'Verify an NDJSON export of GET /api/logs instead of the store.')
    .option('--first-proof <file>', "The answer of GET /api/logs/{id}/proof for the export's first event.");
  withSettings(verify, ['data-dir', 'database-url', 'database-url-file', 'log-retention'])
    .addHelpText(
      'after',
      `
Rebuilds each log's tree from its events and names the first event that does not
fit. Needs no master key and no server. A log whose oldest events were pruned is
whole when KANDA_LOG_RETENTION (or --log-retention) says that they were old
enough. Exit status 1: something was changed, or there was nothing to compare
with.

Examples:
  kanda audit verify --checkpoint checkpoints --key kanda/installation+…
  kanda audit verify --export log.ndjson --checkpoint kept --key kanda/acc_…`,
    )
    .action(async (options) => {
      const { verifyLogs } = await import('./verify.ts');
      await verifyLogs(settingsOf(options, env), options);
    });
}

function addCheckpoint(audit: Command, env: Environment): void {
  const checkpoint = add(audit, 'checkpoint', 'Print the newest checkpoint of each log.').option(
    '--account <user id>',
    'Only of the log of this account.',
  );
  withSettings(checkpoint, ['data-dir', 'database-url', 'database-url-file'])
    .addHelpText('after', '\nExamples:\n  kanda audit checkpoint >> /mnt/elsewhere/checkpoints')
    .action(async (options) => {
      const { printCheckpoints } = await import('./show.ts');
      await printCheckpoints(settingsOf(options, env), options);
    });
}

function addKey(audit: Command, env: Environment): void {
  const key = add(audit, 'key', 'Print the key that checkpoints verify against.').option(
    '--account <user id>',
    'In the name of the log of this account.',
  );
  withSettings(key, STORE_FLAGS)
    .addHelpText(
      'after',
      `
One key signs for all logs of the installation; \`kanda audit verify\` takes it in
either name. Other tools want it in the name of the log. It is public, but keep
it where no one can replace it.

Examples:
  kanda audit key
  kanda audit key --account acc_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00`,
    )
    .action(async (options) => {
      const { printVerifierKey } = await import('./show.ts');
      await printVerifierKey(settingsOf(options, env), options);
    });
}

function addAcceptRestore(audit: Command, env: Environment): void {
  withSettings(
    add(audit, 'accept-restore', 'Accept a store that has less than this node remembers.'),
    STORE_FLAGS,
  )
    .addHelpText(
      'after',
      `
A node remembers which checkpoints were signed (the file signed-checkpoints in
its data directory) and signs no log that does not continue them. After a
restore from a backup, or a failover that lost commits, the store has less. This
command sets that file aside, has the node forget which store it had (the file
store-seen), and records store.restored in the installation's log. It does not
make used codes unusable: that is done by \`kanda restore\` and
\`kanda store restored\`. Run it only when you know why the store has less:
otherwise events were deleted or changed. \`kanda restore\` does this by itself,
and so does \`kanda store restored\` for its own node. Run it on every other
node, and start the servers again.

Example:
  kanda audit accept-restore`,
    )
    .action(async (options) => {
      const { acceptRestore } = await import('./accept-restore.ts');
      await acceptRestore(settingsOf(options, env));
    });
}

/** `kanda logs`. */
export function addLogs(program: Command, env: Environment): void {
  const logs = ofOneLog(add(program, 'logs', 'Print the newest events of a log, and follow it.'))
    .option('--lines <number>', 'How many of the newest.', '50')
    .option('--follow', 'Go on with the events that come, until Ctrl+C.')
    .option('--json', 'Print one JSON object a line.');
  withSettings(logs, STORE_FLAGS)
    .addHelpText(
      'after',
      `
The events, oldest first. Those that concern no account, such as a log-in with
an unknown address, are in the installation's own log (--installation). An
option that takes several values takes them with commas between them.

Examples:
  kanda logs --account you@example.com --client user-123
  kanda logs --installation --follow
  kanda logs --failures --lines 200 --json
  kanda logs --reason invalid_code,locked --ip 192.0.2.0/24`,
    )
    .action(async (options) => {
      const { printLogs } = await import('./logs.ts');
      await printLogs(settingsOf(options, env), options);
    });
}

function addLogExport(audit: Command, env: Environment): void {
  const exported = ofOneLog(
    add(audit, 'export', 'Write a log into a file, as the API exports it.').argument(
      '<file>',
      'Where to write, with mode 0600; - is standard output.',
    ),
  )
    .option('--format <name>', 'ndjson, which `kanda audit verify` takes, or csv.', 'ndjson')
    .option('--from <time>', 'Only events from this time on.')
    .option('--to <time>', 'Only events before this time.')
    .option('--force', 'Replace the file when it exists.')
    .option('--json', 'Print what was written as one JSON object.');
  withSettings(exported, STORE_FLAGS)
    .addHelpText(
      'after',
      `
Examples:
  kanda audit export --account you@example.com log.ndjson
  kanda audit export --installation --format csv --from 2026-01-01 - > log.csv`,
    )
    .action(async (file, options) => {
      const { exportLog } = await import('./export-log.ts');
      await exportLog(settingsOf(options, env), file, options);
    });
}

function ofOneLog(command: Command): Command {
  return command
    .option(
      '--account <account>',
      'The account: its e-mail address or user id. Not needed if there is only one.',
    )
    .option('--test', "The log of the account's test half.")
    .option('--installation', "The installation's own log.")
    .option('--client <clientId>', 'Only events of this user.')
    .option('--client-prefix <text>', 'Only events of users whose clientId begins so.')
    .option('--event <names>', 'Only events of these names: client.locked, or client.* for all of them.')
    .option('--failures', 'Only failures.')
    .option('--reason <reasons>', 'Only events with these reasons, such as invalid_code.')
    .option('--actor <actors>', 'Only events by these: cli, key:<id>, or key:* for all keys.')
    .option('--ip <addresses>', 'Only events from these addresses or networks, as 192.0.2.0/24.')
    .option('--search <text>', 'Only events with this text anywhere in them.');
}

/** The values of an option that can be repeated. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
