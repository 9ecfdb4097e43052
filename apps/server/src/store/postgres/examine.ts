import type { DatabaseFigures } from '../../domain/observation/store-figures.ts';
import { type Whereabouts, whereaboutsOf } from '../copy/markers.ts';
import { countAccounts, countClients, selectNewestEvent } from '../judging/account-times.ts';
import { factorTables } from '../judging/raised-watermark.ts';
import { appliedMigrations, MIGRATION_NAMES } from '../migrations/index.ts';
import { countClocksAhead } from '../operations/clients/clocks-ahead.ts';
import { COUNT_WEAK, marksWeak } from '../operations/clients/weak-clients.ts';
import { COUNT_OPEN_LINKS, hasLinks } from '../operations/links/open-links.ts';
import { countWrapped } from '../operations/master-keys/master-keys.ts';
import type { StoreFacts } from '../sqlite/examine.ts';
import { Connections, type DatabaseLimits } from './connections.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { type ServerAtWork, serversAtWork } from './servers.ts';
import type { Session } from './session.ts';
import { readSnapshots } from './snapshots.ts';

/** What a database tells about how safe its commits are. */
export interface DatabaseSafety {
  readonly version: string;
  readonly synchronousCommit: string;
  /** Empty: no standby is waited for. */
  readonly synchronousStandbys: string;
  readonly fsync: boolean;
  readonly fullPageWrites: boolean;
  readonly isStandby: boolean;
  readonly snapshots: DatabaseFigures;
  /** Whether the way from here is encrypted: to the server, or to the pooler before it. */
  readonly tls: boolean;
  /** null: the connection leads to the server itself. */
  readonly pooler: PoolerSafety | null;
}

/** What is known of a pooler that stands before a server. */
export interface PoolerSafety {
  /** Whether its own connection to the server is encrypted. */
  readonly tls: boolean;
  /** Whether pooler and server are one machine. */
  readonly beside: boolean;
}

/** What a database tells about itself without any key; null: there are no tables of Kanda's. Changes nothing. */
export function readPostgresFacts(url: string, limits: DatabaseLimits): Promise<StoreFacts | null> {
  return inOneTransaction(url, limits, readFacts);
}

/** Whether tables of Kanda's are in a database. */
export function hasTables(url: string, limits: DatabaseLimits): Promise<boolean> {
  return inOneTransaction(url, limits, async (session) => !(await isEmpty(session)));
}

/** As `readPostgresFacts`, how safe its commits are, and how far the newest checkpoint of each log is. */
export function examineDatabase(
  url: string,
  limits: DatabaseLimits,
): Promise<{
  readonly facts: StoreFacts | null;
  readonly safety: DatabaseSafety;
  readonly checkpoints: readonly {
    readonly accountPublicId: string | null;
    readonly checkpointSize: number;
  }[];
}> {
  return inOneTransaction(url, limits, async (session) => {
    const safety = await readSafety(session);
    const facts = await readFacts(session);
    const checkpoints = facts === null ? [] : await readCheckpointSizes(session);
    return { safety, facts, checkpoints };
  });
}

function readCheckpointSizes({ db }: Session) {
  return db
    .selectFrom('log_tree as tree')
    .leftJoin('account', 'account.id', 'tree.account_id')
    .select(['account.public_id as accountPublicId', 'tree.checkpoint_size as checkpointSize'])
    .execute();
}

async function inOneTransaction<T>(
  url: string,
  limits: DatabaseLimits,
  look: (session: Session) => Promise<T>,
): Promise<T> {
  const connections = await Connections.open(parseDatabaseUrl(url), { ...limits, poolSize: 1 });
  try {
    const session = await connections.acquire();
    try {
      await session.exchange([{ text: 'begin isolation level repeatable read read only' }]);
      return await look(session);
    } finally {
      await session.release();
    }
  } finally {
    await connections.close();
  }
}

/** The migrations that a database has, none when it has no tables, and the servers at work on it. Changes nothing. */
export function appliedInPostgres(
  url: string,
  limits: DatabaseLimits,
): Promise<{ readonly applied: readonly string[]; readonly servers: readonly ServerAtWork[] }> {
  return inOneTransaction(url, limits, async (session) => {
    if (await isEmpty(session)) return { applied: [], servers: [] };
    return { applied: await appliedMigrations(session.db), servers: await serversAtWork(session) };
  });
}

/** What a store with the tables of nodes says of where it is and when it was seen. Changes nothing. */
export function whereaboutsInPostgres(url: string, limits: DatabaseLimits): Promise<Whereabouts> {
  return inOneTransaction(url, limits, async ({ db }) =>
    whereaboutsOf(await db.selectFrom('store_marker').selectAll().execute()),
  );
}

/** The facts, within a transaction that was begun. */
export async function readFacts(session: Session): Promise<StoreFacts | null> {
  const { db } = session;
  if (await isEmpty(session)) return null;
  const [migrations] = await session.exchange([{ text: 'select name from kysely_migration order by name' }]);
  const schema = (migrations?.rows ?? []).map(([name]) => name ?? '');
  const [counts, newest] = await session.exchange([
    { text: `select (${countAccounts(schema)}), (${countClients(schema)})` },
    { text: selectNewestEvent(schema) },
  ]);
  const [weak] = marksWeak(schema) ? await session.exchange([{ text: COUNT_WEAK }]) : [];
  const [openLinks] = hasLinks(schema) ? await session.exchange([{ text: COUNT_OPEN_LINKS }]) : [];
  const serverKeys = await db.selectFrom('server_key').selectAll().execute();
  const newestEventAt = newest?.rows[0]?.[0] ?? null;
  return {
    schema,
    newer: schema.filter((name) => !MIGRATION_NAMES.includes(name)),
    pending: MIGRATION_NAMES.filter((name) => !schema.includes(name)),
    accounts: Number(counts?.rows[0]?.[0] ?? 0),
    clients: Number(counts?.rows[0]?.[1] ?? 0),
    newestEventAt: newestEventAt === null ? null : Number(newestEventAt),
    clocksAhead: await countClocksAhead(db, Date.now(), async () => {}, factorTables(schema)),
    weakSecrets: Number(weak?.rows[0]?.[0] ?? 0),
    openLinks: Number(openLinks?.rows[0]?.[0] ?? 0),
    serverKeys: serverKeys.map((key) => ({
      name: key.name,
      masterKeyId: key.master_key_id,
      wrapped: key.wrapped,
    })),
    wrapped: await countWrapped(db),
  };
}

async function isEmpty(session: Session): Promise<boolean> {
  const [found] = await session.exchange([
    { text: "select to_regclass('kysely_migration') is null or to_regclass('server_key') is null" },
  ]);
  return found?.rows[0]?.[0] === 't';
}

async function readSafety(session: Session): Promise<DatabaseSafety> {
  const names = [
    'server_version',
    'synchronous_commit',
    'synchronous_standby_names',
    'fsync',
    'full_page_writes',
  ];
  const [answer] = await session.exchange([
    {
      text: `select ${names.map((name) => `current_setting('${name}')`).join(', ')}, pg_is_in_recovery(),
        coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false), pg_backend_pid(),
        coalesce(inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() in (inet_server_addr(), '::1'), true)`,
    },
  ]);
  const [
    version,
    synchronousCommit,
    synchronousStandbys,
    fsync,
    fullPageWrites,
    isStandby,
    tls,
    processId,
    beside,
  ] = answer?.rows[0] ?? [];
  const { peer } = session;
  // Several connections share one process of the server's, so a pooler tells each a number that it makes up.
  const isPooled = String(peer.processId) !== processId;
  return {
    version: version ?? '',
    synchronousCommit: synchronousCommit ?? '',
    synchronousStandbys: synchronousStandbys ?? '',
    fsync: fsync === 'on',
    fullPageWrites: fullPageWrites === 'on',
    isStandby: isStandby === 't',
    snapshots: await readSnapshots(session),
    tls: peer.encrypted,
    pooler: isPooled ? { tls: tls === 't', beside: beside === 't' } : null,
  };
}
