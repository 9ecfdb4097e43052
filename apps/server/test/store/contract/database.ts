import type { SecretBox } from '../../../src/domain/clients/secret-box.ts';
import type { KeyCounts } from '../../../src/domain/keys/api-key.ts';
import type { Store } from '../../../src/domain/store.ts';
import type { Clock } from '../../../src/domain/time.ts';
import type { AuthenticatorKeys } from '../../../src/domain/verdicts/ports.ts';
import { COUNT_MIXES } from '../../../src/store/migrations/0018-authenticator-mix.ts';

/** What a store is opened with. */
export interface StoreParts {
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
}

/** One empty database of its own, which the suite may open several times, as several nodes would. */
export interface Database {
  open(parts: StoreParts): Promise<Store>;
  /** Exchanges the sealed secrets of two clients behind the store's back. */
  swapSecrets(accountId: number, oneClientId: string, otherClientId: string): Promise<void>;
  /** Writes times of failures that cannot be read into a client's row behind the store's back. */
  damageFailures(accountId: number, clientId: string): Promise<void>;
  /** Those with a column `account_id`. */
  accountTables(): Promise<readonly string[]>;
  /** Does the upkeep that a store does every few minutes, now; how many keys it finds that need a look. */
  prune(box: SecretBox, clock: Clock): Promise<KeyCounts>;
  /** Runs a statement behind the store's back, and gives its rows. */
  sql(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  keptAnswers(): Promise<readonly Uint8Array[]>;
  /** Forgets which authenticators clients have, and notes it as the migration does. */
  recountMixes(): Promise<void>;
  /** Runs work that opens this database, which no store has open, and closes it; counts the rows that it reads and writes, by table. */
  countRows(work: () => Promise<void>): Promise<RowCounts>;
  remove(): Promise<void>;
}

/** Of each table. */
export type RowCounts = Readonly<Record<string, { readonly read: number; readonly written: number }>>;

export type MakeDatabase = () => Promise<Database>;

/** As for the clients of a version that did not note them. */
export const RECOUNT_MIXES = `update client set mix = null; ${COUNT_MIXES}`;
