import {
  type Hash,
  type NodeSeen,
  parseCheckpoint,
  sameBytes,
  TreeHasher,
  type VerifierKey,
} from '@kanda/tlog';
import { sha256 } from '../../crypto/log-signing.ts';
import { UNKNOWN_EVENT } from '../../domain/log/events.ts';
import { entryOf } from '../../domain/log/leaf.ts';
import type { KeptCheckpoint } from '../../domain/log/ports.ts';
import { LogVerifier, type VerifiedLog } from '../../domain/log/verify-log.ts';
import type { Witness } from '../../domain/log/witness.ts';
import type { LogPlace, LogReader, LogRow } from '../../store/sqlite/log-reader.ts';
import { Lists } from './verify-lists.ts';
import { cosignaturesOf, isTrusted, type TrustedKeys } from './witnesses.ts';

export interface StoreVerification {
  readonly reader: LogReader;
  readonly place: LogPlace;
  readonly origin: string;
  /** Checkpoints of this log that were kept elsewhere, or that this node remembers. */
  readonly kept: readonly Witness[];
  /** Empty: the signatures of the store's own checkpoints are not looked at. */
  readonly keys: TrustedKeys;
  /** Whose cosignatures are looked for. */
  readonly cosigners?: readonly VerifierKey[];
  /** null: bodies are kept for ever. Not judged: those that the store says were pruned may be missing. */
  readonly retentionMs: number | null | 'not judged';
  readonly now: number;
  readonly onProgress: (done: number) => void;
  /**
   * Within a bounded memory, however long the log: of the store's own checkpoints the newest are held against the tree, and
   * the lists of events by client are not looked at.
   */
  readonly bounded?: boolean;
}

/** How many of the newest checkpoints are held against the tree at least, where memory is bounded. */
const NEWEST_CHECKPOINTS = 10_000;

const PROGRESS_EVERY = 5_000;
/** A hash of tile level n covers 256^n leaves. */
const LEVELS_PER_TILE = 8;

/** Makes the tree of a stored log anew from the bodies of its events and holds it against every checkpoint. */
export function verifyStoredLog(verification: StoreVerification): VerifiedLog {
  const steps = verifySteps(verification);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `verifyStoredLog`, and gives way every few thousand events, so that a signal can be answered. */
export function* verifySteps(verification: StoreVerification): Generator<undefined, VerifiedLog> {
  const { reader, place, kept, retentionMs, now, onProgress } = verification;
  const { accountId, lastEvent, treeSize } = place;
  const hasher = new TreeHasher(sha256);
  const tops = new TopLevels();
  const own = ownWitnesses(verification);
  const verifier = new LogVerifier(hasher, [...kept, ...own.witnesses], { seen: tops.seen });
  for (const message of own.faults) verifier.note(null, message);
  if (place.sentSize > place.checkpointSize) {
    verifier.note(
      null,
      `the store says that checkpoints of up to ${place.sentSize} events were sent off the host, and the newest is of ${place.checkpointSize}: some may never have left`,
    );
  }

  const lists = verification.bounded === true ? null : new Lists(reader.activity(accountId));
  const total = Math.max(lastEvent, treeSize, reader.extent(accountId).highest);
  const rows = reader.events(accountId);
  const leaves = reader.hashes(accountId, 0, treeSize);
  let row = rows.next().value as LogRow | undefined;
  let leafLost = false;
  for (let id = 1; id <= total && !verifier.isLost; id++) {
    while (row !== undefined && row.id < id) {
      verifier.note(row.id, `event ${row.id} stands outside of the log`);
      row = rows.next().value as LogRow | undefined;
    }
    const stored = id <= treeSize ? (leaves.next().value as Hash | null) : null;
    if (id <= treeSize && stored === null && !leafLost) {
      leafLost = true;
      verifier.note(id, `the stored tree lacks the leaf of event ${id}`);
    }
    if (row?.id !== id) {
      verifier.next(null, stored);
      continue;
    }
    if (id > lastEvent) {
      verifier.note(id, `event ${id} stands beyond the end of the log, which is event ${lastEvent}`);
    }
    verifier.next(leafOf(hasher, row, verifier) ?? stored, stored);
    lists?.follow(row, verifier.missingTo);
    row = rows.next().value as LogRow | undefined;
    if (id % PROGRESS_EVERY === 0) {
      onProgress(id / total);
      yield;
    }
  }
  if (verifier.agrees) tops.compare(reader, place, verifier);
  const hiddenTo = place.prunedTo;
  if (retentionMs === 'not judged' && verifier.missingTo > hiddenTo) {
    verifier.note(
      hiddenTo + 1,
      `events ${hiddenTo + 1} to ${verifier.missingTo} are missing, and were not pruned`,
    );
  }
  const verified = verifier.finish(retentionMs === 'not judged' ? null : { retentionMs, now, hiddenTo });
  // Where events were changed or deleted, lists break for that reason alone.
  if (verified.findings.length > 0 || lists === null) return verified;
  const gone = { missingTo: verifier.missingTo, hiddenTo };
  return { ...verified, findings: lists.broken(reader.newestOfClients(accountId), gone) };
}

/** null when the row is no event: that is reported, and the stored leaf is used instead. */
function leafOf(hasher: TreeHasher, row: LogRow, verifier: LogVerifier): Hash | null {
  try {
    const event = row.read();
    if (event.event === UNKNOWN_EVENT) {
      verifier.ofNewerVersion(row.id);
      return null;
    }
    const leaf = hasher.leaf(entryOf(event));
    if (event.event === 'store.restored') verifier.restored(event.id, event.at);
    return leaf;
  } catch (error) {
    verifier.note(
      row.id,
      `event ${row.id} was changed: it is no event of this version (${(error as Error).message})`,
    );
    return null;
  }
}

/** The store's own checkpoints, as far as they are what they say. */
function ownWitnesses({ reader, place, origin, keys, cosigners = [], bounded }: StoreVerification): {
  readonly witnesses: Witness[];
  readonly faults: string[];
} {
  const witnesses: Witness[] = [];
  const faults: string[] = [];
  for (const stored of reader.checkpoints(place.accountId)) {
    const fault = faultOf(stored, origin, keys);
    if (fault === null) {
      const { cosigned, forged } = cosignaturesOf(parseCheckpoint(stored.note).note, cosigners);
      witnesses.push({ ...stored, origin, kept: false, cosigned });
      if (bounded === true && witnesses.length > 2 * NEWEST_CHECKPOINTS)
        witnesses.splice(0, NEWEST_CHECKPOINTS);
      for (const name of forged)
        faults.push(
          `the store's own checkpoint of ${stored.size} events bears a forged cosignature of ${name}`,
        );
    } else faults.push(`the store's own checkpoint of ${stored.size} events ${fault}`);
  }
  return { witnesses, faults };
}

function faultOf(stored: KeptCheckpoint, origin: string, keys: TrustedKeys): string | null {
  try {
    const parsed = parseCheckpoint(stored.note);
    const { checkpoint } = parsed;
    const same =
      checkpoint.origin === origin &&
      checkpoint.size === stored.size &&
      checkpoint.at === stored.at &&
      sameBytes(checkpoint.root, stored.root);
    if (!same) return 'is not what its signed note says';
    return keys.length === 0 || isTrusted(parsed, keys) ? null : 'is not signed by the given key';
  } catch (error) {
    return `is damaged: ${(error as Error).message}`;
  }
}

/** The hashes that the tiles above the leaves must hold. */
class TopLevels {
  readonly #levels = new Map<number, Hash[]>();

  readonly seen: NodeSeen = (level, index, hash) => {
    if (level === 0 || level % LEVELS_PER_TILE !== 0) return;
    const tileLevel = level / LEVELS_PER_TILE;
    const hashes = this.#levels.get(tileLevel) ?? [];
    if (index === 0) this.#levels.set(tileLevel, hashes);
    hashes.push(hash);
  };

  compare(reader: LogReader, { accountId, treeSize }: LogPlace, verifier: LogVerifier): void {
    for (const [level, hashes] of this.#levels) {
      const count = Math.floor(treeSize / 256 ** level);
      let at = 0;
      for (const stored of reader.hashes(accountId, level, count)) {
        const hash = hashes[at++];
        if (stored !== null && hash !== undefined && sameBytes(stored, hash)) continue;
        const tile = `${level}/${Math.floor((at - 1) / 256)}`;
        verifier.note(null, `tile ${tile} of the stored tree is not what the tiles below it make`);
        break;
      }
    }
  }
}
