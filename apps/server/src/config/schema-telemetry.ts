/** The settings of OpenTelemetry, under the names that it gives them. */
import { Secret } from '../domain/secret.ts';
import { parseCollector } from './addresses.ts';
import { BadValue, optional, withDefault } from './setting.ts';
import { nameValues, oneOf, quote } from './values.ts';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export const TELEMETRY_SETTINGS = {
  otlpEndpoint: optional({
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    flag: null,
    description:
      'The OpenTelemetry collector that traces and logs are sent to (OTLP over HTTP, JSON); without it, none are.',
    example: 'http://127.0.0.1:4318',
    parse: parseCollector,
  }),
  otlpHeaders: optional({
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    flag: null,
    description:
      'Headers for the collector, such as a token: name=value, separated by commas, percent-encoded.',
    example: 'authorization=Bearer%20token',
    parse: (text) => {
      nameValues(text, 'its values are not shown here');
      return new Secret(text);
    },
  }),
  serviceName: withDefault({
    name: 'OTEL_SERVICE_NAME',
    flag: null,
    description: 'What traces and logs call this service.',
    default: 'kanda',
    example: 'kanda-eu',
    parse: (text) => text,
  }),
  resourceAttributes: withDefault({
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    flag: null,
    description:
      'More attributes of this process for traces and logs: name=value, separated by commas, percent-encoded.',
    default: '',
    example: 'deployment.environment.name=production',
    parse: (text) => nameValues(text, quote(text)),
  }),
  traceSampler: withDefault({
    name: 'OTEL_TRACES_SAMPLER',
    flag: null,
    description: `Which requests are traced: ${SAMPLERS.join(', ')}. Those that begin with parentbased_ follow the caller's own decision where there is one.`,
    default: 'parentbased_always_on',
    example: 'parentbased_traceidratio',
    parse: (text) => oneOf(text, SAMPLERS),
  }),
  traceRatio: withDefault({
    name: 'OTEL_TRACES_SAMPLER_ARG',
    flag: null,
    description: 'The share of requests that a traceidratio sampler traces, from 0 to 1.',
    default: '1',
    example: '0.01',
    parse: (text) => {
      const ratio = /^\d(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
      if (!(ratio >= 0 && ratio <= 1)) throw new BadValue(`is ${quote(text)}, not a number from 0 to 1`);
      return ratio;
    },
  }),
};
