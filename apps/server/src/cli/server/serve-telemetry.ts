import { randomBytes } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import { nameValues } from '../../config/values.ts';
import { Telemetry } from '../../observability/telemetry/telemetry.ts';

/** What sends traces and logs to the collector at `endpoint`. Imported only when there is one. */
export function telemetryOf(config: Config, endpoint: string, version: string): Telemetry {
  return new Telemetry({
    endpoint,
    headers: config.otlpHeaders === null ? {} : nameValues(config.otlpHeaders.reveal(), 'not shown'),
    serviceName: config.serviceName,
    version,
    instanceId: randomBytes(8).toString('hex'),
    resourceAttributes: config.resourceAttributes,
    sampler: config.traceSampler,
    ratio: config.traceRatio,
  });
}
