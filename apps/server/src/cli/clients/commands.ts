import type { Command } from 'commander';
import { addCommand as add } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda import`. */
export function addImport(program: Command, env: Environment): void {
  const command = add(program, 'import', "Import users' secrets from a file of another program.")
    .argument('<file>', 'A file that the other program has exported.')
    .option('--format <name>', 'Its format; auto recognizes it.', 'auto')
    .option('--account <e-mail>', 'Into this account, on the machine of the store.')
    .option('--url <url>', 'The server to import into, with an API key.', 'http://127.0.0.1:3000')
    .option('--api-key-file <file>', 'The file of the API key. Its scope is totp:import.')
    .option('--dry-run', 'Say what would happen, and change nothing.')
    .option('--map <field=column,…>', 'CSV: the column of each field, such as secret=seed,clientId=user.')
    .option('--secret-encoding <name>', 'CSV: how secrets are written: base32, hex, base64 or text.')
    .option('--client-id <rule>', 'The clientId: column, label, issuer:label, or a template.', 'column')
    .option('--issuer <name>', 'The issuer of those that name none.')
    .option('--on-conflict <rule>', 'A user who is there with another secret: skip, fail or replace.', 'skip')
    .option('--allow-short-secrets', 'Take secrets of 80 bits and more. They are marked as weak.')
    .option('--allow-missing-mac', 'PSKC: take secrets that no MAC proves.')
    .option('--password-stdin', 'Read the password of the file from standard input.')
    .option('--password-file <file>', 'Read the password of the file from this one.')
    .option('--key-file <file>', 'PSKC: the key that the secrets are encrypted with.')
    .option('--yes', 'Do not ask.')
    .option('--report <file>', 'Write what has become of each record, as NDJSON.');
  withSettings(command, STORE_FLAGS)
    .addHelpText(
      'after',
      `
Shows what it has understood, asks, and imports. It can be stopped and run
again: who is there with the same secret is left as it is. What was used of a
secret stays used, and recovery codes come along, as far as the file has them.
The exit status is 1 when something of the file was not taken.

docs/guides/moving-in.md has a page for each product, and the formats.

Examples:
  kanda import --account you@example.com --dry-run export.json
  kanda import --account you@example.com --issuer MyApp --yes realm.json
  kanda import --url https://kanda.example.com --api-key-file key.txt \\
    --map secret=seed,clientId=user --secret-encoding hex users.csv`,
    )
    .action(async (file, options) => {
      const { importFile } = await import('./import.ts');
      const url = String(options.url).replace(/\/+$/, '');
      // Before the file is opened; a server's address needs no settings.
      const config = options.account === undefined ? null : settingsOf(options, env);
      const whole = await importFile(file, { ...options, url }, () => config ?? settingsOf(options, env));
      if (!whole) process.exitCode = 1;
    });
}

/** `kanda export`. */
export function addExport(program: Command, env: Environment): void {
  const command = add(program, 'export', "Export an account's users with their secrets, encrypted.")
    .argument('<file>', 'Where to write. It appears whole or not at all, with mode 0600.')
    .requiredOption('--account <e-mail>', 'The account whose users these are.')
    .option('--recipient <key>', 'Who may read it: an age recipient, age1…')
    .option('--format <name>', 'kanda, otpauth, oath-csv, or pskc.', 'kanda')
    .option('--password-file <file>', 'With pskc, in place of a recipient: the file of its password.')
    .option('--force', 'Replace the file when it exists.');
  withSettings(command, STORE_FLAGS)
    .addHelpText(
      'after',
      `
The file is as good as every phone in it: it is never written in the clear. The
format kanda has everything but recovery codes, and \`kanda import\` reads it
once it is decrypted; the others have no place for what was used. The account's
log says of each user that the secret was exported.

Examples:
  kanda export --account you@example.com --recipient age1… users.age
  kanda export --account you@example.com --format pskc \\
    --password-file password.txt users.xml`,
    )
    .action(async (file, options) => {
      const { exportFile } = await import('./export.ts');
      await exportFile(settingsOf(options, env), file, options);
    });
}
