import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LogFigures } from '../domain/audit/ports.ts';
import type { Verdict } from '../domain/decide.ts';

/** What `/metrics` tells. Labels are bounded: routes as patterns, never paths; reasons, never clients. */
export interface Metrics {
  countRequest(method: string, route: string, status: number, seconds: number): void;
  countVerdict(verdict: Verdict): void;
  /** A stored secret did not open. */
  countUnreadable(): void;
  /** Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
}

const LOG_METRICS: Readonly<Record<keyof LogFigures, readonly [name: string, help: string]>> = {
  behind: ['kanda_log_events_behind', 'Events that were in no tree yet when the last round began.'],
  sequenced: ['kanda_log_events_sequenced_total', 'Events put into the trees of their logs by this process.'],
  checkpoints: ['kanda_log_checkpoints_total', 'Checkpoints signed by this process.'],
  pruned: ['kanda_log_events_pruned_total', 'Events whose bodies this process deleted after the retention.'],
  sent: ['kanda_log_checkpoints_sent_total', 'Checkpoints that the sink has taken.'],
  sendFailures: ['kanda_log_checkpoint_send_failures_total', 'Times that checkpoints could not be sent.'],
  damagedLogs: ['kanda_log_damaged', 'Logs that do not fit their trees: no checkpoint is signed for them.'],
};

export function createMetrics(logFigures?: LogFigures): Metrics {
  const registry = new Registry();
  measureProcess(registry);
  const requests = new Histogram({
    name: 'kanda_http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  const verdicts = new Counter({
    name: 'kanda_verdicts_total',
    help: 'Codes judged, by what the caller was told.',
    labelNames: ['verdict'],
    registers: [registry],
  });
  const unreadable = new Counter({
    name: 'kanda_secrets_unreadable_total',
    help: 'Calls that met a stored secret which does not open. Above 0: it was moved or altered, or a key is missing.',
    registers: [registry],
  });
  if (logFigures !== undefined) showLogFigures(registry, logFigures);
  // Looking a label up costs more than counting, so each combination is looked up once.
  const requestSeries = new Map<string, { observe(seconds: number): void }>();
  const verdictSeries = new Map<string, { inc(): void }>();
  for (const verdict of ['valid', 'invalid_code', 'code_already_used', 'locked', 'disabled']) {
    verdictSeries.set(verdict, verdicts.labels(verdict));
  }

  return {
    countRequest(method, route, status, seconds) {
      const name = `${method} ${route} ${status}`;
      let series = requestSeries.get(name);
      if (series === undefined) {
        series = requests.labels(method, route, String(status));
        requestSeries.set(name, series);
      }
      series.observe(seconds);
    },
    countVerdict(verdict) {
      verdictSeries.get(verdict.valid ? 'valid' : verdict.reason)?.inc();
    },
    countUnreadable: () => unreadable.inc(),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** Read when they are asked for: the work that counts them knows nothing of metrics. */
function showLogFigures(registry: Registry, figures: LogFigures): void {
  for (const [figure, [name, help]] of Object.entries(LOG_METRICS)) {
    const read = () => figures[figure as keyof LogFigures];
    if (name.endsWith('_total')) {
      new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    } else {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    }
  }
}

/**
 * The process's own figures, read when somebody asks. The library's default set also watches every garbage
 * collection, which cost a fifth of what a validation costs.
 */
function measureProcess(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed);
  gauge('process_uptime_seconds', 'Since the process started.', () => process.uptime());
  gauge('nodejs_eventloop_lag_p99_seconds', 'Event loop delay, 99th percentile since the last look.', () => {
    const p99 = delay.percentile(99) / 1e9;
    delay.reset();
    return p99;
  });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
}
