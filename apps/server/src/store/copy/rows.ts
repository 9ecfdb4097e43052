import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

/** What is copied: all tables but those in which nodes only agree on something. */
export type CopiedTable = Exclude<keyof Schema, 'lease' | 'store_marker'>;

type Row = Record<string, unknown>;

/** The tables with the columns that order their rows. The compiler misses a table that is added. */
const KEYS: Readonly<Record<CopiedTable, readonly string[]>> = {
  server_key: ['name'],
  account: ['id'],
  account_head: ['account_id'],
  account_session: ['account_id', 'number'],
  account_authenticator: ['account_id'],
  account_recovery_code: ['account_id', 'mac'],
  api_key: ['account_id', 'id'],
  client: ['account_id', 'id'],
  authenticator: ['account_id', 'id'],
  authenticator_state: ['account_id', 'id'],
  further_authenticator: ['account_id', 'client', 'id'],
  client_recovery: ['account_id', 'client'],
  client_recovery_code: ['account_id', 'client', 'mac'],
  client_device: ['account_id', 'client', 'id'],
  deleted_secret: ['account_id', 'fingerprint'],
  previous_secret: ['account_id', 'client', 'secret_version'],
  event: ['account_id', 'id'],
  event_tail: ['account_id', 'client_id'],
  activity: ['account_id', 'hour'],
  refusal: ['account_id', 'hour', 'reason'],
  key_use: ['account_id', 'key_id', 'day'],
  limit_use: ['name'],
  idempotent_answer: ['account_id', 'key_digest'],
  spent_receipt: ['account_id', 'jti'],
  webhook: ['account_id', 'id'],
  webhook_progress: ['account_id', 'webhook'],
  webhook_delivery: ['account_id', 'webhook', 'number'],
  link: ['account_id', 'number'],
  hosted_pages: ['account_id'],
  log_tree: ['account_id'],
  log_tile: ['account_id', 'level', 'tile'],
  log_checkpoint: ['account_id', 'size'],
  event_feed: ['account_id', 'feed'],
};

export const TABLES = Object.keys(KEYS) as readonly CopiedTable[];

/** Most rows are a few hundred bytes; a tile of a log's tree is 8 kB. */
const rowsAtOnce = (table: CopiedTable): number => (table === 'log_tile' ? 50 : 1_000);

/** The rows after the one with this key, in the order of their keys; null: from the first on. */
export async function readRows(
  db: Kysely<Schema>,
  table: CopiedTable,
  after: readonly unknown[] | null,
): Promise<Row[]> {
  const keys = sql.join(KEYS[table].map((key) => sql.ref(key)));
  const beyond = after === null ? sql`` : sql`where (${keys}) > (${sql.join(after)})`;
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)} ${beyond} order by ${keys} limit ${sql.lit(rowsAtOnce(table))}`.execute(
    db,
  );
  return rows;
}

export async function insertRows(
  db: Kysely<Schema>,
  table: CopiedTable,
  rows: readonly Row[],
): Promise<void> {
  await db
    .insertInto(table)
    .values(rows as never)
    .execute();
}

/** The key of a row. */
export function keyOf(table: CopiedTable, row: Row): readonly unknown[] {
  return KEYS[table].map((key) => row[key]);
}

export interface TableDigest {
  readonly rows: number;
  /** SHA-256 over all rows in the order of their keys. */
  readonly digest: string;
}

/** Reads a table from end to end. `onRows` gets the number of rows so far. */
export async function digestTable(
  db: Kysely<Schema>,
  table: CopiedTable,
  onRows: (count: number) => void,
): Promise<TableDigest> {
  const hash = createHash('sha256');
  let after: readonly unknown[] | null = null;
  let count = 0;
  for (;;) {
    const rows: Row[] = await readRows(db, table, after);
    for (const row of rows) hash.update(`${JSON.stringify(canonical(row))}\n`);
    count += rows.length;
    onRows(rows.length);
    const last = rows.at(-1);
    if (rows.length < rowsAtOnce(table) || last === undefined)
      return { rows: count, digest: hash.digest('hex') };
    after = keyOf(table, last);
  }
}

/** The same text for the same row, whichever database gave it. */
function canonical(row: Row): unknown[] {
  return Object.keys(row)
    .sort()
    .map((column) => [column, encodeValue(row[column])]);
}

/** As JSON holds it: bytes are hexadecimal digits. */
export function encodeValue(value: unknown): unknown {
  return value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value;
}

export function decodeValue(value: unknown): unknown {
  const { hex } = (value ?? {}) as { hex?: string };
  return typeof hex === 'string' ? new Uint8Array(Buffer.from(hex, 'hex')) : value;
}
