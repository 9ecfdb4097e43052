import type { TotpParameters } from '@kanda/otp';
import type { AccountSecurityStore } from './accounts/security-ports.ts';
import type { Scope } from './keys/scopes.ts';
import type { EventRecord, EventType, NewEvent, Origin, Outcome } from './log/events.ts';
import type { LogTreeStore } from './log/ports.ts';
import type { ClientCounts, HourlyActivity } from './log/statistics.ts';
import type { MasterKeyStore } from './master-keys/master-keys.ts';
import type { StoreFigures } from './observation/store-figures.ts';
import type {
  Account,
  AccountWithPassword,
  ApiKey,
  ApiKeyCredential,
  Client,
  ClientStatus,
} from './records.ts';
import type { Secret } from './secret.ts';
import type { AuthenticatorKey, Verdict } from './verdicts/decide.ts';
import type { Policy, PolicySettings } from './verdicts/policy.ts';

/** ms since the epoch. Time is an argument everywhere; this is where the one real clock comes in. */
export type Clock = () => number;

/** `length` bytes from a generator fit for secrets. */
export type RandomBytes = (length: number) => Uint8Array;

/** What a sealed secret is bound to: moved to any other place it does not open. */
export interface SealedPlace {
  readonly accountId: number;
  readonly clientId: string;
  readonly authenticatorId: number;
  readonly secretVersion: number;
}

/** An account's data key as the store keeps it: encrypted under a master key, which it names. */
export interface WrappedDataKey {
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
}

/** Seals what the store must not be able to read. All of it is synchronous, as it runs inside transactions. */
export interface SecretBox {
  /**
   * A fresh data key for the account with the public id `accountPublicId`, wrapped by the master key with the id
   * `masterKeyId`, or by the current one. Throws when that master key is not at hand.
   */
  createDataKey(accountPublicId: string, masterKeyId?: string): WrappedDataKey;
  seal(dataKey: AccountDataKey, place: SealedPlace, secret: Uint8Array): Uint8Array;
  /** Throws a `secret_unreadable` fault when `sealed` was not sealed for exactly this place. */
  open(dataKey: AccountDataKey, place: SealedPlace, sealed: Uint8Array): Uint8Array;
}

/** The wrapped key with what its wrapping is bound to. */
export interface AccountDataKey extends WrappedDataKey {
  readonly accountPublicId: string;
}

/** A stored authenticator, still sealed. */
export interface SealedAuthenticator extends SealedPlace {
  readonly dataKey: AccountDataKey;
  readonly sealed: Uint8Array;
  readonly parameters: TotpParameters;
}

/**
 * Remembers opened keys, bounded. Only what cannot change is remembered: a key of a given secret version, which is
 * drawn at random and so never another secret's, whatever became of the transaction or the database that gave it.
 * The version is read anew in every transaction.
 */
export interface AuthenticatorKeys {
  remembered(accountId: number, authenticatorId: number, secretVersion: number): AuthenticatorKey | undefined;
  /** Throws a `secret_unreadable` fault when the ciphertext was not sealed for this place. */
  open(sealed: SealedAuthenticator): AuthenticatorKey;
}

/** One code that somebody typed. `code` is as typed: 6 or 8 ASCII digits. */
export interface Attempt {
  readonly accountId: number;
  readonly clientId: string;
  readonly code: string;
  readonly origin: Origin;
}

export interface NewAccount {
  readonly publicId: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly at: number;
  readonly origin: Origin;
}

export interface NewApiKey {
  readonly id: string;
  readonly accountId: number;
  readonly name: string;
  readonly scopes: ApiKey['scopes'];
  readonly mac: Uint8Array;
  readonly expiresAt: number | null;
}

export interface NewClient {
  readonly accountId: number;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
}

/** A client after its enrolment or rotation, as far as its otpauth URL needs it. */
export interface EnrolledClient {
  readonly label: string;
  readonly issuer: string;
  readonly parameters: TotpParameters;
}

/** When and by whom a change is made; every change is recorded with these in its own transaction. */
export interface Change {
  readonly at: number;
  readonly origin: Origin;
}

/** Rows after the one that `cursor` names, at most `limit`. */
export interface PageRequest {
  readonly cursor: string | null;
  readonly limit: number;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export interface ClientFilter {
  /** A part of the clientId, label or issuer. */
  readonly q: string | null;
  readonly status: ClientStatus | null;
  /** ms; what counts as locked depends on it. */
  readonly now: number;
}

export interface LogFilter {
  readonly clientId: string | null;
  readonly event: EventType | null;
  readonly outcome: Outcome | null;
}

export interface EventFilter extends LogFilter {
  /** ms, inclusive. */
  readonly from: number | null;
  /** ms, exclusive. */
  readonly to: number | null;
}

/** A part of a log, oldest first. */
export interface LogPart {
  readonly events: readonly EventRecord[];
  /** The number of the last event that was looked at, passing the filter or not. */
  readonly reached: number;
  /** Whether there are events beyond it already. */
  readonly more: boolean;
}

/** A key of the whole installation (token signing, API key MACs), encrypted under a master key. */
export interface WrappedServerKey {
  readonly name: string;
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
}

/** A limited resource: at most `limit` uses of `name` in each window of `windowMs`. */
export interface LimitRule {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
}

export interface LimitState {
  readonly allowed: boolean;
  readonly remaining: number;
  /** ms since the epoch at which the window ends. */
  readonly resetAt: number;
}

/** The work that one node does for all that share a store. */
export interface Duty {
  /** Whether this node has it now; takes it over when nobody has it any more. To be asked again and again. */
  hold(): Promise<boolean>;
  /** Lets another node have it. */
  yield(): Promise<void>;
}

/**
 * Where everything durable lives. A promise resolves only after what it tells is committed; when that
 * cannot be had, it rejects with a `store_unavailable` fault and nothing has changed.
 */
export interface Store extends LogTreeStore, MasterKeyStore, AccountSecurityStore {
  /** What it notes of its work; absent when it notes nothing. */
  readonly figures?: StoreFigures;
  /** Absent where whoever has the store open does the work behind it. */
  readonly duty?: Duty;

  /** Judges a code in a transaction under its row's lock. Faults: client_not_found, totp_code_malformed, secret_unreadable. */
  validate(attempt: Attempt): Promise<Verdict>;

  /** With a data key of its own, made in the same transaction. Faults: email_taken. */
  createAccount(account: NewAccount): Promise<Account>;
  findAccountByEmail(email: string): Promise<AccountWithPassword | null>;
  findAccountByPublicId(publicId: string): Promise<Account | null>;
  listAccounts(page: PageRequest): Promise<Page<Account>>;
  /** Ends every session and token of the account. Faults: account_not_found. */
  setPassword(accountId: number, passwordHash: string, change: Change): Promise<Account>;

  /** Faults: account_not_found. */
  findPolicy(accountId: number): Promise<Policy>;
  /** Replaces the account's settings; attempts on every node are judged by them from here on. Faults: account_not_found. */
  setPolicy(accountId: number, settings: PolicySettings, change: Change): Promise<Policy>;

  createApiKey(key: NewApiKey, change: Change): Promise<ApiKey>;
  findApiKey(id: string): Promise<ApiKeyCredential | null>;
  listApiKeys(accountId: number, page: PageRequest): Promise<Page<ApiKey>>;
  /** Faults: key_not_found. */
  revokeApiKey(accountId: number, id: string, change: Change): Promise<void>;

  /** Faults: client_exists. */
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
  /** Faults (all four): client_not_found. */
  unlockClient(accountId: number, clientId: string, change: Change): Promise<Client>;
  setClientDisabled(accountId: number, clientId: string, disabled: boolean, change: Change): Promise<Client>;
  deleteClient(accountId: number, clientId: string, change: Change): Promise<void>;

  /** Records something that changed nothing else. */
  recordEvent(accountId: number, event: NewEvent): Promise<void>;
  /** Newest first. A page may be shorter than `limit` and still have a next one. Faults: cursor_invalid. */
  listEvents(accountId: number, filter: EventFilter, page: PageRequest): Promise<Page<EventRecord>>;
  findEvent(accountId: number, id: number): Promise<EventRecord | null>;
  /** At most `limit` of the events numbered above `after`; looks at a bounded number of them. */
  followLog(accountId: number, after: number, filter: LogFilter, limit: number): Promise<LogPart>;

  /** What was counted in these hours since the epoch, both included. */
  readActivity(accountId: number, firstHour: number, lastHour: number): Promise<HourlyActivity>;
  /** What counts as locked depends on `now` (ms). */
  countClients(accountId: number, now: number): Promise<ClientCounts>;

  /** Takes one use of each resource, unless any is used up: then takes none. */
  takeLimits(rules: readonly LimitRule[], now: number): Promise<LimitState>;
  /** Gives back one use of each resource, as after a login that succeeded. */
  returnLimits(rules: readonly LimitRule[], now: number): Promise<void>;

  /** Notes that a key was used just now; `at` is ms. Best effort, not an event. */
  touchApiKey(accountId: number, id: string, at: number): Promise<void>;

  /** The installation's keys: those already there, or else `fresh`, which then are kept for good. */
  serverKeys(fresh: readonly WrappedServerKey[]): Promise<readonly WrappedServerKey[]>;
  /** How many accounts there are; for a first start's message and for `doctor`. */
  countAccounts(): Promise<number>;

  /** Resolves when the store can read and write; rejects with `store_unavailable` otherwise. */
  ping(): Promise<void>;
  /** Lets what is queued commit, then lets go of the store. */
  close(): Promise<void>;
}

/** Hashes passwords off the main thread. */
export interface Passwords {
  hash(password: Secret<string>): Promise<string>;
  verify(hash: string, password: Secret<string>): Promise<boolean>;
  /** Costs what `verify` costs, so that an unknown e-mail address takes as long as a wrong password. */
  verifyAgainstNothing(password: Secret<string>): Promise<false>;
}

/** For whom a token speaks, and how much it may do. */
export interface TokenClaims {
  readonly accountPublicId: string;
  /** On what the token hangs: it ends when that ends. */
  readonly holder: SessionHolder | KeyHolder;
  readonly scopes: readonly Scope[];
}

/** A log-in. */
export interface SessionHolder {
  readonly sessionId: string;
}

/** An API key that was traded for the token, at a time when the account had this `credentialVersion`. */
export interface KeyHolder {
  readonly keyId: string;
  readonly credentialVersion: number;
}

/** What a token that verified says. Whether its key and account still stand is for the caller to look up. */
export interface VerifiedToken extends TokenClaims {
  /** ms since the epoch. */
  readonly issuedAt: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

export interface TokenIssuer {
  /** `expiresIn` is in seconds. */
  issue(claims: TokenClaims, now: number): Promise<{ token: string; expiresIn: number }>;
  /** Faults: token_expired, token_invalid. */
  verify(token: string, now: number): Promise<VerifiedToken>;
}

/** An API key as its owner holds it: `kan_<id>_<secret><checksum>`. Only `id` may be shown. */
export interface ApiKeyText {
  readonly id: string;
  readonly text: Secret<string>;
}

export interface ApiKeyTexts {
  create(): ApiKeyText & { readonly mac: Uint8Array };
  /** null when the text is not of a key's shape or its checksum is wrong. */
  parse(text: string): ApiKeyText | null;
  /** Compares in constant time. */
  matches(key: ApiKeyText, mac: Uint8Array): boolean;
}
