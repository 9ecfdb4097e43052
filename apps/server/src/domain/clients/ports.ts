import type { TotpParameters } from '@kanda/otp';
import type { Change } from '../change.ts';
import type { ClientCounts } from '../log/statistics.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Client, ClientStatus } from './client.ts';

export interface NewClient {
  readonly accountId: number;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
  /** How many the account may have; null: any number. */
  readonly mostClients?: number | null;
}

/** A client after its enrolment or rotation, as far as its otpauth URL needs it. */
export interface EnrolledClient {
  readonly label: string;
  readonly issuer: string;
  readonly parameters: TotpParameters;
}

export interface ClientFilter {
  /** A part of the clientId, label or issuer. */
  readonly q: string | null;
  readonly status: ClientStatus | null;
  /** ms; what counts as locked depends on it. */
  readonly now: number;
}

/** The users of an account's application. */
export interface ClientStore {
  /** Faults: client_exists, client_quota_exceeded. */
  registerClient(client: NewClient, change: Change): Promise<EnrolledClient>;
  /** Replaces the secret, opens every lock. Faults: client_not_found. */
  rotateClient(
    accountId: number,
    clientId: string,
    secret: Uint8Array,
    change: Change,
  ): Promise<EnrolledClient>;
  findClient(accountId: number, clientId: string): Promise<Client | null>;
  listClients(accountId: number, filter: ClientFilter, page: PageRequest): Promise<Page<Client>>;
  /** What counts as locked depends on `now` (ms). */
  countClients(accountId: number, now: number): Promise<ClientCounts>;
  /** How many clients of all accounts refuse every code at `now` (ms), since this server's clock was ahead. */
  countClocksAhead(now: number): Promise<number>;
  /** Faults (all four): client_not_found. */
  unlockClient(accountId: number, clientId: string, change: Change): Promise<Client>;
  /** Unlocks, and brings a watermark down that a clock left ahead; accepts no code that could have been accepted. */
  resetClientClock(accountId: number, clientId: string, change: Change): Promise<Client>;
  setClientDisabled(accountId: number, clientId: string, disabled: boolean, change: Change): Promise<Client>;
  deleteClient(accountId: number, clientId: string, change: Change): Promise<void>;
}
