import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseCheckpoint, SIGNATURE_LENGTH, splitNotes } from '@kanda/tlog';
import { type SignedCheckpoint, SignedInProcess, type SignedMemory } from '../domain/log/signed-memory.ts';

/** In the data directory. Signed notes, one after the other, as a sink that is a file has them. */
export const SIGNED_FILE = 'signed-checkpoints';

/** Beyond this, and four times what its newest notes take, the file is written anew with these alone. */
const COMPACT_ABOVE_BYTES = 1024 * 1024;
export const DRAFT = '.draft';
const DRAFT_IS_LEFT_MS = 60_000;
/** The folder cannot be written at all, as in a container whose file system is read-only. */
export const CANNOT_KEEP: ReadonlySet<string> = new Set([
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
]);

export interface SignedFileOptions {
  readonly path: string;
  /** Receives what the operator should know: once, that this node cannot keep the file. */
  readonly warn: (message: string) => void;
}

/**
 * Remembers in the process and in a file. The seal of an entry is the signature of its note: the signing key is
 * wrapped by the master key, so write access to the store makes no entry. Several processes of one node may share
 * the file: each only appends, and a process that compacts it takes what others append meanwhile along.
 */
export class SignedFile implements SignedMemory {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  readonly #known = new SignedInProcess();
  #loading: Promise<void> | null = null;
  #writing: Promise<void> = Promise.resolve();
  #bytes = 0;
  #keeps = true;

  constructor({ path, warn }: SignedFileOptions) {
    this.#path = path;
    this.#warn = warn;
  }

  async newest(origin: string): Promise<SignedCheckpoint | null> {
    await this.#load();
    return this.#known.newest(origin);
  }

  async origins(): Promise<readonly string[]> {
    await this.#load();
    return this.#known.origins();
  }

  /** @throws when the disk is full or fails; a folder that cannot be written at all is a warning */
  async remember(checkpoint: SignedCheckpoint): Promise<void> {
    await this.#load();
    if (!this.#known.note(checkpoint)) return;
    const written = this.#writing.then(() => this.#append(checkpoint.note));
    this.#writing = written.catch(() => {});
    await written;
  }

  async #load(): Promise<void> {
    this.#loading ??= readSigned(this.#path).then(({ checkpoints, bytes }) => {
      for (const checkpoint of checkpoints) this.#known.note(checkpoint);
      this.#bytes = bytes;
    });
    await this.#loading.catch((error) => {
      this.#loading = null;
      throw error;
    });
  }

  async #append(note: string): Promise<void> {
    if (!this.#keeps) return;
    try {
      this.#bytes = await appendNote(this.#path, note);
      if (this.#bytes > COMPACT_ABOVE_BYTES) await this.#compact();
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (!CANNOT_KEEP.has(code)) throw error;
      this.#keeps = false;
      this.#warn(
        `${this.#path} cannot be written (${message}): this node remembers which checkpoints were signed only until it stops. Give it a data directory that lasts (KANDA_DATA_DIR), or a witness.`,
      );
    }
  }

  async #compact(): Promise<void> {
    const newest = () => joinNotes(this.#known.all().map(({ note }) => note));
    if (this.#bytes < 4 * Buffer.byteLength(newest())) return;
    const draft = await draftOf(this.#path);
    if (draft === null) return;
    const old = await open(this.#path, 'r');
    let renamed = false;
    try {
      for (const { checkpoint, text } of notesOf(await readFile(old, 'utf8')))
        this.#known.note({ ...checkpoint, note: text });
      await draft.writeFile(newest());
      await draft.datasync();
      await rename(`${this.#path}${DRAFT}`, this.#path);
      renamed = true;
      await syncFolder(dirname(this.#path));
      // Appended by another process between the read and the rename.
      const late = await readFile(old, 'utf8');
      if (late !== '') await appendNote(this.#path, late.trimEnd());
      this.#bytes = (await stat(this.#path)).size;
    } finally {
      await Promise.all([old.close(), draft.close()]);
      // From then on a draft of this name is another process's.
      if (!renamed) await rm(`${this.#path}${DRAFT}`, { force: true });
    }
  }
}

/** An empty draft of the file; null while another process has one: of two that compact, one would lose a note. */
async function draftOf(path: string): Promise<FileHandle | null> {
  const draft = `${path}${DRAFT}`;
  try {
    return await open(draft, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Date.now() }));
    // Left by a process that was killed. The next append tries again.
    if (Math.abs(Date.now() - mtimeMs) > DRAFT_IS_LEFT_MS) await rm(draft, { force: true });
    return null;
  }
}

/** What the file holds; nothing when it is not there. Pieces that are no whole note are left out: a write was cut off. */
export async function readSigned(
  path: string,
): Promise<{ readonly checkpoints: readonly SignedCheckpoint[]; readonly bytes: number }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw error;
  });
  return {
    checkpoints: notesOf(text).map(({ checkpoint, text: note }) => ({ ...checkpoint, note })),
    bytes: Buffer.byteLength(text),
  };
}

function notesOf(text: string) {
  return splitNotes(text).notes.flatMap((text) => {
    try {
      const { checkpoint, note } = parseCheckpoint(text);
      // Shorter is a signature of which the end was not written before the power failed.
      const whole = note.signatures.some(
        ({ name, signature }) => name === checkpoint.origin && signature.length === SIGNATURE_LENGTH,
      );
      return whole ? [{ checkpoint, text }] : [];
    } catch {
      return [];
    }
  });
}

function joinNotes(notes: readonly string[]): string {
  return notes.map((note) => `${note}\n`).join('');
}

/** @returns the file's size afterwards */
async function appendNote(path: string, note: string): Promise<number> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (;;) {
    const file = await open(path, 'a+', 0o600);
    try {
      const { size, ino } = await file.stat();
      // What is there may end in a note that was cut off: an empty line keeps it apart from this one.
      await file.appendFile(size === 0 ? joinNotes([note]) : `\n\n${joinNotes([note])}`);
      await file.datasync();
      if (size === 0) await syncFolder(dirname(path));
      // Another process may have put a compacted file in its place meanwhile.
      const there = await stat(path);
      if (there.ino === ino) return there.size;
    } finally {
      await file.close();
    }
  }
}

/** A name is durable only with its folder. Windows cannot sync one. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
