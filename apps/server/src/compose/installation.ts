import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DiskWatch } from '../background/disk-watch.ts';
import { SIGNED_FILE, SignedFile } from '../background/signed-file.ts';
import { registrationMode } from '../config/registration-mode.ts';
import type { Config } from '../config/schema.ts';
import { apiKeyMatches, createApiKey, parseApiKey } from '../crypto/api-key.ts';
import { createAuthenticatorKeys } from '../crypto/authenticator-keys.ts';
import { createTokenIssuer } from '../crypto/bearer-token.ts';
import { Keyring } from '../crypto/keyring.ts';
import { createLogSigner, sha256, verifyEd25519 } from '../crypto/log-signing.ts';
import { type MasterKeys, parseMasterKeys } from '../crypto/master-key.ts';
import {
  readMasterKeyFile,
  readOrCreateMasterKeyFile,
  watchMasterKeyFile,
} from '../crypto/master-key-file.ts';
import { createPasswords } from '../crypto/password.ts';
import { createAccountRecoveryCodes } from '../crypto/recovery-codes.ts';
import { createSecretBox } from '../crypto/secret-box.ts';
import {
  assertServerKeysOpen,
  createServerKeys,
  missingServerKeys,
  openServerKeys,
} from '../crypto/server-keys.ts';
import { Accounts } from '../domain/accounts/accounts.ts';
import { IdentityProofs } from '../domain/accounts/identity-proof.ts';
import { Registration } from '../domain/accounts/registration.ts';
import { SecondFactors } from '../domain/accounts/second-factor.ts';
import { Sessions } from '../domain/accounts/sessions.ts';
import { TwoFactor } from '../domain/accounts/two-factor.ts';
import { Enrolments } from '../domain/clients/enrolment.ts';
import type { SecretBox } from '../domain/clients/secret-box.ts';
import { Fault } from '../domain/errors.ts';
import { ApiKeys } from '../domain/keys/api-keys.ts';
import { Bearers } from '../domain/keys/bearers.ts';
import type { ApiKeyTexts } from '../domain/keys/ports.ts';
import { AccountQuotas } from '../domain/limits/account-quotas.ts';
import type { Quotas } from '../domain/limits/quotas.ts';
import { AuditLog } from '../domain/log/audit-log.ts';
import { LogTrees } from '../domain/log/log-trees.ts';
import type { WrappedServerKey } from '../domain/master-keys/wrapped-keys.ts';
import type { Store } from '../domain/store.ts';
import type { Clock } from '../domain/time.ts';
import { DAY_MS } from '../domain/time.ts';
import type { AuthenticatorKeys } from '../domain/verdicts/ports.ts';
import type { Services } from '../http/server/services.ts';
import { readSite, type Site } from '../http/site/site-files.ts';
import { StoreMovedError } from '../store/copy/markers.ts';
import { MigrationError } from '../store/migrations/index.ts';
import type { DatabaseLimits } from '../store/postgres/connections.ts';
import { DatabaseUrlError, shownAddress } from '../store/postgres/database-url.ts';
import { readPostgresFacts } from '../store/postgres/examine.ts';
import { UnfitSessionError } from '../store/postgres/session-settings.ts';
import { openPostgresStore } from '../store/postgres/store.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { makeDataDir, unusableStore } from './data-folder.ts';

/** Everything below HTTP, joined and open: what `serve` serves and the other commands work on. */
export interface Installation extends Services {
  readonly masterKey: MasterKeyOrigin;
  readonly disk: DiskWatch;
  /** What `serve` keeps at work on the logs. */
  readonly logTrees: LogTrees;
  close(): Promise<void>;
}

/** Where the master key came from. */
export interface MasterKeyOrigin {
  /** `KANDA_MASTER_KEY`, or the path of a file. */
  readonly source: string;
  /** null when it came from the environment, which cannot change while the process runs. */
  readonly file: string | null;
}

/** The master keys at hand. */
export interface FoundMasterKeys extends MasterKeyOrigin {
  readonly masterKeys: MasterKeys;
}

export const DATABASE_FILE = 'kanda.db';
export const MASTER_KEY_FILE = 'master.key';

const systemClock: Clock = () => Date.now();
const random = (length: number): Uint8Array => randomBytes(length);

/** Who opens an installation, and has to hear of it at once: what comes after may fail, or end. */
export interface Operator {
  /** Something takes long. */
  onNotice(message: string): void;
  /** A master key was made in this file, which the operator should back up. */
  newMasterKey(file: string): void;
}

/** The person who runs a command. */
export const ON_STANDARD_ERROR: Operator = {
  onNotice: (message) => console.error(message),
  newMasterKey: (file) => console.error(`${newMasterKeyText(file)}\n`),
};

/** Where the store is not for keeping. */
const SILENT: Operator = { onNotice() {}, newMasterKey() {} };

/** That a master key was made, in two sentences. */
export function newMasterKeyText(file: string): string {
  return `A new master key was made: ${file}\n${BACK_IT_UP}`;
}

export const BACK_IT_UP = 'Back this file up now, apart from the database: without it no secret can be read.';

/**
 * Opens the store with its keys. Refuses, with an error written for people, when the data directory cannot
 * be used, the store is newer than this version, or the master key is not the one that the store was made with.
 */
export async function openInstallation(
  config: Config,
  clock: Clock = systemClock,
  operator: Operator = SILENT,
): Promise<Installation> {
  const dataDir = resolve(config.dataDir);
  const { masterKeys, ...keyOrigin } = await obtainMasterKeys(config, dataDir, operator);
  const keyring = keyringOf(masterKeys, keyOrigin.file);
  const box = createSecretBox(keyring, random);
  const parts = { box, keys: createAuthenticatorKeys(box), clock, onNotice: operator.onNotice };
  const store = await openStore(config, dataDir, parts);
  try {
    keyring.assertHas(await store.masterKeyIds());
    const existing = await store.serverKeys([]);
    const missing =
      existing.length > 0 ? missingServerKeys(keyring, existing, random) : createServerKeys(keyring, random);
    const wrapped = missing.length > 0 ? await store.serverKeys(missing) : existing;
    const { tokenSigning, apiKeyMac, logSigning } = openServerKeys(keyring, wrapped);
    const tokens = createTokenIssuer({
      ...tokenSigning,
      ttlSeconds: config.tokenTtlSeconds,
      issuer: 'kanda',
      audience: 'kanda',
      randomBytes: random,
    });
    const keyTexts: ApiKeyTexts = {
      create: () => createApiKey(random, apiKeyMac),
      parse: parseApiKey,
      matches: ({ text }, mac) => apiKeyMatches(apiKeyMac, text, mac),
    };
    const disk = new DiskWatch(config.databaseUrl === null ? dataDir : null, config.diskReserve);
    await disk.look();
    const quotas = new AccountQuotas(quotasOf(config), store);
    const registration = new Registration(registrationMode(config), store);
    const passwords = createPasswords(random);
    const bearers = new Bearers(store, tokens, keyTexts);
    const recoveryCodes = createAccountRecoveryCodes(apiKeyMac, random);
    const secondFactors = new SecondFactors(store, recoveryCodes);
    const proofs = new IdentityProofs(store, passwords, secondFactors);
    const signer = createLogSigner(logSigning.reveal());
    const checkpointIntervalMs = config.checkpointIntervalSeconds * 1000;
    return {
      store,
      bearers,
      clock,
      registration,
      accounts: new Accounts({
        store,
        registration,
        passwords,
        tokens,
        bearers,
        secondFactors,
        proofs,
        randomBytes: random,
      }),
      sessions: new Sessions(store, bearers),
      twoFactor: new TwoFactor({
        store,
        bearers,
        proofs,
        secondFactors,
        recoveryCodes,
        randomBytes: random,
      }),
      apiKeys: new ApiKeys(store, keyTexts, tokens, bearers, quotas),
      enrolments: new Enrolments(store, random, quotas),
      quotas,
      disk,
      auditLog: new AuditLog({ store, signer, sha256, clock, checkpointIntervalMs }),
      logTrees: new LogTrees({
        store,
        signed: new SignedFile({ path: join(dataDir, SIGNED_FILE), warn: operator.onNotice }),
        signer,
        sha256,
        verify: verifyEd25519,
        clock,
        checkpointIntervalMs,
        retentionMs: config.logRetentionDays === null ? null : config.logRetentionDays * DAY_MS,
      }),
      masterKey: keyOrigin,
      async close() {
        disk.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface StoreParts {
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
}

function openStore(
  config: Config,
  dataDir: string,
  { onNotice, ...parts }: StoreParts & { readonly onNotice: (message: string) => void },
): Promise<Store> {
  if (config.databaseUrl !== null) {
    const url = config.databaseUrl.reveal();
    return openPostgresStore({ url, limits: databaseLimits(config), onNotice, ...parts }).catch((error) => {
      throw unusableDatabase(error, url);
    });
  }
  const path = join(dataDir, DATABASE_FILE);
  return openSqliteStore({ path, onNotice, ...parts }).catch((error) => {
    throw unusableStore(error, path);
  });
}

function quotasOf(config: Config): Quotas {
  return {
    clients: config.quotaClients,
    keys: config.quotaKeys,
    events: config.quotaEvents,
    storage: config.quotaStorage,
  };
}

/** How these settings want PostgreSQL to be used. */
export function databaseLimits(config: Config): DatabaseLimits {
  return {
    poolSize: config.databasePool,
    connectTimeoutMs: config.databaseConnectSeconds * 1000,
    statementTimeoutMs: config.databaseStatementSeconds * 1000,
    lockTimeoutMs: config.databaseLockSeconds * 1000,
  };
}

/** What PostgreSQL or the way to it said, with the place and a way out; never with the password. */
export function unusableDatabase(error: unknown, url: string, named = 'KANDA_DATABASE_URL'): unknown {
  if (error instanceof MigrationError || error instanceof StoreMovedError || error instanceof Fault)
    return error;
  if (error instanceof DatabaseUrlError) {
    return new Error(
      `${named} ${error.message}. Example: postgres://kanda:password@localhost:5432/kanda?sslmode=verify-full`,
      { cause: error },
    );
  }
  if (error instanceof UnfitSessionError) {
    return new Error(`The database ${shownAddress(url)} cannot be used: ${error.message}.`, { cause: error });
  }
  if (messageOf(error).includes('statement pooling mode')) {
    return new Error(
      `The database ${shownAddress(url)} is behind a pooler in statement mode, and all that Kanda writes is in transactions. ` +
        'Set pool_mode = transaction for it, in PgBouncer in pgbouncer.ini.',
      { cause: error },
    );
  }
  return new Error(
    `The database ${shownAddress(url)} cannot be used: ${messageOf(error)}. See that it runs, that it is there, and that ` +
      `${named} names its user and password. Example: postgres://kanda:password@localhost:5432/kanda`,
    { cause: error },
  );
}

/** A refused connection to a name with several addresses is an error without a message of its own. */
function messageOf(error: unknown): string {
  const { message, code, errors = [] } = error as Error & { code?: string; errors?: Error[] };
  return message || errors.map((one) => one.message).join('; ') || code || 'no reason was given';
}

/** The master keys of the environment, a named file, or the data directory; null when there is none yet. */
export function findMasterKeys(config: Config, dataDir: string): FoundMasterKeys | null {
  if (config.masterKey !== null) {
    const source = 'KANDA_MASTER_KEY';
    return { masterKeys: parseMasterKeys(config.masterKey, source), source, file: null };
  }
  const path = config.masterKeyFile ?? join(dataDir, MASTER_KEY_FILE);
  if (config.masterKeyFile === null && !existsSync(path)) return null;
  return { masterKeys: readMasterKeyFile(path), source: path, file: path };
}

/** The keyring of these keys. With a file, it learns of the keys that a rotation puts there later. */
export function keyringOf([current, ...older]: MasterKeys, file: string | null = null): Keyring {
  return new Keyring(current, older, random, file === null ? undefined : watchMasterKeyFile(file));
}

/** Throws a `MasterKeyError` when one of these keys was wrapped under a master key that is not at hand. */
export function assertOpens(masterKeys: MasterKeys, wrapped: readonly WrappedServerKey[]): void {
  assertServerKeysOpen(keyringOf(masterKeys), wrapped);
}

/**
 * The master key at hand, or one made in the data directory on a first start. It is not made beside a store
 * that is already there: that store was sealed with another key.
 */
async function obtainMasterKeys(
  config: Config,
  dataDir: string,
  operator: Operator,
): Promise<FoundMasterKeys> {
  // With a database and a key from elsewhere there is nothing to keep on this machine.
  if (config.databaseUrl === null) makeDataDir(dataDir);
  const found = findMasterKeys(config, dataDir);
  if (found !== null) return found;
  const path = join(dataDir, MASTER_KEY_FILE);
  const database = join(dataDir, DATABASE_FILE);
  if (config.databaseUrl !== null) {
    await assertWithoutKeys(config, config.databaseUrl.reveal(), path);
    makeDataDir(dataDir);
  } else if (existsSync(database)) {
    throw new Error(
      `${database} is there, but its master key ${path} is not. Put the key back from your backup, ` +
        'or name it with KANDA_MASTER_KEY or KANDA_MASTER_KEY_FILE. Without it no secret in the store can be read.',
    );
  }
  const { masterKeys, created } = readOrCreateMasterKeyFile(path, random);
  if (created) operator.newMasterKey(path);
  return { masterKeys, source: path, file: path };
}

/** Throws when the database was sealed with a master key already, which this node has to be given. */
async function assertWithoutKeys(config: Config, url: string, path: string): Promise<void> {
  const wrapped = await readPostgresFacts(url, databaseLimits(config)).then(
    (facts) => facts?.wrapped ?? [],
    (error) => {
      throw unusableDatabase(error, url);
    },
  );
  if (wrapped.length === 0) return;
  const ids = wrapped.map(({ masterKeyId }) => masterKeyId).join(', ');
  throw new Error(
    `The database ${shownAddress(url)} was sealed with master key ${ids}, and this node has none (${path} is not there). ` +
      'Copy the master.key of another node there (chmod 600), or name it with KANDA_MASTER_KEY or KANDA_MASTER_KEY_FILE.',
  );
}

/** The pages as `npm run build -w @kanda/web` writes them; null when it did not. */
export function readBuiltSite(): Site | null {
  return readSite(fileURLToPath(new URL('../../../web/dist/', import.meta.url)));
}

/** The Markdown pages that explain each error, by code, from `docs/errors`. */
export function readErrorPages(): ReadonlyMap<string, string> {
  const folder = new URL('../../../../docs/errors/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
  return new Map(
    files.map((file) => [file.slice(0, -'.md'.length), readFileSync(new URL(file, folder), 'utf8')]),
  );
}
