/** Where the master keys are found, and when one is made. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { Keyring } from '../crypto/keyring.ts';
import { type MasterKeys, parseMasterKeys } from '../crypto/master-key.ts';
import {
  readMasterKeyFile,
  readOrCreateMasterKeyFile,
  watchMasterKeyFile,
} from '../crypto/master-key-file.ts';
import { assertServerKeysOpen } from '../crypto/server-keys.ts';
import type { WrappedServerKey } from '../domain/master-keys/wrapped-keys.ts';
import { shownAddress } from '../store/postgres/database-url.ts';
import { readPostgresFacts } from '../store/postgres/examine.ts';
import { makeDataDir } from './data-folder.ts';
import { outputOf } from './master-key-command.ts';
import { DATABASE_FILE, databaseLimits, unusableDatabase } from './open-store.ts';
import type { Operator } from './operator.ts';

export const MASTER_KEY_FILE = 'master.key';

const random = (length: number): Uint8Array => randomBytes(length);

/** Where the master key came from. */
export interface MasterKeyOrigin {
  /** `KANDA_MASTER_KEY`, `KANDA_MASTER_KEY_COMMAND`, or the path of a file. */
  readonly source: string;
  /** null when it came from the environment or a command, which is not asked again while the process runs. */
  readonly file: string | null;
}

/** The master keys at hand. */
export interface FoundMasterKeys extends MasterKeyOrigin {
  readonly masterKeys: MasterKeys;
}

/** The master keys of the environment, a command, a named file, or the data directory; null when there is none yet. */
export function findMasterKeys(config: Config, dataDir: string): FoundMasterKeys | null {
  if (config.masterKey !== null) {
    const source = 'KANDA_MASTER_KEY';
    return { masterKeys: parseMasterKeys(config.masterKey, source), source, file: null };
  }
  if (config.masterKeyCommand !== null) {
    const source = 'KANDA_MASTER_KEY_COMMAND';
    const text = outputOf(config.masterKeyCommand);
    return { masterKeys: parseMasterKeys(text, source), source, file: null };
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
export async function obtainMasterKeys(
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
