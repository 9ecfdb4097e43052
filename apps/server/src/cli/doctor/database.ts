import { databaseLimits, unusableDatabase } from '../../compose/open-store.ts';
import { storePlace } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import type { DatabaseFigures } from '../../domain/observation/store-figures.ts';
import { isLocal, parseDatabaseUrl, shownAddress } from '../../store/postgres/database-url.ts';
import { type DatabaseSafety, examineDatabase } from '../../store/postgres/examine.ts';
import type { StoreFacts } from '../../store/sqlite/examine.ts';
import { formatCount } from '../lib/format.ts';
import { type Finding, fine, look, problem } from './finding.ts';
import { masterKeyFinding } from './master-key.ts';
import type { StoredCheckpoint } from './signed.ts';

/** Longer than a dump of a small installation takes. */
const OLD_SNAPSHOT_SECONDS = 300;

export interface DatabaseFindings {
  readonly findings: readonly Finding[];
  /** null when the database is empty or cannot be read. */
  readonly facts: StoreFacts | null;
  readonly checkpoints: readonly StoredCheckpoint[];
}

/** Whether the database can be reached, fits this version, commits durably, and opens with the master key at hand. */
export async function checkDatabase(config: Config, url: string): Promise<DatabaseFindings> {
  let examined: Awaited<ReturnType<typeof examineDatabase>>;
  try {
    examined = await examineDatabase(url, databaseLimits(config));
  } catch (error) {
    const remedy = 'Try the same with psql. Is the server up, and does its pg_hba.conf let this user in?';
    return {
      findings: [problem('Store', (unusableDatabase(error, url) as Error).message, remedy)],
      facts: null,
      checkpoints: [],
    };
  }
  const { facts, safety, checkpoints } = examined;
  return {
    findings: [
      storeFinding(url, facts, safety),
      ...safetyFindings(safety),
      ...snapshotFindings(safety.snapshots),
      ...tlsFinding(url, safety),
      ...poolerFindings(safety),
      keyOf(config, facts),
    ],
    facts,
    checkpoints,
  };
}

function storeFinding(url: string, facts: StoreFacts | null, { version }: DatabaseSafety): Finding {
  const place = `${shownAddress(url)}, PostgreSQL ${version}`;
  if (facts === null) return look('Store', `${place}: empty`, 'The first `kanda serve` makes the tables.');
  if (facts.newer.length > 0) {
    return problem(
      'Store',
      `${place}: a newer version of Kanda wrote it (it has ${facts.newer.join(', ')})`,
      'Start that version or a later one, or restore a dump from before the upgrade.',
    );
  }
  const contents = `${place}: ${formatCount(facts.accounts, 'account')}, ${formatCount(facts.clients, 'user')}, schema ${facts.schema.at(-1)}`;
  if (facts.pending.length === 0) return fine('Store', contents);
  return look(
    'Store',
    `${contents}; this version will add ${facts.pending.join(', ')}`,
    'Make a dump (pg_dump), then start this version: it upgrades the tables by itself.',
  );
}

function safetyFindings(safety: DatabaseSafety): Finding[] {
  const findings: Finding[] = [];
  if (safety.isStandby) {
    findings.push(
      problem(
        'Primary',
        'this server is a standby and takes no writes',
        'Lead the URL to the primary, through a router that follows it.',
      ),
    );
  }
  const lossy = [
    ...(safety.fsync ? [] : ['fsync is off']),
    ...(safety.fullPageWrites ? [] : ['full_page_writes is off']),
  ];
  if (lossy.length > 0) {
    findings.push(
      problem(
        'Durability',
        `${lossy.join(', ')}: a crash loses or damages data`,
        'Switch it on in postgresql.conf.',
      ),
    );
  }
  const standbys =
    safety.synchronousStandbys === ''
      ? 'no standby is waited for (synchronous_standby_names is empty)'
      : `waits for ${safety.synchronousStandbys}`;
  if (safety.synchronousCommit === 'on' || safety.synchronousCommit === 'remote_apply') {
    findings.push(fine('Commits', `synchronous_commit is ${safety.synchronousCommit}; ${standbys}`));
  } else {
    findings.push(
      look(
        'Commits',
        `synchronous_commit is ${safety.synchronousCommit}; ${standbys}`,
        'Kanda sets it to on in each of its transactions; set it so in postgresql.conf too.',
      ),
    );
  }
  if (safety.synchronousStandbys === '') {
    findings.push(
      look(
        'Standby',
        'after a failover, what was acknowledged last may be missing',
        'Where you rely on failover, have a synchronous standby (with Patroni: synchronous_mode_strict). Without one there is nothing to do.',
      ),
    );
  }
  return findings;
}

/** A dump, a report, a session that someone left open: what each batch rewrites cannot be cleaned up meanwhile. */
export function snapshotFindings({
  oldestSnapshotSeconds,
  deadRows,
}: Pick<DatabaseFigures, 'oldestSnapshotSeconds' | 'deadRows'>): Finding[] {
  if (oldestSnapshotSeconds < OLD_SNAPSHOT_SECONDS) return [];
  return [
    look(
      'Snapshots',
      `one has been held for ${formatCount(Math.floor(oldestSnapshotSeconds / 60), 'minute')}; ${formatCount(deadRows, 'dead row')} cannot be cleaned up`,
      'Validations of busy accounts slow down while it is held. Look for it in pg_stat_activity (backend_xmin), end it, or dump from a standby.',
    ),
  ];
}

function tlsFinding(url: string, { tls }: DatabaseSafety): Finding[] {
  const address = parseDatabaseUrl(url);
  if (tls) {
    return address.tls === 'prefer'
      ? [look('TLS', 'is used, but the certificate is not looked at', 'Add sslmode=verify-full to the URL.')]
      : [fine('TLS', 'is used')];
  }
  if (isLocal(address)) return [fine('TLS', 'none, and the database is on this machine')];
  return [
    problem(
      'TLS',
      'none: anyone on the network path can read and change everything',
      'Add sslmode=verify-full to the URL.',
    ),
  ];
}

/** What stands between is seen by the process number, which a pooler makes up. Its mode cannot be seen. */
function poolerFindings({ pooler }: DatabaseSafety): Finding[] {
  if (pooler === null) return [];
  const findings = [fine('Pooler', 'one stands before PostgreSQL; in transaction or session mode')];
  if (pooler.tls) return [...findings, fine("Pooler's TLS", 'is used between it and PostgreSQL')];
  if (pooler.beside) {
    return [...findings, fine("Pooler's TLS", 'none, and PostgreSQL is on the same machine as the pooler')];
  }
  return [
    ...findings,
    problem(
      "Pooler's TLS",
      'none between it and PostgreSQL: anyone on the network path can read and change everything',
      'With PgBouncer: server_tls_sslmode = verify-full.',
    ),
  ];
}

function keyOf(config: Config, facts: StoreFacts | null): Finding {
  const place = storePlace(config);
  const missing = problem(
    'Master key',
    `there is none at ${place.masterKey}`,
    "Copy another node's master.key there (chmod 600), or name it with KANDA_MASTER_KEY_FILE.",
  );
  return masterKeyFinding(config, place, facts, facts === null ? null : missing);
}
