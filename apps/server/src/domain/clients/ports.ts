import type { TotpParameters } from '@kanda/otp';
import type { NewAuthenticator, Proof, ShownAuthenticator } from '../authenticators/ports.ts';
import type { Change } from '../change.ts';
import type { Fault } from '../errors.ts';
import type { ClientCounts } from '../log/statistics.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Client, ClientStatus } from './client.ts';

/** What an enrolment may leave out: nothing was used, and its codes count at once. */
type Optional = 'name' | 'isImported' | 'watermark' | 'pendingUntil' | 'fresh';

/** A client with its first authenticator. */
export interface NewClient
  extends Omit<NewAuthenticator, 'replaces' | Optional>,
    Partial<Pick<NewAuthenticator, Optional>> {
  readonly label: string;
  readonly issuer: string;
  /** How many the account may have; null: any number. */
  readonly mostClients?: number | null;
}

export interface Rotation {
  readonly accountId: number;
  readonly clientId: string;
  /** Of the authenticator that gets the secret; null: the client has this secret alone from then on. */
  readonly number: number | null;
  readonly secret: Uint8Array;
  /** As for `NewAuthenticator`. */
  readonly proof?: Proof;
}

export interface ClientFilter {
  /** A part of the clientId, label or issuer. */
  readonly q: string | null;
  readonly status: ClientStatus | null;
  /** Those with a weak secret, or those without; absent: either. */
  readonly weak?: boolean | undefined;
  /** ms; what counts as locked depends on it. */
  readonly now: number;
}

/**
 * Which failures an unlock forgets: all of them, as when nothing is said, or only those in a row. The second keeps the day's budget of guesses
 * spent: unlocking again and again would lift it.
 */
export type ForgottenFailures = 'all' | 'in a row';

/** A client as another program had it. Its codes count at once. */
export interface ToImport
  extends Pick<NewAuthenticator, 'clientId' | 'name' | 'parameters' | 'secret' | 'watermark' | 'drift'> {
  readonly label: string;
  readonly issuer: string;
  /** The client has other authenticators beside this one, which came before it. */
  readonly additional: boolean;
  /** Its codes are refused until it is enabled. */
  readonly disabled: boolean;
  /** By what the store knows its recovery codes; null: it brings none, and those that are there stay. */
  readonly recoveryMacs: readonly Uint8Array[] | null;
}

export interface ImportRules {
  /** `replace`: a client that is there with another secret gets this one alone. */
  readonly onConflict: 'skip' | 'replace';
  /** How many clients the account may have; null: any number. */
  readonly mostClients: number | null;
}

/**
 * - `enrolled`, `added`: the client, or an authenticator of it, is new
 * - `unchanged`: it is there with this secret
 * - `conflict`: it is there with another one, and was left alone
 */
export type ImportOutcome =
  | { readonly result: 'enrolled' | 'added' | 'unchanged' | 'replaced'; readonly authenticator: number }
  | { readonly result: 'conflict' }
  | { readonly result: 'refused'; readonly fault: Fault };

/** A client with its secrets, as an export has it. */
export interface ExportedClient {
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  readonly disabled: boolean;
  /** Confirmed ones, oldest first. */
  readonly authenticators: readonly ExportedAuthenticator[];
}

export interface ExportedAuthenticator {
  readonly name: string | null;
  /** Of HOTP the period is 0. */
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
  /** The highest step or counter that may have been used; -1: none. */
  readonly watermark: number;
  readonly drift: number;
  readonly createdAt: number;
}

/** The users of an account's application. */
export interface ClientStore {
  /** Faults: client_exists, client_quota_exceeded. */
  registerClient(client: NewClient, change: Change): Promise<ShownAuthenticator>;
  /** Replaces the secret, opens every lock. Faults: client_not_found, authenticator_not_found, proof_invalid. */
  rotateClient(rotation: Rotation, change: Change): Promise<ShownAuthenticator>;
  /**
   * All of them in one transaction, in their order; one that is refused leaves the others. With 50 recovery codes each, no
   * more than 200: a statement of SQLite has 32,766 parameters. Faults: account_not_found, secret_unreadable.
   */
  importClients(
    accountId: number,
    clients: readonly ToImport[],
    rules: ImportRules,
    change: Change,
  ): Promise<readonly ImportOutcome[]>;
  /** What {@link importClients} would come to at `at` (ms), without doing it. */
  planImport(
    accountId: number,
    clients: readonly ToImport[],
    rules: ImportRules,
    at: number,
  ): Promise<readonly ImportOutcome[]>;
  /**
   * The next clients after the one with the number `after` (0: the first), and the number to go on after; null: there
   * are no more. Each is an event, in the same transaction. Faults: account_not_found, secret_unreadable.
   */
  exportClients(
    accountId: number,
    after: number,
    limit: number,
    change: Change,
  ): Promise<{ readonly clients: readonly ExportedClient[]; readonly next: number | null }>;
  findClient(accountId: number, clientId: string): Promise<Client | null>;
  listClients(accountId: number, filter: ClientFilter, page: PageRequest): Promise<Page<Client>>;
  /** What counts as locked depends on `now` (ms). */
  countClients(accountId: number, now: number): Promise<ClientCounts>;
  /** How many authenticators of all accounts refuse every code at `now` (ms), since this server's clock was ahead. */
  countClocksAhead(now: number): Promise<number>;
  /** Changes how a phone shows the client from its next QR code on. Faults (all five): client_not_found. */
  updateClient(
    accountId: number,
    clientId: string,
    texts: Partial<Pick<Client, 'label' | 'issuer'>>,
    change: Change,
  ): Promise<Client>;
  unlockClient(
    accountId: number,
    clientId: string,
    change: Change,
    forgotten?: ForgottenFailures,
  ): Promise<Client>;
  /** Unlocks, and brings a watermark down that a clock left ahead; accepts no code that could have been accepted. */
  resetClientClock(
    accountId: number,
    clientId: string,
    change: Change,
    forgotten?: ForgottenFailures,
  ): Promise<Client>;
  setClientDisabled(accountId: number, clientId: string, disabled: boolean, change: Change): Promise<Client>;
  deleteClient(accountId: number, clientId: string, change: Change): Promise<void>;
}
