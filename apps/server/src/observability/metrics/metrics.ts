import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceVerdict } from '../../domain/devices/ports.ts';
import type { FeedsFigures } from '../../domain/feeds/ports.ts';
import type { DiskSpace } from '../../domain/limits/disk-space.ts';
import type { LogFigures } from '../../domain/log/ports.ts';
import { Distribution } from '../../domain/observation/distribution.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { RecoveryCodeVerdict } from '../../domain/recovery-codes/ports.ts';
import type { Verdict } from '../../domain/verdicts/decide.ts';
import type { WebhookFigures } from '../../domain/webhooks/ports.ts';
import { EXPOSITION_TYPE, expositionOf, labelsOf, type Metric, type Sample } from './exposition.ts';
import { countFaults } from './fault-metrics.ts';
import { feedMetrics } from './feed-metrics.ts';
import { measureProcess } from './process-metrics.ts';
import { type Reading, readingsOf } from './readings.ts';
import { storeMetrics } from './store-metrics.ts';
import { countVerdicts } from './verdict-metrics.ts';
import { webhookMetrics } from './webhook-metrics.ts';

/** The requests of one route and method, by status. */
export interface RequestCounter {
  count(status: number, seconds: number): void;
}

/** What `/metrics` tells. Labels are bounded: routes as patterns, never paths; reasons, never clients. */
export interface Metrics {
  /** To be had once for each route, so that counting a request looks nothing up. */
  requestsOf(method: string, route: string): RequestCounter;
  countVerdict(verdict: Verdict): void;
  /** A recovery code of a client was judged. */
  countRecoveryVerdict(verdict: RecoveryCodeVerdict): void;
  countDeviceVerdict(verdict: DeviceVerdict): void;
  /** A call was refused with the fault of this code. */
  countFault(code: string): void;
  /** The values of counters and gauges, by name with labels, as `/metrics` has them; of all workers together. */
  figures(): Promise<readonly (readonly [name: string, value: number])[]>;
  /** Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
  /** Ends what measures in the background. */
  stop(): void;
}

/** Processes that serve one port: whichever of them is scraped tells the figures of all. */
export interface Workers {
  /** Has the others read this process whenever one of them is scraped. */
  answerWith(read: () => Promise<readonly Reading[]>): void;
  /** What a scrape of any of them is answered with. */
  scrape(): Promise<readonly Reading[]>;
}

export interface MetricsSources {
  readonly version: string;
  /** Absent where this process serves alone. */
  readonly workers?: Workers | undefined;
  /** Absent where nothing works on the logs. */
  readonly logFigures?: LogFigures | undefined;
  /** Absent where no webhooks are sent. */
  readonly webhookFigures?: WebhookFigures | undefined;
  /** Of the operator's receivers of events; absent where there are none. */
  readonly feedFigures?: FeedsFigures | undefined;
  /** Absent where the store notes nothing. */
  readonly storeFigures?: StoreFigures | undefined;
  /** Absent where no store is open. */
  readonly disk?: DiskSpace | undefined;
  /** How long the current master key has been in use; null: not known. */
  readonly masterKeyAgeSeconds?: (() => Promise<number | null>) | undefined;
}

/** While the store does not answer, the figures are wanted all the more. */
const STORE_WITHIN_MS = 500;
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const LOG_METRICS: Readonly<Record<keyof LogFigures, readonly [name: string, help: string]>> = {
  behind: ['kanda_log_events_behind', 'Events that were in no tree yet when the last round began.'],
  sequenced: ['kanda_log_events_sequenced_total', 'Events put into the trees of their logs by this process.'],
  checkpoints: ['kanda_log_checkpoints_total', 'Checkpoints signed by this process.'],
  pruned: ['kanda_log_events_pruned_total', 'Events whose bodies this process deleted after the retention.'],
  sent: ['kanda_log_checkpoints_sent_total', 'Checkpoints that the sink has taken.'],
  sendFailures: ['kanda_log_checkpoint_send_failures_total', 'Times that checkpoints could not be sent.'],
  cosigned: ['kanda_log_checkpoints_cosigned_total', 'Checkpoints that got cosignatures of witnesses.'],
  cosignFailures: ['kanda_log_cosign_failures_total', 'Times that a witness could not be asked.'],
  lastSentSeconds: [
    'kanda_log_last_checkpoint_sent_timestamp_seconds',
    'When this process last had a checkpoint taken by the sink (seconds since the epoch); 0: not yet.',
  ],
  sinkClockAheadSeconds: [
    'kanda_clock_ahead_of_sink_seconds',
    "By how much this machine's clock is ahead of the Date of the checkpoint sink's answers; below 0 it is behind.",
  ],
  damagedLogs: ['kanda_log_damaged', 'Logs that do not fit their trees: no checkpoint is signed for them.'],
};

/** Counts into plain numbers, and writes text only for a scrape. */
export function createMetrics(sources: MetricsSources): Metrics {
  const requests: { readonly labels: string; readonly distribution: Distribution }[] = [];
  const verdicts = countVerdicts();
  const faults = countFaults();
  let keyAge: number | null = null;
  const measured = measureProcess();

  const metrics: readonly Metric[] = [
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_build_info',
      help: 'Always 1; its labels tell what runs.',
      samples: () => [
        { labels: labelsOf({ version: sources.version, node: process.versions.node }), value: 1 },
      ],
    },
    {
      type: 'histogram',
      name: 'kanda_http_request_duration_seconds',
      help: 'Time from the request line to the end of the answer, by route and status.',
      series: () => requests,
    },
    ...verdicts.metrics,
    ...faults.metrics,
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_master_key_age_seconds',
      help: 'Since the current master key took over; without a rotation, since the first account was made.',
      samples: () => (keyAge === null ? [] : [{ labels: '', value: keyAge }]),
    },
    ...(sources.storeFigures === undefined ? [] : storeMetrics(sources.storeFigures)),
    ...(sources.disk === undefined ? [] : diskMetrics(sources.disk)),
    ...(sources.logFigures === undefined ? [] : logMetrics(sources.logFigures)),
    ...(sources.webhookFigures === undefined ? [] : webhookMetrics(sources.webhookFigures)),
    ...feedMetrics(sources.feedFigures ?? {}),
    ...measured.metrics,
    ...(sources.workers === undefined ? workerMetrics([true], 0) : []),
  ];
  const read = async (): Promise<readonly Reading[]> => {
    const asked = sources.masterKeyAgeSeconds?.() ?? Promise.resolve(null);
    keyAge = await Promise.race([asked, sleep(STORE_WITHIN_MS, keyAge, { ref: false })]);
    return readingsOf(metrics);
  };
  sources.workers?.answerWith(read);
  const readAll = () => (sources.workers === undefined ? read() : sources.workers.scrape());

  return {
    requestsOf(method, route) {
      // A sparse array: finding a status in it is one look-up by number.
      const byStatus: Distribution[] = [];
      return {
        count(status, seconds) {
          let distribution = byStatus[status];
          if (distribution === undefined) {
            distribution = new Distribution(REQUEST_SECONDS);
            byStatus[status] = distribution;
            requests.push({ labels: labelsOf({ method, route, status: String(status) }), distribution });
          }
          distribution.observe(seconds);
        },
      };
    },
    countVerdict: verdicts.countVerdict,
    countRecoveryVerdict: verdicts.countRecoveryVerdict,
    countDeviceVerdict: verdicts.countDeviceVerdict,
    countFault: faults.countFault,
    async figures() {
      return (await readAll()).flatMap((reading) =>
        reading.type === 'histogram' ? [] : reading.samples.map((sample) => figure(reading.name, sample)),
      );
    },
    async render() {
      return expositionOf(await readAll());
    },
    contentType: EXPOSITION_TYPE,
    stop: measured.stop,
  };
}

function figure(name: string, { labels, value }: Sample): readonly [string, number] {
  return [labels === '' ? name : `${name}{${labels}}`, value];
}

/** Without samples where the store is on no disk of this machine. */
function diskMetrics(disk: DiskSpace): readonly Metric[] {
  const gauge = (name: string, help: string, read: () => number | null): Metric => ({
    type: 'gauge',
    across: 'max',
    name,
    help,
    samples: () => {
      const value = read();
      return value === null ? [] : [{ labels: '', value }];
    },
  });
  return [
    gauge('kanda_disk_free_bytes', 'Free space on the disk of the SQLite store.', () => disk.freeBytes),
    gauge(
      'kanda_disk_reserve_bytes',
      'Free space that is kept for checking codes: with less, sign-ups, enrolments and new keys are refused.',
      () => disk.reserveBytes,
    ),
    gauge('kanda_store_bytes', 'Size of the SQLite store with its write-ahead log.', () => disk.storeBytes),
    gauge(
      'kanda_last_backup_timestamp_seconds',
      'When kanda backup last succeeded (seconds since the epoch); 0: never, as far as the data directory tells.',
      () => (disk.lastBackupAt === null ? null : disk.lastBackupAt / 1000),
    ),
  ];
}

/** Read when they are asked for: the work that counts them knows nothing of metrics. */
function logMetrics(figures: LogFigures): readonly Metric[] {
  return Object.entries(LOG_METRICS).map(([figure, [name, help]]) => ({
    // Of several processes one has the work at a time: what the others last saw must not be added to it.
    ...(name.endsWith('_total') ? { type: 'counter' } : { type: 'gauge', across: 'max' }),
    name,
    help,
    samples: () => {
      const value = figures[figure as keyof LogFigures];
      return value === null ? [] : [{ labels: '', value }];
    },
  }));
}

/** Of the processes that serve one port, in their order, which have answered; and how many had to be replaced. */
export function workerMetrics(answered: readonly boolean[], restarts: number): readonly Metric[] {
  return [
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_worker_up',
      help: 'By worker: 1 if it answered this scrape; 0 if it did not in time, and its gauges are not in the sums.',
      samples: () =>
        answered.map((up, index) => ({ labels: labelsOf({ worker: String(index + 1) }), value: up ? 1 : 0 })),
    },
    {
      type: 'counter',
      name: 'kanda_worker_restarts_total',
      help: 'Workers that ended and were replaced.',
      samples: () => [{ labels: '', value: restarts }],
    },
  ];
}
