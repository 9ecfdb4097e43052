/**
 * Fills a fresh data directory with clients and events, the way the server would have written them:
 * sealed by the real secret box, in the real tables. Prints the API key of the one account.
 *
 *   node bench/seed.ts DIR CLIENTS EVENTS
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { openInstallation } from '../apps/server/src/compose/installation.ts';
import { MASTER_KEY_FILE } from '../apps/server/src/compose/master-keys.ts';
import { DATABASE_FILE } from '../apps/server/src/compose/open-store.ts';
import { loadConfig } from '../apps/server/src/config/load.ts';
import { Keyring } from '../apps/server/src/crypto/keyring.ts';
import { readMasterKeyFile } from '../apps/server/src/crypto/master-key-file.ts';
import { createSecretBox } from '../apps/server/src/crypto/secret-box.ts';
import { SCOPES } from '../apps/server/src/domain/keys/scopes.ts';
import { CLI_ORIGIN, EVENT_TYPES } from '../apps/server/src/domain/log/events.ts';
import { Secret } from '../apps/server/src/domain/secret.ts';

const ROWS_PER_TRANSACTION = 50_000;
const DAY_MS = 86_400_000;

export interface Seeded {
  readonly apiKey: string;
}

/** The name of the `index`-th client, as the load scripts use it. */
export function clientName(index: number): string {
  return `client-${index}`;
}

/** Makes the account, its key, `clients` clients and a log of `events` events of the last 30 days. */
export async function seed(
  dataDir: string,
  clients: number,
  events: number,
  secretOf: (index: number) => Uint8Array = () => randomBytes(20),
): Promise<Seeded> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const installation = await openInstallation(loadConfig({}, { 'data-dir': dataDir }));
  const change = { at: Date.now(), origin: CLI_ORIGIN };
  const account = await installation.accounts.register(
    { email: 'bench@example.com', password: new Secret(randomBytes(24).toString('base64')) },
    change,
  );
  const { text } = await installation.apiKeys.create(
    { accountId: account.id, name: 'bench', scopes: SCOPES, expiresAt: null },
    change,
  );
  await installation.close();
  const db = new DatabaseSync(join(dataDir, DATABASE_FILE));
  db.exec('pragma synchronous = off');
  fillClients(db, dataDir, account, clients, secretOf);
  fillEvents(db, account.id, clients, events);
  db.exec('pragma wal_checkpoint(truncate)');
  db.close();
  return { apiKey: text.reveal() };
}

function fillClients(
  db: DatabaseSync,
  dataDir: string,
  account: { id: number; publicId: string },
  count: number,
  secretOf: (index: number) => Uint8Array,
): void {
  const keyring = new Keyring(readMasterKeyFile(join(dataDir, MASTER_KEY_FILE))[0], [], randomBytes);
  const box = createSecretBox(keyring, randomBytes);
  const row = db.prepare('select data_key_master, data_key from account where id = ?').get(account.id) as {
    data_key_master: string;
    data_key: Uint8Array;
  };
  const dataKey = {
    accountPublicId: account.publicId,
    masterKeyId: row.data_key_master,
    wrapped: row.data_key,
  };
  const { last_number: first } = db
    .prepare('select last_number from account_head where account_id = ?')
    .get(account.id) as { last_number: number };
  const client = db.prepare(
    'insert into client (account_id, id, client_id, label, issuer, created_at) values (?, ?, ?, ?, ?, ?)',
  );
  const authenticator =
    db.prepare(`insert into authenticator (account_id, id, client, algorithm, period, secret_version, sealed, rotated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?)`);
  const state = db.prepare(
    `insert into authenticator_state (account_id, id, secret_version, digits, watermark, disabled, failures,
       delayed_until, locked, last_event) values (?, ?, 1, 6, -1, 0, 0, 0, 0, 0)`,
  );
  const now = Date.now();
  inTransactions(db, count, 'clients', (index) => {
    const id = first + 1 + index;
    const clientId = clientName(index);
    const place = {
      accountId: account.id,
      clientId,
      authenticatorId: id,
      secretVersion: 1,
      parameters: DEFAULT_PARAMETERS,
    };
    client.run(account.id, id, clientId, `user${index}@example.com`, 'Bench', now);
    authenticator.run(account.id, id, id, 'SHA1', 30, 1, box.seal(dataKey, place, secretOf(index)), null);
    state.run(account.id, id);
  });
  db.prepare('update account_head set last_number = ?, clients = clients + ? where account_id = ?').run(
    first + count,
    count,
    account.id,
  );
}

function fillEvents(db: DatabaseSync, accountId: number, clients: number, count: number): void {
  const { last_event: first } = db
    .prepare('select last_event from account_head where account_id = ?')
    .get(accountId) as { last_event: number };
  const event = db.prepare('insert into event values (?, ?, ?, ?, 1, null, ?, ?, ?, ?, ?, 0)');
  const hour = db.prepare(
    'insert into activity values (?, ?, ?, ?, 1, 0, 0) on conflict do update set last_event = excluded.last_event, accepted = accepted + 1',
  );
  const begin = Date.now() - 30 * DAY_MS;
  inTransactions(db, count, 'events', (index) => {
    const id = first + 1 + index;
    const at = Math.floor(begin + (index / count) * 30 * DAY_MS);
    const client = clientName((index * 7919) % clients);
    event.run(
      accountId,
      id,
      at,
      EVENT_TYPES['totp.validated'],
      client,
      'key:aaaaaaaaaaaaaaaa',
      '10.0.0.1',
      'bench/1',
      `req_00000000_${index.toString(36)}`,
    );
    hour.run(accountId, Math.floor(at / 3_600_000), id, id);
  });
  db.prepare('update account_head set last_event = ? where account_id = ?').run(first + count, accountId);
}

function inTransactions(
  db: DatabaseSync,
  count: number,
  what: string,
  insert: (index: number) => void,
): void {
  for (let from = 0; from < count; from += ROWS_PER_TRANSACTION) {
    db.exec('begin');
    const to = Math.min(count, from + ROWS_PER_TRANSACTION);
    for (let index = from; index < to; index++) insert(index);
    db.exec('commit');
    if (process.stderr.isTTY) process.stderr.write(`\r${what}: ${to} of ${count}  `);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [dir, clients, events] = process.argv.slice(2);
  if (dir === undefined || !Number.isInteger(Number(clients)) || !Number.isInteger(Number(events))) {
    console.error('node bench/seed.ts DIR CLIENTS EVENTS');
    process.exitCode = 2;
  } else {
    console.log((await seed(dir, Number(clients), Number(events))).apiKey);
  }
}
