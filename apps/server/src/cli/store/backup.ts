import { existsSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { assertEmbedded, existingStore, type StorePlace } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import { backupDatabase } from '../../store/sqlite/backup.ts';
import { type StoreFacts, StoreFileError } from '../../store/sqlite/examine.ts';
import { type DraftFile, draftFor, SIDE_FILES } from '../lib/draft-file.ts';
import { formatBytes, formatCount } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { wordsAgain } from '../lib/settings.ts';

export interface BackupCommandOptions {
  readonly force?: boolean;
  /** The flag as it was given. */
  readonly dataDir?: string;
}

/** Copies the store into `file` while a server may be working on it. Needs no master key, and holds none. */
export async function backUp(config: Config, file: string, options: BackupCommandOptions): Promise<void> {
  assertEmbedded(config, 'pg_dump');
  const place = existingStore(config);
  const target = resolve(file);
  assertTarget(target, place, file, options);

  const draft = makeDraft(target);
  const progress = new Progress(`Copying ${place.database}`);
  let facts: StoreFacts;
  try {
    facts = await backupDatabase({
      from: place.database,
      to: draft.path,
      onProgress: (done) => progress.show(done),
    });
    progress.end();
    draft.place();
  } catch (error) {
    progress.end();
    draft.discard();
    const advice =
      error instanceof StoreFileError ? ' Keep your older backups, and look closer with: kanda doctor' : '';
    throw new Error(
      `${place.database} cannot be backed up: ${(error as Error).message}. No backup was made.${advice}`,
      { cause: error },
    );
  }

  const { accounts, clients, schema } = facts;
  console.log(
    `${target}  ${formatBytes(statSync(target).size)}, ${formatCount(accounts, 'account')}, ${formatCount(clients, 'client')}, schema ${schema.at(-1)}; checked from end to end`,
  );
  console.error(
    `The master key is NOT in it (${place.masterKey}). Keep a copy of the key in another place than the backup: without it no secret in the backup can be read, and with both anyone can read all.`,
  );
}

function assertTarget(target: string, place: StorePlace, file: string, options: BackupCommandOptions): void {
  const existing = statSync(target, { throwIfNoEntry: false });
  if (existing === undefined) return;
  if (existing.isDirectory()) {
    const inside = join(file, 'kanda-backup.db');
    throw new Error(`${target} is a folder. Name a file: kanda backup ${wordsAgain(options, inside)}`);
  }
  const own = [place.database, ...SIDE_FILES.map((suffix) => `${place.database}${suffix}`), place.masterKey];
  if (own.some((path) => isSameFile(existing, path))) {
    throw new Error(`${target} belongs to the store itself. Name another file, best on another disk.`);
  }
  if (options.force !== true) {
    throw new Error(
      `${target} exists. Name another file, or replace it: kanda backup --force ${wordsAgain(options, file)}`,
    );
  }
}

/** Whatever the two are called: links and other spellings are the same file. */
function isSameFile(file: Stats, path: string): boolean {
  const other = existsSync(path) ? statSync(path) : undefined;
  return other !== undefined && other.dev === file.dev && other.ino === file.ino;
}

function makeDraft(target: string): DraftFile {
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    return draftFor(target);
  } catch (cause) {
    throw new Error(`${dirname(target)} cannot be written to (${(cause as Error).message}).`, { cause });
  }
}
