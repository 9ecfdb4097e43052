import { CompactRange, type Hash, type NodeSeen, sameBytes, type TreeHasher } from '@kanda/tlog';
import { explainedByRestores, type Restore } from './restores.ts';
import { rankOf, timeOf, type Witness, whose } from './witness.ts';

/** Something that is wrong with a log. */
export interface Finding {
  /** The event at which it shows, where that is known. */
  readonly event: number | null;
  readonly message: string;
  /** A version that knows more kinds of events may find that nothing is wrong. */
  readonly isOfNewerVersion?: boolean;
}

export interface VerifiedLog {
  /** Empty: the log is as it was when its checkpoints were signed. Ordered by event. */
  readonly findings: readonly Finding[];
  /** The longest checkpoint that the log leads to, of those that were kept elsewhere if there is one. */
  readonly covered: Witness | null;
  /** By the name of each cosigner: the longest checkpoint that the log leads to and that it has cosigned. */
  readonly cosigned: ReadonlyMap<string, Witness>;
  /** How many events the longest one covers, wherever it stood. */
  readonly coveredTo: number;
  readonly lastEvent: number;
  /** Events 1 to this have no body any more, and were old enough for it. */
  readonly prunedTo: number;
}

export interface LogVerifierOptions {
  /** The tree to go on from, when the first events are known by their hashes alone. */
  readonly start?: CompactRange;
  /** Told of each complete subtree of the bodies' tree. */
  readonly seen?: NodeSeen;
}

export interface RetentionRule {
  /** null: bodies are kept for ever. */
  readonly retentionMs: number | null;
  readonly now: number;
  /** Up to which event the store shows none, whether the bodies are there or not. */
  readonly hiddenTo: number;
}

/** Further missing events are only counted. */
const MAX_GAPS = 5;

/**
 * Follows a log event by event, building its tree anew from the bodies, and holds it against checkpoints. Of
 * each event it is given the leaf made from the body, and the leaf that the stored tree has; where the two
 * part, it follows both, and the checkpoints tell which of them is the true one.
 */
export class LogVerifier {
  readonly #bodies: CompactRange;
  readonly #seen: NodeSeen | undefined;
  readonly #witnesses: readonly Witness[];
  /** The stored tree, from the first event on at which it differs from the bodies. */
  #stored: CompactRange | null = null;
  #nextWitness = 0;
  #findings: Finding[] = [];
  #firstChanged: number | null = null;
  #differing = 0;
  #missingTo = 0;
  #gaps = 0;
  #unknown: number | null = null;
  /** The last event of a kind that this version does not know. */
  #newest: number | null = null;
  #results: { readonly witness: Witness; readonly bodies: boolean; readonly stored: boolean }[] = [];
  readonly #restores: Restore[] = [];

  constructor(hasher: TreeHasher, witnesses: readonly Witness[], options: LogVerifierOptions = {}) {
    this.#bodies = options.start?.clone() ?? new CompactRange(hasher);
    this.#seen = options.seen;
    // Of one size, those that were kept come first: theirs is the word that counts.
    this.#witnesses = witnesses.toSorted((a, b) => a.size - b.size || rankOf(a) - rankOf(b));
    this.#missingTo = this.#bodies.size;
    // Shorter ones say something about events that are not there to be followed.
    this.#nextWitness = this.#witnesses.findIndex(({ size }) => size > this.#bodies.size);
    if (this.#nextWitness < 0) this.#nextWitness = this.#witnesses.length;
    this.#compare(this.#witnesses.filter(({ size }) => size === this.#bodies.size && size > 0));
  }

  /** The number of the event that {@link next} is about. */
  get position(): number {
    return this.#bodies.size + 1;
  }

  /** Whether it can be followed any further: not beyond an event of which neither body nor leaf is there. */
  get isLost(): boolean {
    return this.#unknown !== null;
  }

  /** Events 1 to this have no body. */
  get missingTo(): number {
    return this.#missingTo;
  }

  /** Whether every event so far is what the stored tree has of it. */
  get agrees(): boolean {
    return this.#stored === null && !this.isLost;
  }

  /** Something that was seen on the way and is not about hashes. */
  note(event: number | null, message: string): void {
    this.#findings.push({ event, message });
  }

  /** This event is of a kind that this version does not know: what its leaf should be cannot be said. */
  ofNewerVersion(event: number): void {
    this.#newest = event;
    const message = `event ${event} has a type that this version does not know: a newer version of Kanda wrote it, or it was altered. Ask the newest version that has served this store`;
    this.#findings.push({ event, message, isOfNewerVersion: true });
  }

  /** The log says at this event, at `at` (ms), that a backup was restored. */
  restored(event: number, at: number): void {
    this.#restores.push({ event, at });
  }

  /**
   * The next event.
   * @param body the leaf made from its body; null: there is no body
   * @param stored its leaf in the stored tree; null: not there, or there is no stored tree
   */
  next(body: Hash | null, stored: Hash | null): void {
    if (this.isLost) return;
    const id = this.position;
    const leaf = body ?? stored;
    if (leaf === null) {
      this.#unknown = id;
      return;
    }
    if (body === null) this.#missing(id);
    if (body !== null && stored !== null && !sameBytes(body, stored)) {
      this.#firstChanged ??= id;
      this.#differing++;
      this.#stored ??= this.#bodies.clone();
    }
    this.#stored?.append(stored ?? leaf);
    this.#bodies.append(leaf, this.#seen);
    const due: Witness[] = [];
    for (
      let witness = this.#witnesses[this.#nextWitness];
      witness?.size === id;
      witness = this.#witnesses[++this.#nextWitness]
    ) {
      due.push(witness);
    }
    this.#compare(due);
  }

  #compare(due: readonly Witness[]): void {
    if (due.length === 0) return;
    const root = this.#bodies.root();
    const storedRoot = this.#stored?.root() ?? root;
    for (const witness of due) {
      this.#results.push({
        witness,
        bodies: sameBytes(root, witness.root),
        stored: sameBytes(storedRoot, witness.root),
      });
    }
  }

  #missing(id: number): void {
    if (id === this.#missingTo + 1) {
      // Missing from the first on: whether that is retention shows at the end.
      this.#missingTo = id;
      return;
    }
    this.#gaps++;
    if (this.#gaps <= MAX_GAPS) this.note(id, `event ${id} is missing`);
  }

  /** @param rule null: whether what is missing or hidden from the first event on was old enough is not judged */
  finish(rule: RetentionRule | null): VerifiedLog {
    const lastEvent = this.#bodies.size;
    if (this.#gaps > MAX_GAPS) this.note(null, `${this.#gaps - MAX_GAPS} more events are missing`);
    this.#tellChange();
    this.#tellRoots();
    if (this.#unknown === null) this.#tellTail(lastEvent);
    else this.#tellUnknown(this.#unknown);
    this.#tellRestores(lastEvent);
    const prunedTo = rule === null ? this.#missingTo : this.#tellPruned(rule);
    const good = this.#results.filter(({ bodies }) => bodies).map(({ witness }) => witness);
    const order = ({ event }: Finding) => event ?? Number.MAX_SAFE_INTEGER;
    return {
      findings: this.#findings.toSorted((a, b) => order(a) - order(b)),
      covered: good.findLast(({ kept }) => kept) ?? good.at(-1) ?? null,
      cosigned: new Map(
        good.flatMap((witness) => [...(witness.cosigned?.keys() ?? [])].map((name) => [name, witness])),
      ),
      coveredTo: good.at(-1)?.size ?? 0,
      lastEvent,
      prunedTo,
    };
  }

  /** Body and leaf of an event differ: the first checkpoint that covers it knows which of them is true. */
  #tellChange(): void {
    const event = this.#firstChanged;
    if (event === null) return;
    const others = this.#differing > 1 ? ` (and ${this.#differing - 1} later ones differ too)` : '';
    const judge =
      this.#results.find(({ witness, bodies, stored }) => witness.size >= event && (bodies || stored)) ??
      null;
    if (judge?.stored) {
      this.note(
        event,
        `event ${event} was changed: the checkpoint of ${judge.witness.size} events has it otherwise${others}`,
      );
    } else if (judge?.bodies) {
      this.note(
        event,
        `the stored tree was changed at event ${event}; the event is as the checkpoint of ${judge.witness.size} events has it${others}`,
      );
    } else {
      this.note(event, `event ${event} is not what the stored tree has of it${others}`);
    }
  }

  /** Checkpoints that the bodies do not lead to, where body and tree do not say by themselves which event it is. */
  #tellRoots(): void {
    const broken = this.#results.find(({ bodies }) => !bodies);
    if (broken === undefined || broken.stored) return;
    const before = this.#results.findLast(
      ({ witness, bodies }) => bodies && witness.size < broken.witness.size,
    );
    const sameSize = this.#results.some(
      ({ witness, bodies }) => bodies && witness.size === broken.witness.size,
    );
    const { size } = broken.witness;
    const from = (before?.witness.size ?? 0) + 1;
    this.note(
      sameSize ? null : from,
      sameSize
        ? `two checkpoints of ${size} events contradict each other, and the log leads to one of them: ${whose(broken.witness)} at ${timeOf(broken.witness)} is for another log`
        : `events and stored tree were both changed, somewhere from event ${from} to ${size}: they do not lead to ${whose(broken.witness)} of ${size} events`,
    );
  }

  #tellTail(lastEvent: number): void {
    const longest = this.#witnesses.at(-1)?.size ?? 0;
    const beyond = this.#witnesses.find(({ size }) => size > lastEvent && size === longest);
    if (beyond === undefined) return;
    const count = beyond.size - lastEvent;
    const good = this.#results.findLast(({ bodies }) => bodies)?.witness.size ?? 0;
    this.note(
      lastEvent + 1,
      `the log ends at event ${lastEvent}, and ${beyond.kept ? 'a checkpoint' : whose(beyond)} covers ${beyond.size}: ` +
        `${count === 1 ? '1 event was' : `${count} events were`} deleted` +
        (good === lastEvent ? '' : `, at the end or anywhere after event ${good}`),
    );
  }

  /** A newer version may not have put its event into the tree yet. But what a checkpoint covers had a leaf. */
  #tellUnknown(event: number): void {
    const covered = this.#witnesses.at(-1)?.size ?? 0;
    const rest = 'nothing from there on can be verified';
    const message = `event ${event} is not in the stored tree yet: ${rest}`;
    if (event !== this.#newest) this.note(event, `event ${event} is missing, and so is its leaf: ${rest}`);
    else if (covered < event) this.#findings.push({ event, message, isOfNewerVersion: true });
    else
      this.note(event, `the leaf of event ${event} was deleted, as a checkpoint covers ${covered}: ${rest}`);
  }

  /** Where something else is wrong, too, a restore does not explain it. */
  #tellRestores(lastEvent: number): void {
    if (this.#firstChanged !== null || this.isLost) return;
    const contradicting = [
      ...this.#results.filter(({ bodies }) => !bodies).map(({ witness }) => witness),
      ...this.#witnesses.filter(({ size }) => size > lastEvent),
    ];
    for (const message of explainedByRestores(contradicting, this.#restores)) this.note(null, message);
  }

  /** Missing or hidden from the first event on: retention, if a checkpoint that covers them is old enough. */
  #tellPruned({ retentionMs, now, hiddenTo }: RetentionRule): number {
    const to = Math.max(this.#missingTo, hiddenTo);
    if (to === 0) return 0;
    const gone = hiddenTo > this.#missingTo ? 'hidden as pruned' : 'missing';
    const events = to === 1 ? `event 1 is ${gone}` : `events 1 to ${to} are ${gone}`;
    if (retentionMs === null) {
      this.note(1, `${events}, and no retention is set (KANDA_LOG_RETENTION): nothing was to be pruned`);
      return 0;
    }
    const oldEnough = this.#results.some(
      ({ witness: { size, at }, bodies, stored }) =>
        (bodies || stored) && size >= to && at !== null && at <= now - retentionMs,
    );
    if (!oldEnough) {
      this.note(
        1,
        `${events}, and no checkpoint that covers them is as old as the retention: they were ${gone === 'missing' ? 'deleted' : 'hidden'} early`,
      );
      return 0;
    }
    return to;
  }
}
