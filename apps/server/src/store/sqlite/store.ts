import { chmodSync, closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import type { AuthenticatorKeys, Clock, SecretBox, Store } from '../../domain/ports.ts';
import { SQLITE_TYPES } from '../migrations/column-types.ts';
import { migrate } from '../migrations/index.ts';
import * as accounts from '../operations/accounts.ts';
import * as apiKeys from '../operations/api-keys.ts';
import { appendEvent } from '../operations/append-event.ts';
import * as clients from '../operations/clients.ts';
import * as installation from '../operations/installation.ts';
import { listEvents } from '../operations/list-events.ts';
import type { Schema } from '../schema.ts';
import { openReader, openWriter } from './connection.ts';
import { GroupCommit, type Work } from './group-commit.ts';
import { createJudge } from './judge.ts';

export interface SqliteStoreOptions {
  /** The database file; made when missing, with mode 0600. */
  readonly path: string;
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
}

const FORGET_LIMITS_EVERY_MS = 10 * 60 * 1000;

/**
 * The embedded store: one file, one connection that writes through the group commit and one that reads.
 * Other processes may have the same file open; SQLite's lock decides who writes.
 */
export async function openSqliteStore({ path, box, keys, clock }: SqliteStoreOptions): Promise<Store> {
  // SQLite gives the write-ahead log the mode of the database file, so this one call covers all three files.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const writer = openWriter(path);
  await migrate(writer.db, SQLITE_TYPES);
  const reader = openReader(path);
  const judge = createJudge(writer.sqlite, keys, clock);
  const commits = new GroupCommit(writer.sqlite, writer.db, judge);
  const write = <T>(work: Work<T>) => commits.run(work);

  async function read<T>(query: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    try {
      return await query(reader.db);
    } catch (error) {
      throw error instanceof Fault ? error : storeUnavailable(error);
    }
  }

  const pause = () => nextTurn();
  const forgetting = setInterval(() => {
    write((db) => installation.forgetEndedLimits(db, clock())).catch(() => {
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
    listClients: (accountId, filter, page) =>
      read((db) => clients.listClients(db, accountId, filter, page, pause)),
    unlockClient: (accountId, clientId, change) =>
      write((db) => clients.unlockClient(db, accountId, clientId, change)),
    setClientDisabled: (accountId, clientId, disabled, change) =>
      write((db) => clients.setClientDisabled(db, accountId, clientId, disabled, change)),
    deleteClient: (accountId, clientId, change) =>
      write((db) => clients.deleteClient(db, accountId, clientId, change)),

    async recordEvent(accountId, event) {
      await write((db) => appendEvent(db, accountId, event));
    },
    listEvents: (accountId, filter, page) => read((db) => listEvents(db, accountId, filter, page, pause)),

    takeLimits: (rules, now) => write((db) => installation.takeLimits(db, rules, now)),
    returnLimits: (rules, now) => write((db) => installation.returnLimits(db, rules, now)),
    serverKeys: (fresh) => write((db) => installation.serverKeys(db, fresh)),

    async ping() {
      // An empty batch takes the write lock and commits: it fails when the file cannot be written.
      await write(() => undefined);
      await read((db) => db.selectFrom('server_key').select('name').execute());
    },

    async close() {
      clearInterval(forgetting);
      await commits.close();
      for (const { sqlite } of [reader, writer]) sqlite.close();
    },
  };
}
