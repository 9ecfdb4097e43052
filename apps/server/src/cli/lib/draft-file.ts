import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refuseRoot } from '../../compose/foreign-folder.ts';
import { makeNewFile } from '../../store/sqlite/private-file.ts';

/** A file in the making, under another name in the folder of its target. It appears there whole or not at all. */
export interface DraftFile {
  readonly path: string;
  /** Makes the draft durable and puts it in the target's place, in one step. */
  place(): void;
  /** Removes the draft, unless it was placed. */
  discard(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** SQLite's files beside a database. */
export const SIDE_FILES = ['-wal', '-shm', '-journal'] as const;

/**
 * Makes an empty draft that only this user can read. An interrupted command leaves none behind.
 *
 * @throws for the operator, where root would make it in the folder of another user: it is opened again by its name
 */
export function draftFor(target: string): DraftFile {
  refuseRoot(dirname(target));
  const path = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.partial`);
  const remove = () => {
    for (const suffix of ['', ...SIDE_FILES]) rmSync(`${path}${suffix}`, { force: true });
  };
  const interrupted = (signal: NodeJS.Signals) => {
    remove();
    settled();
    // The exit status tells the caller how it ended.
    process.kill(process.pid, signal);
  };
  const settled = () => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  };
  // Before the file is there: a signal in between would leave it.
  for (const signal of SIGNALS) process.on(signal, interrupted);
  try {
    makeNewFile(path);
  } catch (error) {
    settled();
    throw error;
  }
  return {
    path,
    place() {
      sync(path, 'r+');
      renameSync(path, target);
      settled();
      syncFolder(dirname(target));
    },
    discard() {
      settled();
      remove();
    },
  };
}

/** A name is durable only with its folder. Windows cannot sync one. */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') sync(folder, 'r');
}

function sync(path: string, flags: string): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
