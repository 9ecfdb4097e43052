import type { Command } from 'commander';
import { addCommand } from '../lib/add-command.ts';

/** `kanda witness`: no settings of a server, as it runs on another machine. */
export function addWitness(program: Command): void {
  addCommand(program, 'witness', 'Cosign the checkpoints of an installation, on another machine.')
    .requiredOption('--name <name>', "The witness's name, such as witness.example.com/kanda.")
    .requiredOption(
      '--log <verifier key>',
      'The key of the installation (kanda audit key), or of one log. Can be repeated.',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--dir <folder>', 'Where its key and what it has cosigned are kept.', './witness')
    .option('--host <address>', 'The address to listen on.', '127.0.0.1')
    .option('--port <port>', 'The TCP port to listen on; 0 takes any free one.', '3100')
    .addHelpText(
      'after',
      `
Serves the protocol of C2SP tlog-witness: POST /add-checkpoint, and
GET /<SHA-256 of the origin>/checkpoint. A checkpoint is cosigned only when it
goes on from the one before, so a server cannot show one history here and
another one elsewhere. The first start makes witness.key in --dir; the key to
hand out is printed on standard output. Keep --dir: a witness that has
forgotten cosigns anything. Put it behind TLS, away from the server and from
those who administer it.

Example:
  kanda witness --name witness.example.com/kanda --log kanda/installation+…`,
    )
    .action(async (options) => {
      const { serveWitness } = await import('./witness.ts');
      await serveWitness(options);
    });
}
