import { setTimeout as sleep } from 'node:timers/promises';
import type { LogTrees, Rest } from '../domain/audit/log-trees.ts';
import type { LogFigures, LogHead, LogNeed, LogTreeStore } from '../domain/audit/ports.ts';
import type { CheckpointSink } from './sinks.ts';

export interface LogKeeperParts {
  readonly store: LogTreeStore;
  readonly trees: LogTrees;
  /** Where checkpoints are sent; null: nowhere. */
  readonly sink: CheckpointSink | null;
  readonly log: KeeperLog;
  readonly figures: LogFigures;
  /** How long a stop may take to cover the last events; without it 3 s. */
  readonly finishWithinMs?: number;
  /** Where several nodes share a store, one of them has this work. */
  readonly duty?: KeeperDuty | undefined;
}

export interface KeeperDuty {
  /** Whether this node has the work now. */
  hold(): Promise<boolean>;
}

export interface KeeperLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export function noFigures(): LogFigures {
  return { behind: 0, sequenced: 0, checkpoints: 0, pruned: 0, sent: 0, sendFailures: 0, damagedLogs: 0 };
}

const SEQUENCE_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 10 * 60 * 1000;
/** Accounts looked at in one query. */
const ACCOUNTS_AT_ONCE = 1_000;
/** Of the main thread's time, this part at most: calls come first. */
const SHARE = 0.05;
const LONGEST_REST_MS = 100;
/** Between two rounds: a store on another machine takes its time, which is none of this one's. */
const LONGEST_PAUSE_MS = 10_000;
const CHECKPOINTS_AT_ONCE = 50;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5 * 60 * 1000;
/** How long a stop lets the last checkpoints be made and sent. */
const FINISH_WITHIN_MS = 3_000;
/** What is under way when that time is over may still end its piece, but no longer than this. */
const LAST_PIECE_MS = 1_000;

/** Thrown between two pieces of work when the time that a stop gives is over. The next start finds the rest. */
class OutOfTime extends Error {}

/**
 * The work behind the logs while a server runs: every second new events go into the trees and checkpoints
 * that are due are signed; checkpoints are sent off the host; old bodies are pruned. Nothing waits for it.
 */
export class LogKeeper {
  readonly #parts: LogKeeperParts;
  readonly #stopping = new AbortController();
  readonly #damaged = new Map<number, string>();
  #loops: Promise<void>[] = [];
  /** Set by a stop: the work goes on without rests until this is aborted. */
  #deadline: AbortSignal | null = null;

  constructor(parts: LogKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loops = [
      this.#every(SEQUENCE_EVERY_MS, () => this.sequence()),
      this.#every(PRUNE_EVERY_MS, () => this.prune()),
      this.#sendWhileRunning(),
    ];
  }

  /**
   * Ends the loops, then covers what has come meanwhile with a checkpoint and sends it, for 3 s at most. Whoever
   * closes the store afterwards takes it from nobody: what had no time left has ended too.
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
    };
    await Promise.race([
      finish().catch((cause) => this.#failed(cause)),
      sleep(finishWithinMs + LAST_PIECE_MS, undefined, { ref: false }),
    ]);
  }

  /** One round over all logs: extends the trees, signs the checkpoints that are due. */
  async sequence({ evenIfNotDue = false } = {}): Promise<void> {
    if (!(await this.#isOnDuty())) {
      // Whoever has the duty tells of these.
      this.#damaged.clear();
      Object.assign(this.#parts.figures, { behind: 0, damagedLogs: 0 });
      return;
    }
    let behind = 0;
    for await (const head of this.#logs('sequencing')) {
      behind += Math.max(0, head.lastEvent - head.size);
      await this.#guarded(head, async () => {
        let size = head.size;
        for (;;) {
          const grown = await this.#parts.trees.extend({ ...head, size }, this.#rest);
          this.#parts.figures.sequenced += grown - size;
          if (grown === size || grown >= head.lastEvent) {
            size = grown;
            break;
          }
          size = grown;
        }
        const now = { ...head, size };
        if (size === head.checkpointSize || !(evenIfNotDue || this.#parts.trees.isCheckpointDue(now))) return;
        if ((await this.#parts.trees.signCheckpoint(now)) !== null) this.#parts.figures.checkpoints++;
      });
    }
    this.#parts.figures.behind = behind;
  }

  /** One round over all logs: deletes bodies that are older than the retention. */
  async prune(): Promise<void> {
    if (!(await this.#isOnDuty())) return;
    for await (const head of this.#logs('pruning')) {
      await this.#guarded(head, async () => {
        this.#parts.figures.pruned += await this.#parts.trees.prune(head, this.#rest);
      });
    }
  }

  /** Sends the checkpoints that were not sent yet, oldest first; rejects at the first that cannot be. */
  async #send(signal: AbortSignal): Promise<void> {
    const { store, sink, figures } = this.#parts;
    if (sink === null || !(await this.#isOnDuty())) return;
    for await (const head of this.#logs('sending')) {
      for (let sent = head.sentSize; sent < head.checkpointSize; ) {
        const next = await store.listCheckpoints(head.accountId, sent, CHECKPOINTS_AT_ONCE);
        if (next.length === 0) break;
        await sink.send(
          next.map(({ note }) => note),
          signal,
        );
        figures.sent += next.length;
        sent = next.at(-1)?.size ?? sent;
        await store.markCheckpointsSent(head.accountId, sent);
      }
    }
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
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
  }

  async #every(ms: number, round: () => Promise<void>): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const begun = performance.now();
      // The store is away: the next round finds the same work.
      await round().catch((cause) => this.#failed(cause));
      // Where looking at all accounts takes long, it is done less often.
      const pause = Math.min((performance.now() - begun) / SHARE, LONGEST_PAUSE_MS);
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

  async #isOnDuty(): Promise<boolean> {
    return this.#parts.duty === undefined || this.#parts.duty.hold();
  }

  /** What is wrong with one log is told once, and holds up no other. */
  async #guarded(head: LogHead, work: () => Promise<void>): Promise<void> {
    const { log, figures } = this.#parts;
    try {
      await work();
      if (this.#damaged.delete(head.accountId)) figures.damagedLogs = this.#damaged.size;
    } catch (cause) {
      if (cause instanceof OutOfTime || (cause as { code?: string }).code === 'store_unavailable')
        throw cause;
      const message = cause instanceof Error ? cause.message : String(cause);
      if (this.#damaged.get(head.accountId) === message) return;
      this.#damaged.set(head.accountId, message);
      figures.damagedLogs = this.#damaged.size;
      log.error(
        { account: head.accountPublicId ?? 'installation', cause },
        'A log and its tree do not fit together: no checkpoint is signed for it. Run: kanda audit verify',
      );
    }
  }

  readonly #rest: Rest = async (workedMs) => {
    if (this.#deadline === null) {
      await this.#pause(Math.min(workedMs / SHARE - workedMs, LONGEST_REST_MS));
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

  #failed(cause: unknown): void {
    if (cause instanceof OutOfTime) return;
    this.#parts.log.error(
      { cause },
      'The log trees could not be brought up to date; the next round tries again',
    );
  }
}
