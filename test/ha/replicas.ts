/** Whether all hosts of a cluster hold the same rows. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { ClientState } from './ledger.ts';

const DATABASE = 'kanda';
const APPLIED_WITHIN_MS = 30_000;

const TABLES = `select format('%I.%I', nspname, relname) as name from pg_class
  join pg_namespace on pg_namespace.oid = relnamespace
  where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema') order by 1`;

/** For each host, a line a table with its number of rows and a sum over all that is in them. */
export async function contents(cluster: Cluster): Promise<string[]> {
  const primary = await cluster.primary();
  if (primary === null) throw new Error('there is no primary to compare the others with');
  const [end] = await cluster.sql(primary, 'select pg_current_wal_flush_lsn()::text as at');
  const hosts = Array.from({ length: cluster.size }, (_, host) => host);
  return Promise.all(
    hosts.map(async (host) => {
      if (host !== primary) await hasApplied(cluster, host, String(end?.at));
      const tables = await cluster.sql(host, TABLES, DATABASE);
      const sums = tables.map(
        ({ name }) =>
          `select '${name} ' || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as line from ${name} t`,
      );
      const lines = await cluster.sql(host, sums.join(' union all '), DATABASE);
      // Each host may add them up in an order of its own.
      return lines
        .map(({ line }) => String(line))
        .sort()
        .join('\n');
    }),
  );
}

async function hasApplied(cluster: Cluster, host: number, lsn: string): Promise<void> {
  const deadline = Date.now() + APPLIED_WITHIN_MS;
  for (;;) {
    const [row] = await cluster.sql(host, `select pg_last_wal_replay_lsn() >= '${lsn}' as applied`);
    if (row?.applied === true) return;
    if (Date.now() > deadline)
      throw new Error(`${cluster.nameOf(host)} does not apply what the primary wrote`);
    await sleep(100);
  }
}

/** Every client of the account that made the load, as the primary has it. */
export async function clientStates(cluster: Cluster): Promise<ClientState[]> {
  const primary = await cluster.primary();
  if (primary === null) throw new Error('there is no primary to ask');
  const rows = await cluster.sql(
    primary,
    `select client_id as "clientId", watermark::float8 as watermark, failures::float8 as failures
     from client join authenticator_state using (account_id, id) where account_id > 0`,
    DATABASE,
  );
  return rows as unknown as ClientState[];
}
