import { accessSync, constants, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { refuseRoot } from '../../compose/foreign-folder.ts';
import { makeNewFile } from '../../store/sqlite/private-file.ts';
import { draftFor } from '../lib/draft-file.ts';
import { messageOf } from '../lib/tell-error.ts';

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

/** A secret that was made, and how to take back what has it. */
export interface MadeSecret {
  readonly text: string;
  undo(): Promise<void>;
  /** What to run where that failed, too. */
  readonly undoByHand: string;
}

/**
 * Has `make` bring the secret and keeps it in the file, which only this user may read. The file is made first, empty: what
 * has been made is not lost for want of a place, and of two commands at once one makes it and the other is refused. What
 * cannot be written all the same, as on a full disk, is taken back: no one has its text.
 */
export async function keepSecret(path: string, make: () => Promise<MadeSecret>): Promise<void> {
  reserve(path);
  const draft = draftFor(path);
  let made: MadeSecret | null = null;
  try {
    made = await make();
    writeFileSync(draft.path, `${made.text}\n`);
    draft.place();
  } catch (error) {
    draft.discard();
    rmSync(path, { force: true });
    throw made === null ? error : await takenBack(path, made, error);
  }
}

async function takenBack(path: string, { undo, undoByHand }: MadeSecret, cause: unknown): Promise<Error> {
  const lost = `it was made, and ${path} could not be written: ${messageOf(cause)}.`;
  try {
    await undo();
    return new Error(`${lost} It was taken back, as its text is shown once.`, { cause });
  } catch (error) {
    return new Error(`${lost} It could not be taken back (${messageOf(error)}): ${undoByHand}`, { cause });
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
