import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Verdict } from '../domain/decide.ts';

/** What `/metrics` tells. Labels are bounded: routes as patterns, never paths; reasons, never clients. */
export interface Metrics {
  countRequest(method: string, route: string, status: number, seconds: number): void;
  countVerdict(verdict: Verdict): void;
  /** Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
  // Looking a label up costs more than counting, so each combination is looked up once.
  const requestSeries = new Map<string, { observe(seconds: number): void }>();
  const verdictSeries = new Map<string, { inc(): void }>();
  for (const verdict of ['valid', 'invalid_code', 'locked', 'disabled']) {
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
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
