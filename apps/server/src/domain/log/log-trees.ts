import {
  type Checkpoint,
  checkpointText,
  consistencyRanges,
  edgeTiles,
  extendTiles,
  type Hash,
  isSignedBy,
  LogTreeError,
  type NoteSigner,
  parseCheckpoint,
  type Sha256,
  sameBytes,
  signNote,
  TILE_WIDTH,
  TileSet,
  TreeHasher,
  tilesOfRanges,
  type VerifyEd25519,
} from '@kanda/tlog';
import { INSTALLATION_ACCOUNT } from '../accounts/account.ts';
import type { Clock } from '../time.ts';
import { CLOCKS_APART_MS } from '../time.ts';
import type { EventRecord } from './events.ts';
import { entryOf } from './leaf.ts';
import { originOf } from './origin.ts';
import type { KeptCheckpoint, LogHead, LogTreeStore } from './ports.ts';
import type { SignedCheckpoint, SignedMemory } from './signed-memory.ts';

export interface LogTreeParts {
  readonly store: LogTreeStore;
  /** Where write access to the store does not reach. */
  readonly signed: SignedMemory;
  readonly signer: NoteSigner;
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
  readonly clock: Clock;
  /** At most this long after an event a checkpoint covers it, while a server runs. */
  readonly checkpointIntervalMs: number;
  /** How old a checkpoint must be before the bodies that it covers are pruned; null: they are kept for ever. */
  readonly retentionMs: number | null;
}

/** Called after each piece of work with the ms that it took: the caller decides how long others have their turn. */
export type Rest = (workedMs: number) => Promise<void>;

/** How many events are read and hashed at once: a tile full, about 1 ms. */
const EVENTS_AT_ONCE = TILE_WIDTH;
/** How many tiles one transaction writes at most. */
const TILES_AT_ONCE = 16;
const PRUNED_AT_ONCE = 500;
const CHECKPOINTS_AT_ONCE = 64;

/**
 * Builds the trees behind the logs, signs checkpoints, and prunes what retention lets go. Each step is one
 * transaction that changes nothing when another process has done it meanwhile, so any number of processes may
 * run this, and one may be killed between any two steps.
 */
export class LogTrees {
  readonly #parts: LogTreeParts;
  readonly #hasher: TreeHasher;

  constructor(parts: LogTreeParts) {
    this.#parts = parts;
    this.#hasher = new TreeHasher(parts.sha256);
  }

  /** ms, by the clock that dates checkpoints. */
  now(): number {
    return this.#parts.clock();
  }

  /**
   * Puts the events that are not in the tree yet into it, a bounded number of them.
   * @returns the tree's new size
   * @throws {LogTreeError} when the log is shorter than its tree, has a gap, or goes on with what cannot be read
   */
  async extend(head: LogHead, rest: Rest): Promise<number> {
    const { accountId, lastEvent, size } = head;
    if (lastEvent < size) throw new LogTreeError(`events ${lastEvent + 1} to ${size} are gone from the log`);
    const leaves: Hash[] = [];
    const most = TILES_AT_ONCE * TILE_WIDTH - (size % TILE_WIDTH);
    while (size + leaves.length < lastEvent && leaves.length < most) {
      const begun = performance.now();
      const after = size + leaves.length;
      const limit = Math.min(EVENTS_AT_ONCE, most - leaves.length);
      const events = await this.#readLog(accountId, after, limit);
      const cannot = this.#addLeaves(leaves, events, after);
      if (cannot !== null) {
        // What is before it goes into the tree all the same.
        if (leaves.length === 0) throw cannot;
        break;
      }
      await rest(performance.now() - begun);
    }
    if (leaves.length === 0) return size;
    const begun = performance.now();
    const edge = await this.#parts.store.readTiles(accountId, edgeTiles(size));
    const tiles = extendTiles(this.#hasher, size, edge, leaves);
    const worked = performance.now() - begun;
    const grown = size + leaves.length;
    const written = await this.#parts.store.extendLogTree(accountId, size, grown, tiles);
    await rest(worked);
    return written ? grown : size;
  }

  /** Whether the interval since the last checkpoint is over. A clock that was set back does not put one off. */
  isCheckpointDue({ size, checkpointSize, checkpointAt }: LogHead): boolean {
    if (size === checkpointSize) return false;
    const since = this.#parts.clock() - checkpointAt;
    return since >= this.#parts.checkpointIntervalMs || since < 0;
  }

  /**
   * Signs the tree as it is and keeps the checkpoint; null when another process has been faster.
   * @throws {LogTreeError} when the tree does not go on from the last checkpoint, the store's own or the one that
   *   is remembered elsewhere: two that contradict each other must never be signed (C2SP tlog-checkpoint)
   */
  async signCheckpoint(head: LogHead): Promise<KeptCheckpoint | null> {
    const { accountId, size, checkpointSize } = head;
    const { store, signed, signer, sha256, clock } = this.#parts;
    const origin = originOfLog(head);
    const remembered = await this.#remembered(origin);
    if (remembered !== null && (await this.#hasMovedPast(head, remembered))) return null;
    const sizes = [checkpointSize, remembered?.size ?? 0, size].filter((known) => known > 0);
    const tiles = await this.#tiles(accountId, sizes);
    if (checkpointSize > 0) {
      const last = await store.newestCheckpoint(accountId);
      if (last === null || last.size < checkpointSize) throw new LogTreeError('the last checkpoint is gone');
      // Another process has signed one since the head was read.
      if (last.size > checkpointSize) return null;
      this.#assertOwn(last, origin);
      if (!sameBytes(tiles.range([0, checkpointSize]), last.root)) {
        throw new LogTreeError(
          `the stored tree does not go on from the last checkpoint, of ${checkpointSize} events`,
        );
      }
    }
    if (remembered !== null) this.#assertGoesOn(tiles, remembered);
    const at = clock();
    const root = tiles.range([0, size]);
    const note = signNote(checkpointText({ origin, size, root, at }), origin, signer, sha256);
    const checkpoint = { size, root, at, note };
    // Before anything else knows of it: a stop in between leaves a checkpoint that no later one contradicts.
    await signed.remember({ origin, ...checkpoint });
    return (await store.addCheckpoint(accountId, checkpointSize, checkpoint)) ? checkpoint : null;
  }

  /**
   * Compares the store's newest checkpoint of a log with the one that is remembered. A later one, which another node
   * signed, is remembered from then on.
   * @throws {LogTreeError} when the store has less than was signed, or something else
   */
  async review(head: LogHead): Promise<void> {
    const { store, signed } = this.#parts;
    const { accountId, checkpointSize } = head;
    const origin = originOfLog(head);
    const remembered = await this.#remembered(origin);
    if (checkpointSize === (remembered?.size ?? 0)) return;
    if (remembered !== null) {
      if (await this.#hasMovedPast(head, remembered)) return;
      this.#assertGoesOn(await this.#tiles(accountId, [remembered.size]), remembered);
    }
    // Signed, and not kept by the store before this process or the one before it ended: the next one covers it.
    if (checkpointSize < (remembered?.size ?? 0)) return;
    const newest = await store.newestCheckpoint(accountId);
    if (newest?.size !== checkpointSize) return;
    this.#assertOwn(newest, origin);
    const tiles = await this.#tiles(accountId, [checkpointSize]);
    this.#assertGoesOn(tiles, { ...newest, origin });
    await signed.remember({ origin, ...newest });
  }

  /**
   * That the log of its first `to` events begins with that of its first `from` ones (1 to `to`).
   * @throws {LogTreeError} when the stored tree lacks what it must have
   */
  async consistency(accountId: number, from: number, to: number): Promise<readonly Hash[]> {
    const ranges = consistencyRanges(from, to);
    const tiles = await this.#parts.store.readTiles(accountId, tilesOfRanges(ranges));
    const set = new TileSet(this.#hasher, tiles);
    return ranges.map((range) => set.range(range));
  }

  /**
   * Logs of which a signed checkpoint is remembered and which are not among `origins`: what deleted one leaves.
   */
  async vanished(origins: ReadonlySet<string>): Promise<readonly string[]> {
    return (await this.#parts.signed.origins()).filter((origin) => !origins.has(origin));
  }

  async #remembered(origin: string): Promise<SignedCheckpoint | null> {
    const { signed, signer, sha256, verify } = this.#parts;
    const remembered = await signed.newest(origin);
    if (remembered === null) return null;
    const { note } = parseCheckpoint(remembered.note);
    if (!isSignedBy(note, { name: origin, publicKey: signer.publicKey }, sha256, verify)) {
      throw new LogTreeError(
        `a checkpoint of ${remembered.size} events was signed with another key: this is another store, or its signing key was replaced`,
      );
    }
    return remembered;
  }

  /**
   * Whether `head` is out of date, as another process has been faster.
   * @throws {LogTreeError} when it is not, and the tree is shorter than what was signed
   */
  async #hasMovedPast(
    { accountId, size, checkpointSize }: LogHead,
    { size: signed }: Checkpoint,
  ): Promise<boolean> {
    if (size >= signed) return false;
    const now = await this.#parts.store.logHead(accountId);
    if (now !== null && (now.size !== size || now.checkpointSize !== checkpointSize)) return true;
    throw new LogTreeError(`a checkpoint of ${signed} events was signed, and the stored tree has ${size}`);
  }

  #assertGoesOn(tiles: TileSet, { size, root }: Checkpoint): void {
    if (sameBytes(tiles.range([0, size]), root)) return;
    throw new LogTreeError(
      `the stored tree does not go on from a checkpoint of ${size} events that was signed before: events were changed`,
    );
  }

  /**
   * Deletes bodies that a checkpoint older than the retention covers: its signature proves that they were old
   * enough. The tree stays whole.
   * @returns how many numbers the log went on
   */
  async prune(head: LogHead, rest: Rest): Promise<number> {
    const { retentionMs, store } = this.#parts;
    if (retentionMs === null) return 0;
    const now = this.now();
    let { prunedTo } = head;
    for (let above = prunedTo; ; ) {
      const checkpoints = await store.listCheckpoints(head.accountId, above, CHECKPOINTS_AT_ONCE);
      for (const { size, at } of checkpoints) {
        above = size;
        // Signed while the clock ran ahead. It tells nothing, and one that came after it may be old enough.
        if (at > now + CLOCKS_APART_MS) continue;
        // Nothing after it is older, whatever a clock that ran behind has written there.
        if (at > now - retentionMs) return prunedTo - head.prunedTo;
        while (prunedTo < size) {
          const begun = performance.now();
          const pruned = await store.pruneEvents(head.accountId, size, PRUNED_AT_ONCE);
          if (pruned === 0) return prunedTo - head.prunedTo;
          prunedTo += pruned;
          await rest(performance.now() - begun);
        }
      }
      if (checkpoints.length < CHECKPOINTS_AT_ONCE) return prunedTo - head.prunedTo;
    }
  }

  /** @throws {LogTreeError} when it is this log that cannot be read, while the store can be */
  async #readLog(accountId: number, after: number, limit: number): Promise<readonly EventRecord[]> {
    const { store } = this.#parts;
    try {
      return await store.readLog(accountId, after, limit);
    } catch {
      // Throws when the store is away: then no log is at fault.
      await store.logHead(accountId);
    }
    return store.readLog(accountId, after, limit).catch((cause) => {
      throw new LogTreeError(`the events after ${after} cannot be read`, { cause });
    });
  }

  /** Adds the leaves of the events that follow number `after`; gives why the next one has none, or null. */
  #addLeaves(leaves: Hash[], events: readonly EventRecord[], after: number): LogTreeError | null {
    let next = after + 1;
    for (const event of events) {
      if (event.id !== next) break;
      try {
        leaves.push(this.#hasher.leaf(entryOf(event)));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        return new LogTreeError(
          `event ${next} cannot be put into the tree: ${reason}. A newer version wrote it, which will do it, or its row was altered`,
          { cause },
        );
      }
      next++;
    }
    return next === after + 1 ? new LogTreeError(`event ${next} is not in the log`) : null;
  }

  async #tiles(accountId: number, sizes: readonly number[]): Promise<TileSet> {
    const wanted = tilesOfRanges(sizes.map((size) => [0, size]));
    return new TileSet(this.#hasher, await this.#parts.store.readTiles(accountId, wanted));
  }

  /** What the store keeps as the last checkpoint may come from someone else. */
  #assertOwn(last: KeptCheckpoint, origin: string): void {
    const { signer, sha256, verify } = this.#parts;
    const { checkpoint, note } = parseCheckpoint(last.note);
    const own =
      checkpoint.origin === origin && checkpoint.size === last.size && sameBytes(checkpoint.root, last.root);
    if (!own || !isSignedBy(note, { name: origin, publicKey: signer.publicKey }, sha256, verify)) {
      throw new LogTreeError(`the stored checkpoint of ${last.size} events was not signed with this key`);
    }
  }
}

/** @throws {LogTreeError} without its account it would be taken for the installation's own log */
function originOfLog({ accountId, accountPublicId }: LogHead): string {
  if (accountPublicId === null && accountId !== INSTALLATION_ACCOUNT)
    throw new LogTreeError(`the account of log ${accountId} is gone from the store`);
  return originOf(accountPublicId);
}
