import type { DatabaseSync } from 'node:sqlite';
import { HASH_LENGTH, type Hash } from '@kanda/tlog';
import type { EventRecord } from '../../domain/log/events.ts';
import type { KeptCheckpoint } from '../../domain/log/ports.ts';
import { toEvent } from '../operations/log/list-events.ts';
import { openReader } from './connection.ts';
import { readFacts, StoreFileError } from './examine.ts';
import { allRows } from './large-numbers.ts';
import { syncSeen } from './wal-sync.ts';

export interface LogPlace {
  readonly accountId: number;
  /** null: the installation's own log. */
  readonly accountPublicId: string | null;
  /** The number of the newest event, as the store has it. */
  readonly lastEvent: number;
  /** How many events the stored tree holds. */
  readonly treeSize: number;
  /** Up to which event none are shown, as bodies that were pruned. */
  readonly prunedTo: number;
  readonly checkpointSize: number;
  /** Up to which checkpoint the store says that they were sent off the host. */
  readonly sentSize: number;
}

type EventRow = Parameters<typeof toEvent>[0];

const ROWS_AT_ONCE = 1_000;

/** A row of the log as it is, altered or not. */
export interface LogRow {
  readonly id: number;
  readonly clientId: string | null;
  readonly previous: number;
  readonly at: number;
  /** 1 or 0; anything else reads as a failure, too. */
  readonly outcome: number;
  /** Throws when the row makes no event. */
  read(): EventRecord;
}

/**
 * Everything that verifying a log needs, read from the database file as it is at one instant, while a server
 * may be working on it. What it shows is on the disk. Needs no key and changes nothing.
 */
export class LogReader {
  readonly #sqlite: DatabaseSync;

  /**
   * @throws {StoreFileError} when the file is no store, or was never started with this version; another error when what
   *   it shows is not on the disk, and cannot be brought there
   */
  constructor(path: string) {
    this.#sqlite = openReader(path).sqlite;
    try {
      this.#sqlite.exec('begin');
      if (!readFacts(this.#sqlite).schema.includes('0002-log-tree')) {
        throw new StoreFileError('its logs have no trees yet. Start this version on it once: kanda serve');
      }
      syncSeen(path);
    } catch (error) {
      this.#sqlite.close();
      throw error;
    }
  }

  close(): void {
    this.#sqlite.close();
  }

  /** Every log that there is anything of: those that were emptied, too. */
  logs(): LogPlace[] {
    return this.#sqlite
      .prepare(
        `with logs (id) as (
           select account_id from account_head union select account_id from log_tree
         )
         select l.id as accountId, a.public_id as accountPublicId, coalesce(h.last_event, 0) as lastEvent,
                coalesce(t.size, 0) as treeSize, coalesce(t.pruned_to, 0) as prunedTo,
                coalesce(t.checkpoint_size, 0) as checkpointSize, coalesce(t.sent_size, 0) as sentSize
         from logs l left join account a on a.id = l.id left join account_head h on h.account_id = l.id
           left join log_tree t on t.account_id = l.id
         where h.last_event > 0 or t.size > 0 order by l.id`,
      )
      .all() as unknown as LogPlace[];
  }

  /** The number of events, and the largest number of one. */
  extent(accountId: number): { readonly events: number; readonly highest: number } {
    return this.#sqlite
      .prepare('select count(*) as events, coalesce(max(id), 0) as highest from event where account_id = ?')
      .get(accountId) as { events: number; highest: number };
  }

  /** Oldest first. In pages: `all` gives rows several times as fast as an iterator does. */
  *events(accountId: number): Generator<LogRow> {
    const read = this.#sqlite.prepare(
      'select * from event where account_id = ? and id > ? order by id limit ?',
    );
    for (let after = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = allRows(read, [accountId, after, ROWS_AT_ONCE]) as unknown as EventRow[];
      for (const row of rows) {
        const { id, client_id: clientId, previous, at, outcome } = row;
        yield { id, clientId, previous, at, outcome, read: () => toEvent(row) };
      }
      if (rows.length < ROWS_AT_ONCE) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  /** The hashes of the tiles of a level, in order; null for those of a tile that is not there or too short. */
  *hashes(accountId: number, level: number, count: number): Generator<Hash | null> {
    const read = this.#sqlite.prepare(
      'select hashes from log_tile where account_id = ? and level = ? and tile = ?',
    );
    for (let first = 0, tile = 0; first < count; first += 256, tile++) {
      const row = read.get(accountId, level, tile) as { hashes: Uint8Array } | undefined;
      for (let at = 0; at < 256 && first + at < count; at++) {
        const hash = row?.hashes.subarray(at * HASH_LENGTH, (at + 1) * HASH_LENGTH);
        yield hash?.length === HASH_LENGTH ? hash : null;
      }
    }
  }

  /** Shortest first. */
  *checkpoints(accountId: number): Generator<KeptCheckpoint> {
    const rows = this.#sqlite
      .prepare('select size, root, at, note from log_checkpoint where account_id = ? order by size')
      .iterate(accountId);
    for (const row of rows) yield row as unknown as KeptCheckpoint;
  }

  /** Where in the log each hour stands, as lists by time look for it. */
  activity(accountId: number): ReadonlyMap<number, { readonly first: number; readonly last: number }> {
    const rows = this.#sqlite
      .prepare(
        'select hour, first_event as first, last_event as last from activity where account_id = ? order by hour',
      )
      .all(accountId) as unknown as { hour: number; first: number; last: number }[];
    return new Map(rows.map(({ hour, first, last }) => [hour, { first, last }]));
  }

  /** Each clientId with the number of the event that its history begins with, newest first. */
  *newestOfClients(accountId: number): Generator<{ readonly clientId: string; readonly lastEvent: number }> {
    const rows = this.#sqlite
      .prepare(
        `select c.client_id as clientId, s.last_event as lastEvent
         from client c join authenticator_state s on s.account_id = c.account_id and s.id = c.id
         where c.account_id = ?
         union all select client_id, last_event from event_tail where account_id = ?`,
      )
      .iterate(accountId, accountId);
    for (const row of rows) yield row as unknown as { clientId: string; lastEvent: number };
  }
}
