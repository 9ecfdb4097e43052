import {
  consistencyRanges,
  formatVerifierKey,
  type Hash,
  inclusionRanges,
  type LeafRange,
  type NoteSigner,
  type Sha256,
  TileSet,
  TreeHasher,
  tilesOfRanges,
} from '@kanda/tlog';
import { accountNotFound, Fault } from '../errors.ts';
import type { Clock } from '../time.ts';
import { originOf } from './origin.ts';
import type { KeptCheckpoint, LogHead, LogTreeStore } from './ports.ts';

export interface AuditLogParts {
  readonly store: LogTreeStore;
  readonly signer: NoteSigner;
  readonly sha256: Sha256;
  readonly clock: Clock;
  readonly checkpointIntervalMs: number;
}

export interface InclusionProof {
  readonly leaf: Hash;
  readonly hashes: readonly Hash[];
  readonly checkpoint: KeptCheckpoint;
}

type AccountLog = { readonly id: number; readonly publicId: string };

/** What the owner of a log can ask for to verify it. */
export class AuditLog {
  readonly #parts: AuditLogParts;
  readonly #hasher: TreeHasher;

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
    this.#hasher = new TreeHasher(parts.sha256);
  }

  /** Against which key the checkpoints of a log verify, as C2SP signed-note writes it; null: the installation's own. */
  verifierKey(account: { readonly publicId: string | null }): string {
    const key = { name: originOf(account.publicId), publicKey: this.#parts.signer.publicKey };
    return formatVerifierKey(key, this.#parts.sha256);
  }

  /** Faults: checkpoint_pending. */
  async checkpoint(account: AccountLog): Promise<KeptCheckpoint> {
    const newest = await this.#parts.store.newestCheckpoint(account.id);
    if (newest === null)
      throw this.#pending(await this.#head(account), 'No checkpoint of this log is signed yet.');
    return newest;
  }

  /** That event `id` is in the newest checkpoint's tree. Faults: event_not_found, checkpoint_pending. */
  async proveInclusion(account: AccountLog, id: number): Promise<InclusionProof> {
    const newest = await this.#parts.store.newestCheckpoint(account.id);
    if (newest === null || newest.size < id) {
      const head = await this.#head(account);
      if (id > head.lastEvent)
        throw new Fault('event_not_found', `Your log ends at event ${head.lastEvent}.`);
      throw this.#pending(head, `No checkpoint covers event ${id} yet.`);
    }
    const leaf: LeafRange = [id - 1, id];
    const ranges = inclusionRanges(id - 1, newest.size);
    const tiles = await this.#tiles(account, [leaf, ...ranges]);
    return { leaf: tiles.range(leaf), hashes: ranges.map((range) => tiles.range(range)), checkpoint: newest };
  }

  /**
   * That the log of its first `to` events begins with that of its first `from` ones; `from` is not above `to`.
   * Faults: checkpoint_pending.
   */
  async proveConsistency(account: AccountLog, from: number, to: number): Promise<readonly Hash[]> {
    const head = await this.#head(account);
    if (to > head.checkpointSize) throw this.#pending(head, `No checkpoint covers ${to} events yet.`);
    const ranges = consistencyRanges(from, to);
    const tiles = await this.#tiles(account, ranges);
    return ranges.map((range) => tiles.range(range));
  }

  async #tiles({ id }: AccountLog, ranges: readonly LeafRange[]): Promise<TileSet> {
    return new TileSet(this.#hasher, await this.#parts.store.readTiles(id, tilesOfRanges(ranges)));
  }

  async #head({ id }: AccountLog): Promise<LogHead> {
    const head = await this.#parts.store.logHead(id);
    if (head === null) throw accountNotFound();
    return head;
  }

  #pending({ checkpointAt }: LogHead, what: string): Fault {
    const due = checkpointAt + this.#parts.checkpointIntervalMs - this.#parts.clock();
    // A second more: the next round of the sequencer signs it.
    const seconds = Math.min(Math.max(Math.ceil(due / 1000), 0), this.#parts.checkpointIntervalMs / 1000) + 1;
    return new Fault(
      'checkpoint_pending',
      `${what} One is signed every ${this.#parts.checkpointIntervalMs / 1000} s while there are new events: ask again in ${seconds} s.`,
      { retryAfterSeconds: seconds },
    );
  }
}
