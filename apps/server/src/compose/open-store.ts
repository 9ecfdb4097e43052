/** Opens the store that the settings name, and says what is wrong with it when it cannot be used. */

import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { SecretBox } from '../domain/clients/secret-box.ts';
import { Fault } from '../domain/errors.ts';
import type { Store } from '../domain/store.ts';
import type { Clock } from '../domain/time.ts';
import type { AuthenticatorKeys } from '../domain/verdicts/ports.ts';
import { StoreMovedError } from '../store/copy/markers.ts';
import { MigrationError } from '../store/migrations/index.ts';
import type { DatabaseLimits } from '../store/postgres/connections.ts';
import { DatabaseUrlError, shownAddress } from '../store/postgres/database-url.ts';
import { UnfitSessionError } from '../store/postgres/session-settings.ts';
import { openPostgresStore } from '../store/postgres/store.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { unusableStore } from './data-folder.ts';

export const DATABASE_FILE = 'kanda.db';

interface StoreParts {
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
}

export function openStore(
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
