import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  type Stats,
} from 'node:fs';

const PRIVATE = 0o600;
const MODE = 0o7777;
/** Of Linux, and not among Node's constants: names a file without opening it. */
const O_PATH = 0o10_000_000;

/**
 * Makes the database file when there is none; only this user may read it. SQLite gives the
 * write-ahead log the mode of the database file, so this covers all three files. A file that is there is
 * not opened: closing it again would drop the locks that other connections of this process hold on it.
 *
 * @throws for the operator, when a link or something else than a file is in its place
 */
export function makePrivateFile(path: string): void {
  try {
    makeNewFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    makePrivate(path);
  }
}

/** Makes a file that is not there, readable for its owner alone. */
export function makeNewFile(path: string): void {
  const file = openSync(path, 'wx', PRIVATE);
  try {
    fchmodSync(file, PRIVATE);
  } finally {
    closeSync(file);
  }
}

/** The mode is changed of the very file that was looked at: a link that is put in its place meanwhile leads nowhere. */
function makePrivate(path: string): void {
  if (process.platform !== 'linux') {
    if (isOpen(path, lstatSync(path))) chmodSync(path, PRIVATE);
    return;
  }
  // Closing a descriptor of this kind drops no locks.
  const file = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    if (isOpen(path, fstatSync(file))) chmodSync(`/proc/self/fd/${file}`, PRIVATE);
  } finally {
    closeSync(file);
  }
}

/** Whether it has another mode than it should. @throws for the operator, where it is no file */
function isOpen(path: string, file: Stats): boolean {
  if (file.isFile()) return (file.mode & MODE) !== PRIVATE;
  const found = file.isSymbolicLink() ? 'a link' : 'not a file';
  throw new Error(
    `${path} cannot be opened as Kanda's database: it is ${found}. Put the file itself there, or name the folder that has it with KANDA_DATA_DIR (--data-dir).`,
  );
}
