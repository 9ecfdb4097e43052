/** Stores for the tests of commands, made by the real server and then altered as an accident would. */
import { closeSync, cpSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Caller, type Enrolled } from '../../../../../test/support/caller.ts';
import { KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { accountWithKey } from '../lib/run-kanda.ts';

export interface PreparedStore {
  readonly dataDir: string;
  readonly apiKey: string;
  /** With the longest period there is: none of its steps ends unnoticed while a test runs. */
  readonly client: Enrolled;
}

let first: Promise<PreparedStore> | null = null;

/** A store of its own with one account, one API key and one client; no server runs on it. */
export async function storeWithClient(): Promise<PreparedStore> {
  first ??= makeStore();
  const { dataDir: original, ...rest } = await first;
  const dataDir = temporaryFolder();
  cpSync(original, dataDir, { recursive: true });
  return { dataDir, ...rest };
}

async function makeStore(): Promise<PreparedStore> {
  const dataDir = temporaryFolder();
  const { apiKey } = await accountWithKey(dataDir);
  const client = await withServer(dataDir, apiKey, (caller) => caller.enrol('alice', { period: 300 }));
  return { dataDir, apiKey, client };
}

/** Does something at a server on this folder, which is stopped afterwards. */
export async function withServer<T>(
  dataDir: string,
  apiKey: string,
  use: (caller: Caller, server: KandaProcess) => Promise<T>,
): Promise<T> {
  const server = await KandaProcess.start({ dataDir });
  const caller = new Caller(server.url).withBearer(apiKey, 4);
  try {
    return await use(caller, server);
  } finally {
    caller.close();
    await server.stop();
  }
}

/** Runs statements on a database file that no one else has open. */
export function alter(path: string, sql: string): void {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec(sql);
  } finally {
    sqlite.close();
  }
}

/** Makes the store larger by this number of MiB. */
export function fill(dataDir: string, mebibytes: number): void {
  alter(
    join(dataDir, 'kanda.db'),
    `create table filling (id integer primary key, bytes blob);
     with recursive rows (id) as (select 1 union all select id + 1 from rows where id < ${mebibytes})
     insert into filling select id, zeroblob(1048576) from rows;
     create index filling_again on filling (id, substr(bytes, 1, 900));
     delete from filling where id = 1`,
  );
}

/** Overwrites the file but for its first page, as a failing disk might: SQLite still knows it as its own. */
export function damage(path: string): void {
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  for (let position = 4096; position < size; position += 8192) {
    writeSync(file, Buffer.alloc(1024, 0xa5), 0, 1024, position);
  }
  closeSync(file);
}

/** The last event of each log, the installation's among them. */
export function newestEvents(file: string): { account: number; id: number; type: number }[] {
  const sqlite = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = sqlite
      .prepare(
        `select h.account_id as account, h.last_event as id, coalesce(e.type, 0) as type from account_head h
         left join event e on e.account_id = h.account_id and e.id = h.last_event order by 1`,
      )
      .all();
    return rows.map(({ account, id, type }) => ({
      account: Number(account),
      id: Number(id),
      type: Number(type),
    }));
  } finally {
    sqlite.close();
  }
}
