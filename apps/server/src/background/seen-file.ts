import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreLife } from '../domain/store.ts';
import type { StoreSeen } from '../domain/store-seen.ts';
import { CANNOT_KEEP, DRAFT, syncFolder } from './signed-file.ts';

/** In the data directory: which store the servers of this node had open, and how often it had been seen by then. */
export const SEEN_FILE = 'store-seen';

const EVERY_MS = 60_000;
/** A draft lives for milliseconds. */
const DRAFT_IS_LEFT_MS = 3_600_000;

/** What a node remembers of its store. */
export interface RememberedStore extends StoreSeen {
  /** When, ISO 8601. */
  readonly at: string;
  /** The id of the master key that the server had. */
  readonly masterKey: string;
}

/** What this node remembers; null: nothing. @throws for the operator, when the file is not as a server has written it */
export function readSeenFile(path: string): RememberedStore | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Error(`${path} cannot be read: ${message}. Make it readable for the user of the server.`, {
      cause: error,
    });
  }
  try {
    const { id, generation, at, masterKey } = JSON.parse(text) as Partial<RememberedStore>;
    if (typeof id === 'string' && typeof generation === 'number') {
      return { id, generation, at: String(at), masterKey: String(masterKey) };
    }
  } catch {
    // Said below.
  }
  throw new Error(
    `${path} is damaged, so it cannot be said whether the store is the one that this node had. If you know that it is, move the file away.`,
  );
}

/** What is wrong with a store by what this node remembers, in words that follow its name; null: nothing. */
export function whatIsLost(
  seen: StoreSeen | null,
  { id, generation, at, masterKey }: RememberedStore,
): string | null {
  const then = `this node had it open at ${at}, under master key ${masterKey}`;
  if (seen === null) return `is older than it was when ${then}`;
  if (seen.id !== id)
    return `is not the store that this node had before: ${then.replace('it', id)}. Another installation needs a data directory of its own (KANDA_DATA_DIR)`;
  if (seen.generation >= generation) return null;
  return `is older than it was when ${then} (seen ${seen.generation} times, and ${generation} times then)`;
}

/** What {@link SeenKeeper} needs. */
export interface SeenKeeperParts {
  readonly store: Pick<StoreLife, 'noteSeen' | 'onMoved' | 'onConnected'>;
  readonly path: string;
  readonly masterKeyId: string;
  readonly freshId: () => string;
  readonly now: () => number;
  /** What to do about a store that went back. */
  readonly wayOut: string;
  /** Receives, once each, that this node cannot keep the file, and that the store went back. */
  readonly warn: (message: string) => void;
}

/**
 * Has the store and this node remember each other: the store counts, and what it counted to is written into a file. The
 * store comes first and is on the disk before the file, so a store whose count is below the file's has lost what was
 * committed since.
 *
 * It counts when the server starts, each minute, and whenever a part of the write-ahead log was moved: whatever is in the
 * log alone comes after a count that is there alone, so a log that is lost takes that count with it. A database it asks
 * after each new connection, too: after a failover that may lead to an older one.
 *
 * A store that does not continue what this process remembers is left as it is, and so is the file: from then on the
 * server judges nothing (`lost`), until it is started anew and compares again.
 */
export class SeenKeeper {
  readonly #parts: SeenKeeperParts;
  readonly #stopping = new AbortController();
  #rounds: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Whether the operator knows that the file cannot be written. */
  #isTold = false;
  #isTidy = false;
  /** What the store counted to last; undefined: the file was not read yet. */
  #remembered: RememberedStore | null | undefined;
  #lost: string | null = null;

  constructor(parts: SeenKeeperParts) {
    this.#parts = parts;
  }

  /** Counts now. What fails is tried again in a minute: a store that is away or a disk that is full is reported elsewhere. */
  note(): Promise<void> {
    // One that has not begun yet covers this one, too.
    if (this.#waiting === 0) {
      this.#waiting++;
      this.#rounds = this.#rounds.then(async () => {
        this.#waiting--;
        await this.#note().catch(() => {});
      });
    }
    return this.#rounds;
  }

  /** What is wrong with the store, and what to do; null: nothing. */
  get lost(): string | null {
    return this.#lost;
  }

  start(): void {
    const { store } = this.#parts;
    const noteUntilStopped = () => {
      if (!this.#stopping.signal.aborted) void this.note();
    };
    store.onMoved?.(noteUntilStopped);
    store.onConnected?.(noteUntilStopped);
    void this.#eachMinute();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#rounds;
  }

  async #eachMinute(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.note();
      // A log is moved between two batches: on a server without calls this is the second.
      if (this.#parts.store.onMoved !== undefined) await this.note();
      await sleep(EVERY_MS, undefined, { signal, ref: false }).catch(() => {
        // Woken by the stop.
      });
    }
  }

  async #note(): Promise<void> {
    if (this.#lost !== null) return;
    const { store, freshId, now, masterKeyId: masterKey } = this.#parts;
    // Before the store counts: another process of this node may have written it after its own count.
    if (this.#remembered === undefined) this.#remembered = readSeenFile(this.#parts.path);
    const before = this.#remembered;
    const seen = await store.noteSeen(freshId(), before);
    const fault = before === null ? null : whatIsLost(seen, before);
    if (fault !== null || seen === null) {
      this.#lose(fault ?? 'does not say which store it is');
      return;
    }
    const remembered: RememberedStore = { ...seen, at: new Date(now()).toISOString(), masterKey };
    this.#remembered = remembered;
    await this.#keep(`${JSON.stringify(remembered)}\n`);
  }

  #lose(fault: string): void {
    this.#lost = `The store ${fault}. ${this.#parts.wayOut}`;
    this.#parts.warn(`Nothing is judged any more, and /readyz is 503. ${this.#lost}`);
  }

  async #keep(text: string): Promise<void> {
    const { path, warn } = this.#parts;
    try {
      await this.#write(text);
      this.#isTold = false;
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (!CANNOT_KEEP.has(code) || this.#isTold) return;
      this.#isTold = true;
      warn(
        `${path} cannot be written (${message}): until it can, this node does not notice at its next start a store that was lost or went back to an older state. Give it a data directory that lasts (KANDA_DATA_DIR).`,
      );
    }
  }

  async #write(text: string): Promise<void> {
    const { path } = this.#parts;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (!this.#isTidy) await removeLeftDrafts(path);
    this.#isTidy = true;
    // Of this process alone. Of two that write at once the last wins: a count that is too low only notices less.
    const draftPath = `${path}.${randomBytes(6).toString('hex')}${DRAFT}`;
    const draft = await open(draftPath, 'wx', 0o600);
    try {
      await draft.writeFile(text);
      await draft.datasync();
      await rename(draftPath, path);
    } catch (error) {
      await rm(draftPath, { force: true });
      throw error;
    } finally {
      await draft.close();
    }
    await syncFolder(dirname(path));
  }
}

/** Removes drafts of processes that were killed while they wrote. */
async function removeLeftDrafts(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(DRAFT)) continue;
    const draft = join(folder, name);
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > DRAFT_IS_LEFT_MS) await rm(draft, { force: true });
  }
}
