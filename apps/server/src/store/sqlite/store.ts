import { chmodSync, closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import type { AuthenticatorKeys, Clock, SecretBox, Store } from '../../domain/ports.ts';
import * as accounts from '../operations/accounts.ts';
import * as apiKeys from '../operations/api-keys.ts';
import * as clients from '../operations/clients.ts';
import * as installation from '../operations/installation.ts';
import { listClients } from '../operations/list-clients.ts';
import { listEvents } from '../operations/list-events.ts';
import { recordEvent } from '../operations/record-event.ts';
import { logTreeStore } from '../log-tree-store.ts';
import type { Schema } from '../schema.ts';
import { type Connection, openReader, openWriter } from './connection.ts';
import { BUSY_DEADLINE_MS, GroupCommit, type Work } from './group-commit.ts';
import { createJudge, type Judge } from './judge.ts';
import { migrateSqlite } from './migrate.ts';
import { WalSync } from './wal-sync.ts';

export interface SqliteStoreOptions {
  /** The database file; made when missing, with mode 0600. */
  readonly path: string;
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
  /** How long to wait for another process that holds the file's lock, before giving up. */
  readonly busyDeadlineMs?: number;
}

const FORGET_LIMITS_EVERY_MS = 10 * 60 * 1000;

/**
 * The embedded store: one file, one connection that writes through the group commit and one that reads.
 * Other processes may have the same file open; SQLite's lock decides who writes.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, box, keys, clock, busyDeadlineMs = BUSY_DEADLINE_MS } = options;
  makePrivateFile(path);
  const writer = await openWriter(path, busyDeadlineMs);
  let reader: Connection;
  let judge: Judge;
  try {
    await migrateSqlite(writer, busyDeadlineMs);
    reader = openReader(path);
    judge = createJudge(writer.sqlite, keys, clock);
  } catch (error) {
    writer.sqlite.close();
    throw error;
  }
  const log = new WalSync(`${path}-wal`);
  const commits = new GroupCommit(writer.sqlite, writer.db, {
    ...judge,
    busyDeadlineMs,
    sync: () => log.sync(),
  });
  const write = <T>(work: Work<T>) => commits.run(work);

  async function read<T>(query: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    try {
      return await query(reader.db);
    } catch (error) {
      throw error instanceof Fault ? error : storeUnavailable(error);
    }
  }

  const pause = () => nextTurn();
  async function forgetEndedLimits(): Promise<void> {
    while (await write((db) => installation.forgetEndedLimits(db, clock())));
  }
  const forgetting = setInterval(() => {
    forgetEndedLimits().catch(() => {
      // Left for the next round: this only frees space.
    });
  }, FORGET_LIMITS_EVERY_MS);
  forgetting.unref();

  return {
    async validate(attempt) {
      const verdict = await commits.run(() => judge.judge(attempt), false);
      if (verdict instanceof Fault) throw verdict;
      return verdict;
    },

    createAccount: (account) => write((db) => accounts.createAccount(db, account)),
    findAccountByEmail: (email) => read((db) => accounts.findAccountByEmail(db, email)),
    findAccountByPublicId: (publicId) => read((db) => accounts.findAccountByPublicId(db, publicId)),
    listAccounts: (page) => read((db) => accounts.listAccounts(db, page)),
    countAccounts: () => read((db) => accounts.countAccounts(db)),
    setPassword: (accountId, hash, change) =>
      write((db) => accounts.setPassword(db, accountId, hash, change)),

    createApiKey: (key, change) => write((db) => apiKeys.createApiKey(db, key, change)),
    findApiKey: (id) => read((db) => apiKeys.findApiKey(db, id)),
    listApiKeys: (accountId, page) => read((db) => apiKeys.listApiKeys(db, accountId, page)),
    revokeApiKey: (accountId, id, change) => write((db) => apiKeys.revokeApiKey(db, accountId, id, change)),
    touchApiKey: (accountId, id, at) => write((db) => apiKeys.touchApiKey(db, accountId, id, at)),

    registerClient: (client, change) => write((db) => clients.registerClient(db, box, client, change)),
    rotateClient: (accountId, clientId, secret, change) =>
      write((db) => clients.rotateClient(db, box, accountId, clientId, secret, change)),
    findClient: (accountId, clientId) => read((db) => clients.findClient(db, accountId, clientId)),
    listClients: (accountId, filter, page) => read((db) => listClients(db, accountId, filter, page, pause)),
    unlockClient: (accountId, clientId, change) =>
      write((db) => clients.unlockClient(db, accountId, clientId, change)),
    setClientDisabled: (accountId, clientId, disabled, change) =>
      write((db) => clients.setClientDisabled(db, accountId, clientId, disabled, change)),
    deleteClient: (accountId, clientId, change) =>
      write((db) => clients.deleteClient(db, accountId, clientId, change)),

    recordEvent: (accountId, event) => write((db) => recordEvent(db, accountId, event)),
    listEvents: (accountId, filter, page) => read((db) => listEvents(db, accountId, filter, page, pause)),

    ...logTreeStore(read, write),

    takeLimits: (rules, now) => write((db) => installation.takeLimits(db, rules, now)),
    returnLimits: (rules, now) => write((db) => installation.returnLimits(db, rules, now)),
    serverKeys: (fresh) => write((db) => installation.serverKeys(db, fresh)),

    async ping() {
      // An empty transaction would commit on a full disk too: something has to be written.
      await write((db) => installation.writeProbe(db));
      await read((db) => accounts.findAccountByPublicId(db, ''));
    },

    async close() {
      clearInterval(forgetting);
      await commits.close();
      await log.close();
      for (const { sqlite } of [reader, writer]) {
        if (sqlite.isOpen) sqlite.close();
      }
    },
  };
}

/**
 * Makes the database file when there is none; nobody but this user may read it. SQLite gives the
 * write-ahead log the mode of the database file, so this covers all three files. A file that is there is
 * not opened: closing it again would drop the locks that other connections of this process hold on it.
 */
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  chmodSync(path, 0o600);
}
