import { chmodSync, closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import type { EventType } from '../../domain/events.ts';
import type { AuthenticatorKeys, Change, Clock, SecretBox, Store } from '../../domain/ports.ts';
import { accountSecurityStore } from '../account-security-store.ts';
import { logTreeStore } from '../log-tree-store.ts';
import { masterKeyStore } from '../master-key-store.ts';
import * as accounts from '../operations/accounts.ts';
import * as apiKeys from '../operations/api-keys.ts';
import * as clients from '../operations/clients.ts';
import * as installation from '../operations/installation.ts';
import { listClients } from '../operations/list-clients.ts';
import { listEvents } from '../operations/list-events.ts';
import { setPassword } from '../operations/passwords.ts';
import * as policies from '../operations/policy.ts';
import { recordEvent } from '../operations/record-event.ts';
import { doOrRecordRefusal } from '../operations/record-refusal.ts';
import { forgetEndedSessions } from '../operations/sessions.ts';
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
  /** What makes commits durable; something else than the file's own log only where a disk is simulated. */
  readonly log?: Pick<WalSync, 'sync' | 'close'>;
}

const FORGET_EVERY_MS = 10 * 60 * 1000;

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
  const log = options.log ?? new WalSync(`${path}-wal`);
  const commits = new GroupCommit(writer.sqlite, writer.db, {
    ...judge,
    busyDeadlineMs,
    sync: () => log.sync(),
  });
  const write = <T>(work: Work<T>) => commits.run(work);

  /** A change to a client or a key: refused or not, it is an event of the account. */
  async function change<T>(
    accountId: number,
    event: EventType,
    clientId: string | null,
    { at, origin }: Change,
    work: (db: Kysely<Schema>) => Promise<T>,
  ): Promise<T> {
    const intended = { event, clientId, at, origin };
    const result = await commits.run(
      (db) => doOrRecordRefusal(db, accountId, intended, work),
      true,
      accountId,
    );
    if (result instanceof Fault) throw result;
    return result;
  }

  async function read<T>(query: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    try {
      return await query(reader.db);
    } catch (error) {
      throw error instanceof Fault ? error : storeUnavailable(error);
    }
  }

  const pause = () => nextTurn();
  async function forgetWhatEnded(): Promise<void> {
    while (await write((db) => installation.forgetEndedLimits(db, clock())));
    while (await write((db) => forgetEndedSessions(db, clock())));
  }
  const forgetting = setInterval(() => {
    forgetWhatEnded().catch(() => {
      // Left for the next round: this only frees space.
    });
  }, FORGET_EVERY_MS);
  forgetting.unref();

  return {
    async validate(attempt) {
      const verdict = await commits.run(() => judge.judge(attempt), false, attempt.accountId);
      if (verdict instanceof Fault) throw verdict;
      return verdict;
    },

    createAccount: (account) => write((db) => accounts.createAccount(db, box, account)),
    findAccountByEmail: (email) => read((db) => accounts.findAccountByEmail(db, email)),
    findAccountByPublicId: (publicId) => read((db) => accounts.findAccountByPublicId(db, publicId)),
    listAccounts: (page) => read((db) => accounts.listAccounts(db, page)),
    countAccounts: () => read((db) => accounts.countAccounts(db)),
    setPassword: (accountId, hash, change) => write((db) => setPassword(db, accountId, hash, change)),

    findPolicy: (accountId) => read((db) => policies.findPolicy(db, accountId)),
    setPolicy: (accountId, settings, change) =>
      write((db) => policies.setPolicy(db, accountId, settings, change)),

    createApiKey: (key, change) => write((db) => apiKeys.createApiKey(db, key, change)),
    findApiKey: (id) => read((db) => apiKeys.findApiKey(db, id)),
    listApiKeys: (accountId, page) => read((db) => apiKeys.listApiKeys(db, accountId, page)),
    revokeApiKey: (accountId, id, made) =>
      change(accountId, 'key.revoked', null, made, (db) => apiKeys.revokeApiKey(db, accountId, id, made)),
    touchApiKey: (accountId, id, at) => write((db) => apiKeys.touchApiKey(db, accountId, id, at)),

    registerClient: (client, made) =>
      change(client.accountId, 'client.registered', client.clientId, made, (db) =>
        clients.registerClient(db, box, client, made),
      ),
    rotateClient: (accountId, clientId, secret, made) =>
      change(accountId, 'client.rotated', clientId, made, (db) =>
        clients.rotateClient(db, box, accountId, clientId, secret, made),
      ),
    findClient: (accountId, clientId) => read((db) => clients.findClient(db, accountId, clientId)),
    listClients: (accountId, filter, page) => read((db) => listClients(db, accountId, filter, page, pause)),
    unlockClient: (accountId, clientId, made) =>
      change(accountId, 'client.unlocked', clientId, made, (db) =>
        clients.unlockClient(db, accountId, clientId, made),
      ),
    setClientDisabled: (accountId, clientId, disabled, made) =>
      change(accountId, disabled ? 'client.disabled' : 'client.enabled', clientId, made, (db) =>
        clients.setClientDisabled(db, accountId, clientId, disabled, made),
      ),
    deleteClient: (accountId, clientId, made) =>
      change(accountId, 'client.deleted', clientId, made, (db) =>
        clients.deleteClient(db, accountId, clientId, made),
      ),

    recordEvent: (accountId, event) => write((db) => recordEvent(db, accountId, event)),
    listEvents: (accountId, filter, page) => read((db) => listEvents(db, accountId, filter, page, pause)),

    ...logTreeStore(read, write),
    ...accountSecurityStore(read, write, box),
    ...masterKeyStore(read, write),

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
