import { setTimeout as sleep } from 'node:timers/promises';
import type { Rest } from '../domain/log/log-trees.ts';
import { originOf } from '../domain/log/origin.ts';
import { type LogHead, type LogNeed, MAX_PAUSE_MS } from '../domain/log/ports.ts';
import { CheckpointSender } from './checkpoint-sender.ts';
import { ClockSteadiness } from './clock-steadiness.ts';
import { Cosigner } from './cosigner.ts';
import { DamagedLogs } from './damaged-logs.ts';
import type { LogKeeperParts } from './log-keeper-parts.ts';
import type { WitnessClient } from './witness-client.ts';

const SEQUENCE_EVERY_MS = 1_000;
/** Another node's checkpoint is remembered here as long after it was signed, at most. */
const REVIEW_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 10 * 60 * 1000;
/** A machine often starts with a clock that is wrong, and has it put right within minutes. */
const PRUNE_AFTER_STEADY_MS = 60 * 60 * 1000;
/** Accounts looked at in one query. */
const ACCOUNTS_AT_ONCE = 1_000;
/** Of the main thread's time, this part at most: calls come first. */
const SHARE = 0.05;
const TELL_AGAIN_MS = 60_000;
const MAX_REST_MS = 100;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 5 * 60 * 1000;
/** How long a stop lets the last checkpoints be made and sent. */
const FINISH_WITHIN_MS = 3_000;
/** What is under way when that time is over may still end its piece, but no longer than this. */
const LAST_PIECE_MS = 1_000;

const SENT_TOO_MUCH =
  'the store says that more checkpoints were sent than there are: it was altered, and some may never have left this host';

const VANISHED = 'the log is gone from the store, and checkpoints of it were signed';

function nameOf({ accountPublicId }: LogHead): string {
  return accountPublicId ?? 'installation';
}

/** Thrown between two pieces of work when the time that a stop gives is over. The next start finds the rest. */
class OutOfTime extends Error {}

/**
 * The work behind the logs while a server runs: every second new events go into the trees and checkpoints
 * that are due are signed; checkpoints are sent off the host; old bodies are pruned. Nothing waits for it.
 */
export class LogKeeper {
  readonly #parts: LogKeeperParts;
  #lastFailure: { readonly message: string; readonly toldAt: number; untold: number } | null = null;
  readonly #stopping = new AbortController();
  readonly #sender: CheckpointSender | null;
  readonly #steadiness: ClockSteadiness;
  readonly #damaged: DamagedLogs;
  readonly #cosigner: Cosigner | null;
  #loops: Promise<void>[] = [];
  /** Set by a stop: the work goes on without rests until this is aborted. */
  #deadline: AbortSignal | null = null;

  constructor(parts: LogKeeperParts) {
    this.#parts = parts;
    const { store, sink, figures } = parts;
    this.#damaged = new DamagedLogs(figures, parts.log);
    const tellAltered = (head: LogHead) =>
      this.#damaged.found('sending', nameOf(head), new Error(SENT_TOO_MUCH));
    this.#steadiness = new ClockSteadiness(() => parts.trees.now(), parts.uptime);
    this.#sender = sink === null ? null : new CheckpointSender({ store, sink, figures, tellAltered });
    const { trees, witnesses = [] } = parts;
    const onFailure = (witness: string, cause: unknown) =>
      parts.log.error({ witness, cause }, 'A checkpoint could not be cosigned; the next round tries again');
    this.#cosigner =
      witnesses.length === 0 ? null : new Cosigner({ store, trees, witnesses, sink, figures, onFailure });
  }

  start(): void {
    this.#loops = [
      this.#every(SEQUENCE_EVERY_MS, () => this.sequence()),
      this.#every(PRUNE_EVERY_MS, () => this.pruneByASteadyClock()),
      this.#every(REVIEW_EVERY_MS, () => this.review()),
      this.#every(REVIEW_EVERY_MS, () => this.cosign(this.#stopping.signal)),
      this.#sendWhileRunning(),
    ];
  }

  /**
   * Ends the loops, then covers what has come meanwhile with a checkpoint and sends it, for 3 s at most. The store
   * can be closed afterwards: what had no time left has ended too.
   */
  async stop(): Promise<void> {
    const { finishWithinMs = FINISH_WITHIN_MS } = this.#parts;
    const deadline = AbortSignal.timeout(finishWithinMs);
    this.#deadline = deadline;
    this.#stopping.abort();
    const finish = async () => {
      await Promise.all(this.#loops);
      await this.sequence({ evenIfNotDue: true });
      await this.#send(deadline);
      await this.cosign(deadline);
    };
    await Promise.race([
      finish().catch((cause) => this.#failed(cause)),
      sleep(finishWithinMs + LAST_PIECE_MS, undefined, { ref: false }),
    ]);
  }

  /** One round over all logs: extends the trees, signs the checkpoints that are due. */
  async sequence({ evenIfNotDue = false } = {}): Promise<void> {
    if (!(await this.#isLeader())) {
      // The leader does and reports all of this. What it signed, every node reviews.
      for (const need of ['sequencing', 'sending', 'pruning', 'cosigning'] as const)
        this.#damaged.keep(need, () => false);
      this.#sender?.forget();
      this.#parts.figures.behind = 0;
      return;
    }
    const { figures } = this.#parts;
    let behind = 0;
    try {
      for await (const head of this.#logs('sequencing')) {
        behind += Math.max(0, head.lastEvent - head.size);
        await this.#guarded('sequencing', head, () => this.#sequenceLog(head, evenIfNotDue));
      }
    } catch (error) {
      // What was not looked at is behind, too.
      figures.behind = Math.max(figures.behind, behind);
      throw error;
    }
    figures.behind = behind;
  }

  async #sequenceLog(head: LogHead, evenIfNotDue: boolean): Promise<void> {
    const { trees, figures } = this.#parts;
    let size = head.size;
    let before: number;
    do {
      before = size;
      size = await trees.extend({ ...head, size }, this.#rest);
      figures.sequenced += size - before;
    } while (size !== before && size < head.lastEvent);
    const now = { ...head, size };
    if (size === head.checkpointSize || !(evenIfNotDue || trees.isCheckpointDue(now))) return;
    if ((await trees.signCheckpoint(now)) === null) return;
    figures.checkpoints++;
    this.#sender?.signed(head.accountId, head.checkpointSize);
  }

  /** One round over all logs, on every node: compares what the store has with what was signed. */
  async review(): Promise<void> {
    const { trees } = this.#parts;
    const there = new Set<string>();
    for await (const head of this.#logs('reviewing')) {
      there.add(originOf(head.accountPublicId));
      await this.#guarded('reviewing', head, () => trees.review(head));
    }
    const vanished = new Set(await trees.vanished(there));
    this.#damaged.keep('reviewing', (name) => there.has(`kanda/${name}`) || vanished.has(`kanda/${name}`));
    for (const origin of vanished)
      this.#damaged.found('reviewing', origin.slice('kanda/'.length), new Error(VANISHED));
  }

  /** One round over all logs: has the newest checkpoint of each cosigned. */
  async cosign(signal: AbortSignal): Promise<void> {
    if (this.#cosigner === null || !(await this.#isLeader())) return;
    const cosigner = this.#cosigner;
    const failed = new Set<WitnessClient>();
    for await (const head of this.#logs('cosigning')) {
      if (signal.aborted) return;
      await this.#guarded('cosigning', head, () => cosigner.cosign(head, failed, signal));
    }
  }

  /** One round over all logs: deletes bodies that are older than the retention. */
  async prune(): Promise<void> {
    if (!(await this.#isLeader())) return;
    for await (const head of this.#logs('pruning')) {
      await this.#guarded('pruning', head, async () => {
        this.#parts.figures.pruned += await this.#parts.trees.prune(head, this.#rest);
      });
    }
  }

  /** As `prune`, once the clock has run undisturbed for an hour: what a wrong clock prunes is lost. */
  async pruneByASteadyClock(): Promise<void> {
    if (this.#steadiness.steadyForMs() >= PRUNE_AFTER_STEADY_MS) await this.prune();
  }

  async #send(signal: AbortSignal): Promise<void> {
    if (this.#sender === null || !(await this.#isLeader())) return;
    await this.#sender.send(this.#logs('sending'), signal);
  }

  async #sendWhileRunning(): Promise<void> {
    const { sink, figures, log } = this.#parts;
    if (sink === null) return;
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#send(this.#stopping.signal);
        if (retryMs > FIRST_RETRY_MS) log.info({ sink: sink.name }, 'Checkpoints are sent again');
        retryMs = FIRST_RETRY_MS;
        await this.#pause(SEQUENCE_EVERY_MS);
      } catch (cause) {
        if (this.#stopping.signal.aborted) return;
        figures.sendFailures++;
        log.error({ sink: sink.name, cause, retryInMs: retryMs }, 'Checkpoints could not be sent');
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
  }

  async #every(ms: number, round: () => Promise<void>): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const begun = performance.now();
      // The store is away: the next round finds the same work.
      await round().catch((cause) => this.#failed(cause));
      // Where looking at all accounts takes long, it is done less often.
      const pause = Math.min((performance.now() - begun) / SHARE, MAX_PAUSE_MS);
      await this.#pause(Math.max(ms, pause));
    }
  }

  async *#logs(need: LogNeed): AsyncGenerator<LogHead> {
    for (let after = -1; ; after += ACCOUNTS_AT_ONCE) {
      const begun = performance.now();
      const { heads, highest } = await this.#parts.store.logsInNeed(need, after, ACCOUNTS_AT_ONCE);
      const worked = performance.now() - begun;
      yield* heads;
      if (after + ACCOUNTS_AT_ONCE >= highest) return;
      await this.#rest(worked);
    }
  }

  async #isLeader(): Promise<boolean> {
    return this.#parts.leadership === undefined || this.#parts.leadership.hold();
  }

  /** What is wrong with one log holds up no other. */
  async #guarded(need: LogNeed, head: LogHead, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#damaged.repaired(need, nameOf(head));
    } catch (cause) {
      if (cause instanceof OutOfTime || (cause as { code?: string }).code === 'store_unavailable')
        throw cause;
      this.#damaged.found(need, nameOf(head), cause);
    }
  }

  readonly #rest: Rest = async (workedMs) => {
    if (this.#deadline === null) {
      await this.#pause(Math.min(workedMs / SHARE - workedMs, MAX_REST_MS));
      return;
    }
    if (this.#deadline.aborted) throw new OutOfTime();
    await new Promise((resolve) => setImmediate(resolve));
  };

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => {
      // Woken by the stop.
    });
  }

  /** Told at once, and again each minute while it stays the same: in an outage every round fails. */
  #failed(cause: unknown): void {
    if (cause instanceof OutOfTime) return;
    const message = cause instanceof Error ? cause.message : String(cause);
    const last = this.#lastFailure?.message === message ? this.#lastFailure : null;
    if (last !== null && performance.now() - last.toldAt < TELL_AGAIN_MS) {
      last.untold++;
      return;
    }
    this.#lastFailure = { message, toldAt: performance.now(), untold: 0 };
    this.#parts.log.error(
      { cause, ...(last === null ? {} : { failedRoundsSinceThen: last.untold }) },
      'The log trees could not be brought up to date; the next round tries again',
    );
  }
}
