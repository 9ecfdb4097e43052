/**
 * Stores whose secrets were sealed before algorithm, digits and period were bound (crypto/secret-box.ts, format 1).
 * `fixtures/sealed-format-1` holds one that such a version filled: kanda.db and what its clients know.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { createHotpKey, decodeBase32, type TotpParameters, totp } from '@kanda/otp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../test/support/postgres-server.ts';
import { type Installation, openInstallation } from '../../src/compose/installation.ts';
import { DATABASE_FILE } from '../../src/compose/open-store.ts';
import { upgradeStore } from '../../src/compose/upgrade.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { CLI_ORIGIN } from '../../src/domain/log/events.ts';
import { copyStore } from '../../src/store/copy/copy-store.ts';
import { DEFAULT_LIMITS } from '../../src/store/postgres/connections.ts';
import { openPostgresSide } from '../../src/store/postgres/copy-side.ts';
import { openSqliteSide } from '../../src/store/sqlite/copy-side.ts';
import { PostgresDatabases } from './postgres/postgres-database.ts';

interface Filled {
  readonly now: number;
  readonly masterKey: string;
  readonly email: string;
  readonly clients: readonly (TotpParameters & { readonly clientId: string; readonly secret: string })[];
}

const FIXTURE = new URL('fixtures/sealed-format-1/', import.meta.url);
const filled = JSON.parse(readFileSync(new URL('filled.json', FIXTURE), 'utf8')) as Filled;
const DAY_MS = 86_400_000;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-sealed-'));
  file = join(folder, DATABASE_FILE);
  writeFileSync(file, gunzipSync(readFileSync(new URL('kanda.db.gz', FIXTURE))), { mode: 0o600 });
  await upgradeStore(configOf({}), () => {}, { keepsBackup: false });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A place where the store of the fixture is, and a way to its rows past Kanda. */
interface Place {
  readonly config: Config;
  /** The rows that a statement gives. */
  run(sql: string): Promise<Record<string, unknown>[]>;
}

const configOf = (env: Record<string, string>) =>
  loadConfig({ KANDA_MASTER_KEY: filled.masterKey, ...env }, { 'data-dir': folder });

async function sqlitePlace(): Promise<Place> {
  return {
    config: configOf({}),
    async run(sql) {
      const database = new DatabaseSync(file);
      try {
        return database.prepare(sql).all();
      } finally {
        database.close();
      }
    },
  };
}

/** As `kanda store copy` brings it there: the sealed bytes as they are. */
async function postgresPlace(server: PostgresServer): Promise<Place> {
  const database = await new PostgresDatabases(server).make();
  const from = await openSqliteSide(file);
  const to = await openPostgresSide(database.url, DEFAULT_LIMITS);
  await copyStore(from, to, { copying() {}, comparing() {} });
  await from.close();
  await to.close();
  return {
    config: configOf({ KANDA_DATABASE_URL: database.url }),
    run: (sql) => database.behindTheStore(sql),
  };
}

let postgres: PostgresServer | null = null;
beforeAll(async () => {
  if (embeddedPostgres() !== null) postgres = await PostgresServer.start();
});
afterAll(() => postgres?.stop());

async function inInstallation<T>(
  place: Place,
  use: (store: Installation['store']) => Promise<T>,
): Promise<T> {
  const installation = await openInstallation(place.config, () => filled.now + DAY_MS);
  try {
    return await use(installation.store);
  } finally {
    await installation.close();
  }
}

function codeOf(parameters: TotpParameters, secret: Uint8Array): string {
  return totp(createHotpKey(secret, parameters.algorithm), filled.now + DAY_MS, parameters);
}

async function verdictOn(store: Installation['store'], clientId: string, code: string) {
  const account = await store.findAccountByEmail(filled.email);
  return store.validate({ accountId: account?.id ?? -1, clientId, code, origin: CLI_ORIGIN });
}

const formats = async (place: Place) =>
  (await place.run('select sealed from authenticator')).map(({ sealed }) => (sealed as Uint8Array)[0]);

describe.each(['SQLite', 'PostgreSQL'] as const)('a store of an earlier version on %s', (kind) => {
  const skipped = kind === 'PostgreSQL' && embeddedPostgres() === null;
  const open = () => (kind === 'SQLite' ? sqlitePlace() : postgresPlace(postgres as PostgresServer));

  // Seen to fail when every secret was opened as format 2: secret_unreadable.
  test.skipIf(skipped)('opens, and its clients’ codes are accepted', async () => {
    const place = await open();
    await inInstallation(place, async (store) => {
      for (const { clientId, secret, ...parameters } of filled.clients) {
        const code = codeOf(parameters, decodeBase32(secret));
        expect(await verdictOn(store, clientId, code), clientId).toEqual({ valid: true });
      }
    });
    expect(await formats(place)).toEqual([1, 1, 1]);
  });

  // Seen to fail with nothing but the place bound: the attempt was judged by the longer period.
  test.skipIf(skipped)('seals anew with a rotation, and then bound to how codes are computed', async () => {
    const place = await open();
    const [client] = filled.clients;
    if (client === undefined) throw new Error('the fixture has no client');
    const secret = new Uint8Array(20).fill(7);
    await inInstallation(place, async (store) => {
      const account = await store.findAccountByEmail(filled.email);
      const change = { at: filled.now + DAY_MS, origin: CLI_ORIGIN };
      await store.rotateClient(
        { accountId: account?.id ?? -1, clientId: client.clientId, number: null, secret },
        change,
      );
      expect(await verdictOn(store, client.clientId, codeOf(client, secret))).toEqual({ valid: true });
    });
    expect((await formats(place)).sort()).toEqual([1, 1, 2]);

    const longer = { ...client, period: 300 };
    await place.run(`update authenticator set period = 300 where algorithm = 'SHA1'`);
    await inInstallation(place, async (store) => {
      const attempt = verdictOn(store, client.clientId, codeOf(longer, secret));
      await expect(attempt).rejects.toMatchObject({ code: 'secret_unreadable' });
    });
  });
});
