import type { DatabaseFigures, StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Metric, Sample } from './exposition.ts';

/** The keys of all accounts together: whose they are is for their owners. */
function keyMetric(figures: StoreFigures): Metric {
  return {
    type: 'gauge',
    across: 'max',
    name: 'kanda_api_keys',
    help: 'API keys of all accounts that expire within 14 days, or were not used for 90.',
    samples: () =>
      figures.apiKeys === null
        ? []
        : [
            { labels: 'state="expiring"', value: figures.apiKeys.expiring },
            { labels: 'state="unused"', value: figures.apiKeys.unused },
          ],
  };
}

/** What the store notes of its work. */
export function storeMetrics(figures: StoreFigures): readonly Metric[] {
  const one = (value: number): readonly Sample[] => [{ labels: '', value }];
  const { pool, clockAheadOfDatabaseMs } = figures;
  const metrics: Metric[] = [
    {
      type: 'histogram',
      name: 'kanda_batch_size',
      help: 'Pieces of work in one commit.',
      series: () => [{ labels: '', distribution: figures.batchSize }],
    },
    {
      type: 'histogram',
      name: 'kanda_commit_duration_seconds',
      help: 'From the beginning of a transaction until it is durable.',
      series: () => [{ labels: '', distribution: figures.commitSeconds }],
    },
    {
      type: 'counter',
      name: 'kanda_batches_failed_total',
      help: 'Transactions that were undone, or may not be on the disk; their callers got 503.',
      samples: () => one(figures.failedBatches),
    },
    {
      type: 'gauge',
      across: 'sum',
      name: 'kanda_queue_depth',
      help: 'Pieces of work that wait for a commit.',
      samples: () => one(figures.waiting()),
    },
    {
      type: 'counter',
      name: 'kanda_lockouts_total',
      help: 'Clients that this process locked until they are unlocked.',
      samples: () => one(figures.lockouts),
    },
    {
      type: 'counter',
      name: 'kanda_delays_total',
      help: 'Clients that had to wait between wrong codes, counted once for each series of wrong codes.',
      samples: () => one(figures.delays),
    },
    ...clockMetrics(figures),
  ];
  metrics.push({
    type: 'gauge',
    across: 'max',
    name: 'kanda_clients_clock_ahead',
    help: 'Authenticators that refused every code at the start: a clock had been ahead, or a backup was restored.',
    samples: () => one(figures.clocksAhead),
  });
  metrics.push(keyMetric(figures));
  if (clockAheadOfDatabaseMs !== null) {
    metrics.push({
      type: 'gauge',
      across: 'max',
      name: 'kanda_clock_ahead_of_database_seconds',
      help: "By how much this machine's clock is ahead of the database's; below 0 it is behind.",
      samples: () => one(clockAheadOfDatabaseMs() / 1000),
    });
  }
  if (pool !== null) {
    metrics.push(
      {
        type: 'gauge',
        across: 'sum',
        name: 'kanda_pool_connections',
        help: 'Connections to the database, by what they do.',
        samples: () => {
          const { size, idle } = pool();
          return [
            { labels: 'state="busy"', value: size - idle },
            { labels: 'state="idle"', value: idle },
          ];
        },
      },
      {
        type: 'gauge',
        across: 'sum',
        name: 'kanda_pool_waiting',
        help: 'Callers that wait for a connection to the database.',
        samples: () => one(pool().waiting),
      },
    );
  }
  metrics.push(...databaseMetrics(figures));
  return metrics;
}

/** What users' codes say of this server's clock. */
function clockMetrics({ codesAgainstClock: codes }: StoreFigures): readonly Metric[] {
  return [
    {
      type: 'counter',
      name: 'kanda_near_codes_total',
      help: 'Refused codes that would have been right a few steps away, by which way the server differs from the phone.',
      samples: () => [
        { labels: 'server="ahead"', value: codes.serverAhead },
        { labels: 'server="behind"', value: codes.serverBehind },
      ],
    },
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_clock_drift_seconds',
      help: "By how much this server's clock looks wrong, as codes of many users agree; 0: they do not.",
      samples: () => {
        const ahead = codes.look()?.aheadSeconds ?? 0;
        return [
          { labels: 'server="ahead"', value: Math.max(0, ahead) },
          { labels: 'server="behind"', value: Math.max(0, -ahead) },
        ];
      },
    },
  ];
}

/** What a database server says of itself, each time that it is looked at. */
function databaseMetrics({ database }: StoreFigures): readonly Metric[] {
  if (database === null) return [];
  const gauge = (name: string, help: string, figure: keyof DatabaseFigures): Metric => ({
    type: 'gauge',
    across: 'max',
    name,
    help,
    samples: () => {
      const seen = database();
      return seen === null ? [] : [{ labels: '', value: seen[figure] }];
    },
  });
  return [
    gauge(
      'kanda_database_oldest_snapshot_seconds',
      'Age of the oldest snapshot that is held in the database, as far as Kanda may see it.',
      'oldestSnapshotSeconds',
    ),
    gauge(
      'kanda_database_dead_rows',
      'Dead rows in the tables that every batch rewrites (account_head, activity).',
      'deadRows',
    ),
    gauge('kanda_database_bytes', 'Size of the PostgreSQL database.', 'sizeBytes'),
  ];
}
