/**
 * What is sent to a collector: OTLP 1 in its JSON form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 * Ids are hexadecimal, 64-bit numbers are texts.
 */

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Times are ms since the epoch, with fractions. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly traceState: string | null;
  readonly name: string;
  readonly kind: 'internal' | 'server';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  readonly failed: boolean;
}

export interface LogRecord {
  readonly at: number;
  /** The name of the level, such as `info`. */
  readonly level: string;
  readonly message: string;
  readonly traceId: string | null;
  readonly attributes: Attributes;
}

const KIND = { internal: 1, server: 2 } as const;
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;
const SEVERITY: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

/** The body of `POST /v1/traces`. */
export function tracesBody(resource: Attributes, version: string, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope: { name: 'kanda', version }, spans: spans.map(spanJson) }],
      },
    ],
  });
}

/** The body of `POST /v1/logs`. */
export function logsBody(resource: Attributes, version: string, records: readonly LogRecord[]): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: keyValues(resource) },
        scopeLogs: [{ scope: { name: 'kanda', version }, logRecords: records.map(logJson) }],
      },
    ],
  });
}

function spanJson(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }),
    ...(span.traceState === null ? {} : { traceState: span.traceState }),
    name: span.name,
    kind: KIND[span.kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    endTimeUnixNano: nanoseconds(span.endedAt),
    attributes: keyValues(span.attributes),
    status: { code: span.failed ? STATUS_ERROR : STATUS_UNSET },
  };
}

function logJson(record: LogRecord): object {
  return {
    timeUnixNano: nanoseconds(record.at),
    observedTimeUnixNano: nanoseconds(record.at),
    severityNumber: SEVERITY[record.level] ?? 0,
    severityText: record.level.toUpperCase(),
    body: { stringValue: record.message },
    attributes: keyValues(record.attributes),
    ...(record.traceId === null ? {} : { traceId: record.traceId }),
  };
}

/** ms with fractions as whole nanoseconds: too many digits for a number. */
function nanoseconds(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  return `${whole}${String(Math.floor((milliseconds - whole) * 1e6)).padStart(6, '0')}`;
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
