import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SecretBox } from '../../../src/domain/clients/secret-box.ts';
import type { KeyCounts } from '../../../src/domain/keys/api-key.ts';
import type { Clock } from '../../../src/domain/time.ts';
import { countKeys } from '../../../src/store/operations/keys/count-keys.ts';
import { pruneAndFinish } from '../../../src/store/operations-store.ts';
import { openWriter } from '../../../src/store/sqlite/connection.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../../../src/store/sqlite/store.ts';
import { type Database, RECOUNT_MIXES } from '../contract/database.ts';
import { countRows } from './counted-rows.ts';

/** An SQLite file in a folder of its own. */
export class SqliteDatabase implements Database {
  readonly folder = mkdtempSync(join(tmpdir(), 'kanda-store-'));
  readonly path = join(this.folder, 'kanda.db');
  /** How long the stores opened here wait for another's lock; undefined: as long as they do in earnest. */
  readonly busyDeadlineMs: number | undefined;

  /** What the stores have told the operator. */
  readonly notices: string[] = [];
  /** When the log is moved into the file: with most tests in the middle, as they write a few hundred pages. */
  checkpoints: NonNullable<SqliteStoreOptions['checkpoints']> = { duePages: 50 };

  /** How often what has ended is deleted; undefined: as often as in earnest. */
  keepUpEveryMs: number | undefined;

  /** What makes commits durable; undefined: the file's own log. */
  log: SqliteStoreOptions['log'];

  constructor(busyDeadlineMs?: number) {
    this.busyDeadlineMs = busyDeadlineMs;
  }

  readonly open: Database['open'] = (parts) =>
    openSqliteStore({
      path: this.path,
      ...parts,
      checkpoints: this.checkpoints,
      onNotice: (message) => this.notices.push(message),
      ...(this.keepUpEveryMs === undefined ? {} : { keepUpEveryMs: this.keepUpEveryMs }),
      ...(this.log === undefined ? {} : { log: this.log }),
      ...(this.busyDeadlineMs === undefined ? {} : { busyDeadlineMs: this.busyDeadlineMs }),
    });

  async swapSecrets(accountId: number, oneClientId: string, otherClientId: string): Promise<void> {
    this.behindTheStore((sqlite) => {
      const read = sqlite.prepare(
        `select n.id, n.sealed from authenticator n join client c on c.account_id = n.account_id and c.id = n.client
         where c.account_id = ? and c.client_id = ?`,
      );
      const write = sqlite.prepare('update authenticator set sealed = ? where account_id = ? and id = ?');
      type Row = { id: number; sealed: Uint8Array };
      const one = read.get(accountId, oneClientId) as unknown as Row;
      const other = read.get(accountId, otherClientId) as unknown as Row;
      write.run(other.sealed, accountId, one.id);
      write.run(one.sealed, accountId, other.id);
    });
  }

  async damageFailures(accountId: number, clientId: string): Promise<void> {
    this.behindTheStore((sqlite) =>
      sqlite
        .prepare(
          `update authenticator_state as s set recent_failures = x'01' from client c
           where c.account_id = s.account_id and c.id = s.id and c.account_id = ? and c.client_id = ?`,
        )
        .run(accountId, clientId),
    );
  }

  async accountTables(): Promise<readonly string[]> {
    const tables = await this.sql(`select t.name from sqlite_schema t join pragma_table_info(t.name) c
      where t.type = 'table' and c.name = 'account_id' order by t.name`);
    return tables.map(({ name }) => String(name));
  }

  async prune(box: SecretBox, clock: Clock): Promise<KeyCounts> {
    const { db, sqlite } = await openWriter(this.path, 1_000);
    const run = <T>(work: (handle: typeof db) => Promise<T>) => work(db);
    try {
      const executor = { read: run, write: run } as never;
      await pruneAndFinish(executor, box, clock);
      return await countKeys(executor, clock());
    } finally {
      sqlite.close();
    }
  }

  async sql(statement: string): Promise<readonly Record<string, unknown>[]> {
    return this.behindTheStore((sqlite) => sqlite.prepare(statement).all());
  }

  async keptAnswers(): Promise<readonly Uint8Array[]> {
    const rows = this.behindTheStore((sqlite) =>
      sqlite.prepare('select answer from idempotent_answer').all(),
    );
    return rows.map((row) => row.answer as Uint8Array);
  }

  async recountMixes(): Promise<void> {
    this.behindTheStore((sqlite) => sqlite.exec(RECOUNT_MIXES));
  }

  readonly countRows = countRows;

  /** Works on the file through a connection of its own, which is closed afterwards. */
  behindTheStore<T>(work: (sqlite: DatabaseSync) => T): T {
    const sqlite = new DatabaseSync(this.path);
    try {
      sqlite.exec('pragma busy_timeout = 5000');
      return work(sqlite);
    } finally {
      sqlite.close();
    }
  }

  async remove(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
