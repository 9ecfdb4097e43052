import { accessSync, constants, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { refuseRoot } from '../../compose/foreign-folder.ts';
import { makeNewFile } from '../../store/sqlite/private-file.ts';
import { draftFor } from '../lib/draft-file.ts';

/** A file that will have a secret, which is shown once: a key, or the signing secret of a webhook. */

export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Whether the file could be made. @throws for people, when it could not */
export function assertWritable(path: string): void {
  refuseRoot(dirname(path));
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`${path} cannot be made: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Has `make` bring the secret and keeps it in the file, which only this user may read. The file is made first, empty: what
 * has been made is not lost for want of a place, and of two commands at once one makes it and the other is refused.
 */
export async function keepSecret(path: string, make: () => Promise<string>): Promise<void> {
  reserve(path);
  const draft = draftFor(path);
  try {
    writeFileSync(draft.path, `${await make()}\n`);
    draft.place();
  } catch (error) {
    draft.discard();
    rmSync(path, { force: true });
    throw error;
  }
}

function reserve(path: string): void {
  refuseRoot(dirname(path));
  try {
    makeNewFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new Error(`${path} is there already, perhaps of another kanda apply at this moment.`, { cause });
  }
}

/** What the file has; null: it cannot be read. */
export function secretIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
