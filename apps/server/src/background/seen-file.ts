import { readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreLife } from '../domain/store.ts';
import type { StoreSeen } from '../domain/store-seen.ts';
import { CANNOT_KEEP, DRAFT, draftOf, syncFolder } from './signed-file.ts';

/** In the data directory: which store the servers of this node had open, and how often it had been seen by then. */
export const SEEN_FILE = 'store-seen';

const EVERY_MS = 60_000;

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

/** What {@link SeenKeeper} needs. */
export interface SeenKeeperParts {
  readonly store: Pick<StoreLife, 'noteSeen' | 'onMoved'>;
  readonly path: string;
  readonly masterKeyId: string;
  readonly freshId: () => string;
  readonly now: () => number;
  /** Receives, once, that this node cannot keep the file. */
  readonly warn: (message: string) => void;
}

/**
 * Has the store and this node remember each other: the store counts, and what it counted to is written into a file. The
 * store comes first and is on the disk before the file, so a store whose count is below the file's has lost what was
 * committed since.
 *
 * It counts when the server starts, each minute, and whenever a part of the write-ahead log was moved: whatever is in the
 * log alone comes after a count that is there alone, so a log that is lost takes that count with it.
 */
export class SeenKeeper {
  readonly #parts: SeenKeeperParts;
  readonly #stopping = new AbortController();
  #rounds: Promise<void> = Promise.resolve();
  #waiting = 0;
  #keeps = true;

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

  start(): void {
    this.#parts.store.onMoved?.(() => {
      if (!this.#stopping.signal.aborted) void this.note();
    });
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
    const { store, freshId, now, masterKeyId: masterKey } = this.#parts;
    const seen = await store.noteSeen(freshId());
    if (!this.#keeps) return;
    const remembered: RememberedStore = { ...seen, at: new Date(now()).toISOString(), masterKey };
    await this.#write(`${JSON.stringify(remembered)}\n`).catch((error: NodeJS.ErrnoException) => {
      if (!CANNOT_KEEP.has(error.code ?? '')) throw error;
      this.#keeps = false;
      this.#parts.warn(
        `${this.#parts.path} cannot be written (${error.message}): this node does not notice a store that was lost or went back to an older state. Give it a data directory that lasts (KANDA_DATA_DIR).`,
      );
    });
  }

  async #write(text: string): Promise<void> {
    const { path } = this.#parts;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = await draftOf(path);
    // Another process of this node is writing it.
    if (draft === null) return;
    try {
      await draft.writeFile(text);
      await draft.datasync();
      await rename(`${path}${DRAFT}`, path);
    } catch (error) {
      await rm(`${path}${DRAFT}`, { force: true });
      throw error;
    } finally {
      await draft.close();
    }
    await syncFolder(dirname(path));
  }
}
