import type {
  RequestTrace,
  RequestTracing,
  TracedRequest,
} from '../../domain/observation/request-tracing.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import { Exporter } from './exporter.ts';
import { logRecordOf } from './log-records.ts';
import { type Attributes, type LogRecord, logsBody, type Span, tracesBody } from './otlp.ts';
import { RequestSpans } from './request-spans.ts';
import { createSampler, type SamplerName } from './sampler.ts';

export interface TelemetryOptions {
  /** The collector's base URL; `/v1/traces` and `/v1/logs` are added. */
  readonly endpoint: string;
  /** For each request to it; they may hold a token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
  /** Tells this process from others of the service. */
  readonly instanceId: string;
  readonly resourceAttributes: Attributes;
  readonly sampler: SamplerName;
  readonly ratio: number;
}

const FLUSH_WITHIN_MS = 5_000;

/**
 * Sends traces and logs to an OpenTelemetry collector, as OTLP over HTTP in JSON. Why not by the official packages
 * is in docs/decisions/0008-telemetry.md. Loaded only when a collector is set.
 */
export class Telemetry implements RequestTracing {
  /** Takes the lines of the process's log. */
  readonly logs: { write(line: string): void };
  readonly #traces: Exporter<Span>;
  readonly #records: Exporter<LogRecord>;
  readonly #spans: RequestSpans;
  #onNotice: (fields: object, message: string) => void = () => {};

  constructor(options: TelemetryOptions) {
    const { endpoint, version } = options;
    const resource: Attributes = {
      ...options.resourceAttributes,
      'service.name': options.serviceName,
      'service.version': version,
      'service.instance.id': options.instanceId,
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'kanda',
      'telemetry.sdk.version': version,
    };
    const exporterOf = <T>(signal: string, body: (items: readonly T[]) => string) =>
      new Exporter<T>({
        url: `${endpoint.replace(/\/+$/, '')}/v1/${signal}`,
        headers: options.headers,
        body,
        onTrouble: (cause) =>
          this.#onNotice({ signal, cause }, 'The OpenTelemetry collector takes nothing; trying on'),
        onRecovery: (dropped) =>
          this.#onNotice({ signal, dropped }, 'The OpenTelemetry collector takes again'),
      });
    this.#traces = exporterOf('traces', (spans) => tracesBody(resource, version, spans));
    this.#records = exporterOf('logs', (records) => logsBody(resource, version, records));
    this.#spans = new RequestSpans(createSampler(options.sampler, options.ratio), (span) =>
      this.#traces.add(span),
    );
    this.logs = {
      write: (line) => {
        const record = logRecordOf(line);
        if (record !== null) this.#records.add(record);
      },
    };
  }

  begin(request: TracedRequest): RequestTrace {
    return this.#spans.begin(request);
  }

  /** Follows the batches of a store. */
  follow(figures: StoreFigures | undefined): void {
    if (figures !== undefined) figures.follower = this.#spans;
  }

  /** Receives a notice when the collector is away, and when it is back. */
  sendNoticesTo(onNotice: (fields: object, message: string) => void): void {
    this.#onNotice = onNotice;
  }

  /** Sends what is left, for a few seconds at most. */
  async stop(): Promise<void> {
    await Promise.all([this.#traces.stop(FLUSH_WITHIN_MS), this.#records.stop(FLUSH_WITHIN_MS)]);
  }
}
