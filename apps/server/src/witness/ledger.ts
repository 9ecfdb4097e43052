import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { type Checkpoint, parseCheckpoint } from '@kanda/tlog';

/** What a step does with the newest checkpoint of a log. */
export interface Step<T> {
  readonly result: T;
  /** The newest from then on; null: it stays. */
  readonly next: { readonly checkpoint: Checkpoint; readonly note: string } | null;
}

const TABLE = `create table if not exists log (
  origin text primary key, origin_hash text not null unique, note text not null
) strict, without rowid`;

/**
 * The newest cosigned checkpoint of each log, in an SQLite file. A step compares and replaces it in one transaction,
 * which is on the disk when it returns: two checkpoints that were submitted at once, to two processes too, are
 * judged one after the other.
 */
export class Ledger {
  readonly #sqlite: DatabaseSync;

  constructor(path: string) {
    this.#sqlite = new DatabaseSync(path);
    this.#sqlite.exec('pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full');
    this.#sqlite.exec(TABLE);
  }

  /** Runs `step` on the newest checkpoint of this log, null when there is none, and keeps what it gives. */
  advance<T>(origin: string, step: (known: Checkpoint | null) => Step<T>): T {
    this.#sqlite.exec('begin immediate');
    try {
      const row = this.#sqlite.prepare('select note from log where origin = ?').get(origin);
      const known = row === undefined ? null : parseCheckpoint(String(row.note)).checkpoint;
      const { result, next } = step(known);
      if (next !== null) {
        this.#sqlite
          .prepare(
            `insert into log (origin, origin_hash, note) values (?, ?, ?)
             on conflict (origin) do update set note = excluded.note`,
          )
          .run(origin, hashOf(origin), next.note);
      }
      this.#sqlite.exec('commit');
      return result;
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec('rollback');
      throw error;
    }
  }

  noteByHash(originHash: string): string | null {
    const row = this.#sqlite.prepare('select note from log where origin_hash = ?').get(originHash);
    return row === undefined ? null : String(row.note);
  }

  close(): void {
    this.#sqlite.close();
  }
}

/** As the address of a log's newest checkpoint has it (C2SP tlog-witness, monitor retrieval). */
export function hashOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex');
}
