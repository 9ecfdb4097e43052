import type { GettingStartedStore } from './accounts/getting-started.ts';
import type { AccountStore } from './accounts/ports.ts';
import type { AccountSecurityStore } from './accounts/security-ports.ts';
import type { AuthenticatorStore } from './authenticators/ports.ts';
import type { ClientStore } from './clients/ports.ts';
import type { DeviceStore } from './devices/ports.ts';
import type { FeedStore } from './feeds/ports.ts';
import type { IdempotencyStore } from './idempotency/ports.ts';
import type { KeyStore } from './keys/ports.ts';
import type { LimitStore, UsageStore } from './limits/ports.ts';
import type { LinkStore } from './links/ports.ts';
import type { EventStore } from './log/event-store.ts';
import type { LogTreeStore } from './log/ports.ts';
import type { MasterKeyStore } from './master-keys/master-keys.ts';
import type { WrappedServerKey } from './master-keys/wrapped-keys.ts';
import type { StoreFigures } from './observation/store-figures.ts';
import type { ReceiptStore } from './receipts/ports.ts';
import type { RecoveryCodeStore } from './recovery-codes/ports.ts';
import type { StoreSeen } from './store-seen.ts';
import type { TestHalfStore } from './test-mode/ports.ts';
import type { VerdictStore } from './verdicts/ports.ts';
import type { WebhookStore } from './webhooks/ports.ts';

/** Which of the nodes that share a store is the leader: it alone does the work behind the logs. */
export interface Leadership {
  /** Whether this node is the leader now; becomes it when no node is. Ask before each round of work. */
  hold(): Promise<boolean>;
  /** Lets another node lead. */
  yield(): Promise<void>;
}

/** What a store is apart from its nouns: its keys, whether it works, its end. */
export interface StoreLife {
  /** What it notes of its work; absent when it notes nothing. */
  readonly figures?: StoreFigures;
  /** Absent where the process that has the store open does the work behind it. */
  readonly leadership?: Leadership;
  /** The installation's keys: those already there, or else `fresh`, which then are kept for good. */
  serverKeys(fresh: readonly WrappedServerKey[]): Promise<readonly WrappedServerKey[]>;
  /**
   * Counts that the store was seen, and gives what it counted to; a store without an id gets this one. One that does not
   * continue what is `remembered` is left as it is, and gives what it says; null: nothing.
   */
  noteSeen(freshId: string, remembered: StoreSeen | null): Promise<StoreSeen | null>;
  /** Has `listener` called when a part of the write-ahead log was moved into the file. Absent where there is no such log. */
  readonly onMoved?: (listener: () => void) => void;
  /** Has `listener` called after each new connection, which may lead elsewhere. Absent where the store is a file. */
  readonly onConnected?: (listener: () => void) => void;
  /** Resolves when the store can read and write; rejects with `store_unavailable` otherwise. */
  ping(): Promise<void>;
  /** Lets what is queued commit, then lets go of the store. */
  close(): Promise<void>;
}

/**
 * Where everything durable lives: one port for each noun. A promise resolves only after what it answers is
 * committed; when that is not possible, it rejects with a `store_unavailable` fault and nothing has changed.
 *
 * Take the port of the noun, or a `Pick` of it. Only `compose/` and the stores themselves need all of it.
 */
export interface Store
  extends VerdictStore,
    ClientStore,
    AuthenticatorStore,
    RecoveryCodeStore,
    DeviceStore,
    AccountStore,
    AccountSecurityStore,
    GettingStartedStore,
    KeyStore,
    EventStore,
    LogTreeStore,
    IdempotencyStore,
    LimitStore,
    UsageStore,
    MasterKeyStore,
    TestHalfStore,
    ReceiptStore,
    WebhookStore,
    LinkStore,
    FeedStore,
    StoreLife {}
