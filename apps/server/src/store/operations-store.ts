import type { Kysely } from 'kysely';
import type { SecretBox } from '../domain/clients/secret-box.ts';
import { storeOfNewerVersion } from '../domain/errors.ts';
import type { LimitStore } from '../domain/limits/ports.ts';
import type { Store } from '../domain/store.ts';
import type { Clock } from '../domain/time.ts';
import type { AuthenticatorKeys } from '../domain/verdicts/ports.ts';
import { migrationsTooNew } from './migrations/index.ts';
import { accountSecurityStore } from './operations/accounts/account-security-store.ts';
import * as accounts from './operations/accounts/accounts.ts';
import { endedAccountStore, finishDeletions } from './operations/accounts/ended-account-store.ts';
import { gettingStartedStore } from './operations/accounts/getting-started.ts';
import { setPassword } from './operations/accounts/passwords.ts';
import { forgetEndedSessions } from './operations/accounts/sessions.ts';
import { authenticatorStore } from './operations/authenticators/authenticator-store.ts';
import { forgetDeletedSecrets } from './operations/authenticators/deleted-secrets.ts';
import { EXPIRY_ORIGIN, findExpired, removeExpired } from './operations/authenticators/expire.ts';
import { prunePrevious } from './operations/authenticators/previous-secrets.ts';
import { clientStore } from './operations/clients/client-store.ts';
import { deviceStore } from './operations/devices/device-store.ts';
import { accountsWithExpiredDevices, dropExpiredDevices } from './operations/devices/expired-devices.ts';
import { dropExpiredAnswers, findAnswer } from './operations/idempotency/idempotent-answers.ts';
import * as installation from './operations/installation/installation.ts';
import { noteSeen } from './operations/installation/seen.ts';
import { touchHotTables } from './operations/installation/touch-hot-tables.ts';
import { noteExpiringKeys } from './operations/keys/expiring-keys.ts';
import { keyStore } from './operations/keys/key-store.ts';
import { readUsage } from './operations/limits/usage.ts';
import { forgetEndedLinks } from './operations/links/link-rows.ts';
import { expireLinks, linkStore } from './operations/links/link-store.ts';
import { countEvents } from './operations/log/count-events.ts';
import { findEvent, followLog } from './operations/log/follow-log.ts';
import { listEvents } from './operations/log/list-events.ts';
import type { BodyTable } from './operations/log/log-tree.ts';
import { logTreeStore } from './operations/log/log-tree-store.ts';
import { recordEvent } from './operations/log/record-event.ts';
import { changesOf } from './operations/log/recorded-change.ts';
import { countClients, readActivity } from './operations/log/statistics.ts';
import { masterKeyStore } from './operations/master-keys/master-key-store.ts';
import { receiptStore } from './operations/receipts/receipt-store.ts';
import { forgetSpentReceipts } from './operations/receipts/receipts.ts';
import { dropSigningKeysThatAreOver } from './operations/receipts/signing-keys.ts';
import { recoveryCodeStore } from './operations/recovery-codes/recovery-code-store.ts';
import { inTimeOf } from './operations/test-mode/test-clock.ts';
import { testHalfStore } from './operations/test-mode/test-half-store.ts';
import * as policies from './operations/verdicts/policy.ts';
import { webhookStore } from './operations/webhooks/webhook-store.ts';
import { SearchLimit } from './scheduling/search-limit.ts';
import type { Schema } from './schema.ts';

type Query<T> = (db: Kysely<Schema>) => Promise<T>;
/** `pause` lets other work in between two strides of a long search. */
type Read<T> = (db: Kysely<Schema>, pause: () => Promise<void>) => Promise<T>;

/**
 * Scheduling key; lanes are served round-robin. A number is an account, whose changes lock the account's head first.
 * The names are for callers without an account, look-ups of bearers and links, the installation itself, webhooks,
 * feeds of events, readiness probes, and for recording when bearers were used.
 */
export type Lane =
  | number
  | 'anonymous'
  | 'api keys'
  | 'sessions'
  | 'links'
  | 'upkeep'
  | 'webhooks'
  | 'feeds'
  | 'readiness'
  | `uses of ${string}`;

/** How a dialect reads and writes. Each rejects with `store_unavailable` when the store is away. */
export interface Executor {
  readonly read: <T>(query: Read<T>, lane: Lane) => Promise<T>;
  /** In a transaction. */
  readonly write: <T>(work: Query<T>, lane: Lane) => Promise<T>;
  /** As `write`, for what changes nothing but the account's log: nothing else of the account waits for it. */
  readonly writeAside: <T>(work: Query<T>, accountId: number) => Promise<T>;
  /** As `write`, for work that does something outside of the store and must not run twice. */
  readonly writeOnce: <T>(work: Query<T>, lane: Lane) => Promise<T>;
  /** As `write`, for what goes by the time: refused while this process's clock is out of step. Absent: there is one clock. */
  readonly writeInStep?: <T>(work: Query<T>, lane: Lane) => Promise<T>;
  /** As `write`, refused unless this process has the work behind the logs when it commits. Absent: there is one process. */
  readonly writeAsLeader?: <T>(work: Query<T>, lane: Lane) => Promise<T>;
  /** Whose rows pruning deletes. */
  readonly bodies: BodyTable;
}

/** What each dialect does in its own way: the hot path, what strangers may ask for, the connections. */
type OfTheDialect =
  | 'validate'
  | 'findApiKey'
  | 'findSession'
  | keyof LimitStore
  | 'ping'
  | 'close'
  | 'figures'
  | 'leadership'
  | 'onMoved'
  | 'onConnected';

/** Every call of a store that is an operation on its tables, the same in both dialects. */
export function operationsStore(
  { read, write, writeAside, writeOnce, writeInStep = write, writeAsLeader = write, bodies }: Executor,
  box: SecretBox,
  keys: AuthenticatorKeys,
): Omit<Store, OfTheDialect> {
  const searches = new SearchLimit();
  /** A read that may look at thousands of rows. */
  const search = <T>(query: Read<T>, accountId: number): Promise<T> =>
    searches.hold(accountId, () => read(query, accountId));
  const { change, plainChange } = changesOf(write, box);
  const { change: changeInStep } = changesOf(writeInStep, box);

  return {
    createAccount: (account) => write((db) => accounts.createAccount(db, box, account), 'anonymous'),
    findAccountByEmail: (email) => read((db) => accounts.findAccountByEmail(db, email), 'anonymous'),
    findAccountByPublicId: (publicId) =>
      read((db) => accounts.findAccountByPublicId(db, publicId), 'anonymous'),
    listAccounts: (page) => read((db) => accounts.listAccounts(db, page), 'upkeep'),
    hasHadAccount: () => read((db) => accounts.hasHadAccount(db), 'anonymous'),
    countAccounts: () => read((db) => accounts.countAccounts(db), 'upkeep'),
    setPassword: (accountId, hash, made) => write((db) => setPassword(db, accountId, hash, made), accountId),
    ...endedAccountStore({ read, write }, box),
    ...gettingStartedStore(read, plainChange),

    findPolicy: (accountId) => read((db) => policies.findPolicy(db, accountId), accountId),
    setPolicy: (accountId, settings, made) =>
      plainChange(accountId, made, (db, made) => policies.setPolicy(db, accountId, settings, made)),

    ...keyStore({ read, write }, change, plainChange),
    ...clientStore(read, search, change, plainChange, box, keys),
    ...authenticatorStore(read, change, box, keys),
    expireAuthenticators: (now) => expireAuthenticators({ read, write }, box, now),
    ...recoveryCodeStore(read, change, changeInStep),
    ...deviceStore(read, change, box, keys),
    expireDevices: (now) => expireDevices({ read, write }, now),

    async assertNotAnswered(accountId, request, now) {
      const earlier = await read((db) => findAnswer(db, box, accountId, request, now), accountId);
      if (earlier !== null) throw earlier;
    },

    recordEvent: (accountId, event) =>
      writeAside(async (db) => recordEvent(db, accountId, await inTimeOf(db, accountId, event)), accountId),
    listEvents: (accountId, filter, page) =>
      search((db, pause) => listEvents(db, accountId, filter, page, pause), accountId),
    countEvents: (accountId, filter) =>
      search((db, pause) => countEvents(db, accountId, filter, pause), accountId),
    findEvent: (accountId, id) => read((db) => findEvent(db, accountId, id), accountId),
    followLog: (accountId, after, filter, limit) =>
      read((db) => followLog(db, accountId, after, filter, limit), accountId),
    readActivity: (accountId, span) =>
      search((db, pause) => readActivity(db, accountId, span, pause), accountId),
    readUsage: (accountId, firstHour, since) =>
      read((db) => readUsage(db, accountId, firstHour, since), accountId),
    countClients: (accountId, now) => read((db) => countClients(db, accountId, now), accountId),

    ...logTreeStore(read, writeAsLeader, bodies),
    ...accountSecurityStore(read, write, change, box),
    ...masterKeyStore(read, writeOnce),
    ...testHalfStore({ read, write }, plainChange, box),
    ...receiptStore({ read, write }, changeInStep),
    ...webhookStore(read, writeAsLeader, change, plainChange, box),
    ...linkStore(read, { inStep: changeInStep, plain: plainChange }, box, keys),

    serverKeys: (fresh) => write((db) => installation.serverKeys(db, fresh), 'upkeep'),
    noteSeen: (freshId, remembered) => write((db) => noteSeen(db, freshId, remembered), 'upkeep'),
  };
}

/** Writes and reads something, which shows that the store does both, that a validation could, and of which version it is. */
export async function probe({ read, write }: Executor, clock: Clock): Promise<void> {
  await write(async (db) => {
    await touchHotTables(db, clock());
    // An empty transaction would commit on a full disk too: something has to be written.
    await installation.writeProbe(db);
  }, 'readiness');
  const newer = await read(async (db) => {
    await accounts.findAccountByPublicId(db, '');
    return migrationsTooNew(db);
  }, 'readiness');
  if (newer.length > 0) throw storeOfNewerVersion(newer);
}

/** A client that cannot be written holds up no other; its failure is thrown at the end. */
async function expireAuthenticators(
  { read, write }: Pick<Executor, 'read' | 'write'>,
  box: SecretBox,
  at: number,
): Promise<void> {
  const failures: unknown[] = [];
  for (let removed = true; removed; ) {
    removed = false;
    for (const one of await read((db) => findExpired(db, at), 'upkeep')) {
      try {
        const made = { at, origin: EXPIRY_ORIGIN };
        if (await write((db) => removeExpired(db, box, one, made), one.accountId)) removed = true;
      } catch (failure) {
        failures.push(failure);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function expireDevices({ read, write }: Pick<Executor, 'read' | 'write'>, at: number): Promise<void> {
  for (;;) {
    const accounts = await read((db) => accountsWithExpiredDevices(db, at), 'upkeep');
    if (accounts.length === 0) return;
    for (const accountId of accounts) await write((db) => dropExpiredDevices(db, accountId, at), accountId);
  }
}

/**
 * Drops windows of limits, log-ins, kept answers, redeemed receipts, links, unconfirmed authenticators and trusted devices that
 * have ended, which only frees space, and keys whose receipts have all expired. A node whose clock is out of step does
 * nothing of it: one that is ahead would forget what the others still have to know.
 */
export async function pruneExpired(executor: Executor, box: SecretBox, clock: Clock): Promise<void> {
  const { read, writeInStep: write = executor.write } = executor;
  while (await write((db) => forgetDeletedSecrets(db, clock()), 'upkeep'));
  while (await write((db) => prunePrevious(db, clock()), 'upkeep'));
  while (await write((db) => installation.forgetEndedLimits(db, clock()), 'upkeep'));
  while (await write((db) => dropExpiredAnswers(db, clock()), 'upkeep'));
  while (await write((db) => forgetEndedSessions(db, clock()), 'upkeep'));
  while (await write((db) => forgetSpentReceipts(db, clock()), 'upkeep'));
  await write((db) => dropSigningKeysThatAreOver(db, clock()), 'upkeep');
  // First, as what is forgotten has no event any more.
  await expireLinks({ read, write }, clock());
  while (await write((db) => forgetEndedLinks(db, clock()), 'upkeep'));
  await expireDevices({ read, write }, clock());
  await expireAuthenticators({ read, write }, box, clock());
}

/**
 * As `pruneExpired`; and, whatever of it has failed, notes API keys that expire soon and goes on with deletions of
 * accounts.
 */
export async function pruneAndFinish(executor: Executor, box: SecretBox, clock: Clock): Promise<void> {
  try {
    await pruneExpired(executor, box, clock);
  } finally {
    try {
      await noteExpiringKeys({ read: executor.read, write: executor.writeInStep ?? executor.write }, clock());
    } finally {
      await finishDeletions(executor, box, clock());
    }
  }
}
