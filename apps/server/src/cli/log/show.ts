import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { originOf } from '../../domain/log/origin.ts';
import { type LogFile, openLogs, withLogFile } from './log-file.ts';

export interface ShowOptions {
  /** A user id, as `kanda account list` prints it. */
  readonly account?: string;
}

/** Prints the newest checkpoint of each log, or of one. Needs no master key. */
export function printCheckpoints(config: Config, options: ShowOptions): Promise<void> {
  return withLogFile(config, (file) => printFrom(file, options));
}

function printFrom({ path, shown }: LogFile, { account }: ShowOptions): void {
  const reader = openLogs(path, shown, 'shown');
  try {
    const notes = reader
      .logs()
      .filter(
        ({ accountPublicId }) => account === undefined || originOf(accountPublicId) === `kanda/${account}`,
      )
      .flatMap(({ accountId }) => [...reader.checkpoints(accountId)].slice(-1))
      .map(({ note }) => note);
    if (notes.length === 0) {
      throw new Error(
        `${shown} has no checkpoint${account === undefined ? '' : ` of ${account}`} yet. A running server signs them.`,
      );
    }
    process.stdout.write(notes.join('\n'));
  } finally {
    reader.close();
  }
}

/** Prints the key that checkpoints verify against: of the installation, or in the name of one account's log. */
export async function printVerifierKey(config: Config, { account }: ShowOptions): Promise<void> {
  const { store, auditLog, close } = await openExisting(config);
  try {
    if (account !== undefined && (await store.findAccountByPublicId(account)) === null) {
      throw new Error(`There is no account ${account}. List them with: kanda account list`);
    }
    console.log(auditLog.verifierKey({ publicId: account ?? null }));
  } finally {
    await close();
  }
}
