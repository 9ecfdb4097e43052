import type { LogFigures, LogNeed } from '../domain/log/ports.ts';

const MESSAGES: Readonly<Record<LogNeed, string>> = {
  sequencing:
    'A log and its tree do not fit together: no checkpoint is signed for it. Run: kanda audit verify',
  sending: "A log's checkpoints may not have left this host. Run: kanda audit verify",
  pruning: 'A log and its tree do not fit together: no checkpoint is signed for it. Run: kanda audit verify',
  reviewing:
    'A log is not what was signed before: no checkpoint is signed for it. Run: kanda audit verify. If the store was restored from a backup: kanda audit accept-restore',
  cosigning:
    "A witness knows another history of a log. Compare the witness's checkpoint: kanda audit verify --checkpoint",
};

/**
 * What is wrong with which log, by the work that found it: the success of one kind of work does not clear what
 * another found. Logged once, until it is something else.
 */
export class DamagedLogs {
  readonly #found: Readonly<Record<LogNeed, Map<string, string>>> = {
    sequencing: new Map(),
    sending: new Map(),
    pruning: new Map(),
    reviewing: new Map(),
    cosigning: new Map(),
  };
  readonly #figures: LogFigures;
  readonly #log: { error(fields: object, message: string): void };

  constructor(figures: LogFigures, log: { error(fields: object, message: string): void }) {
    this.#figures = figures;
    this.#log = log;
  }

  /** `name`: the account's public id, or `installation`. */
  found(need: LogNeed, name: string, cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (this.#found[need].get(name) === message) return;
    this.#found[need].set(name, message);
    this.#count();
    this.#log.error({ account: name, cause }, MESSAGES[need]);
  }

  repaired(need: LogNeed, name: string): void {
    if (this.#found[need].delete(name)) this.#count();
  }

  /** Clears what `need` found about any log for which `isStill` says no. */
  keep(need: LogNeed, isStill: (name: string) => boolean): void {
    for (const name of this.#found[need].keys()) if (!isStill(name)) this.repaired(need, name);
  }

  #count(): void {
    const names = Object.values(this.#found).flatMap((found) => [...found.keys()]);
    this.#figures.damagedLogs = new Set(names).size;
  }
}
