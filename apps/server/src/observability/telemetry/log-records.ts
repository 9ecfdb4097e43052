import type { LogRecord } from './otlp.ts';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Names of OpenTelemetry for what the log calls otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  requestId: 'kanda.request_id',
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  ip: 'client.address',
};

/** The record of one line of the process's log; null when it is none. What the line does not say is not sent. */
export function logRecordOf(line: string): LogRecord | null {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line);
  } catch {
    return null;
  }
  const { level, time, msg, traceId, err, ...rest } = fields;
  const attributes: Record<string, string | number | boolean> = exceptionOf(err);
  for (const [name, value] of Object.entries(rest)) {
    if (value === null || value === undefined) continue;
    attributes[NAMES[name] ?? `kanda.${name}`] =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? value
        : JSON.stringify(value);
  }
  return {
    at: typeof time === 'string' ? Date.parse(time) : Date.now(),
    level: LEVELS[Number(level)] ?? 'info',
    message: typeof msg === 'string' ? msg : '',
    traceId: typeof traceId === 'string' ? traceId : null,
    attributes,
  };
}

function exceptionOf(err: unknown): Record<string, string> {
  if (typeof err !== 'object' || err === null) return {};
  const { type, message, stack } = err as Record<string, unknown>;
  const texts: Record<string, string> = {};
  if (typeof type === 'string') texts['exception.type'] = type;
  if (typeof message === 'string') texts['exception.message'] = message;
  if (typeof stack === 'string') texts['exception.stacktrace'] = stack;
  return texts;
}
