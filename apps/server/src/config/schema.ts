/**
 * The settings of the service: one table, from which the type, the validation, `kanda serve --help` and the
 * documentation's table are made, in the order in which people should read of them.
 */
import { parseContact, parseHost, parseProxies, parsePublicUrl, parseWebhookNetworks } from './addresses.ts';
import { LOG_SETTINGS } from './schema-log.ts';
import { STORE_SETTINGS } from './schema-store.ts';
import { TELEMETRY_SETTINGS } from './schema-telemetry.ts';
import { optional, type Setting, withDefault } from './setting.ts';
import {
  DAY_SECONDS,
  numberOrOff,
  oneOf,
  parseLoggedRequests,
  parseSize,
  secondsWithin,
  wholeNumber,
} from './values.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const SCHEMA = {
  host: withDefault({
    name: 'KANDA_HOST',
    flag: 'host',
    description: 'The address to listen on; 0.0.0.0 or :: for every interface.',
    default: '127.0.0.1',
    example: '0.0.0.0',
    parse: parseHost,
  }),
  port: withDefault({
    name: 'KANDA_PORT',
    flag: 'port',
    description: 'The TCP port to listen on; 0 takes any free one.',
    default: '3000',
    example: '3000',
    parse: (text) => wholeNumber(text, 0, 65_535),
  }),
  ...STORE_SETTINGS,
  workers: withDefault({
    name: 'KANDA_WORKERS',
    flag: 'workers',
    description: 'How many processes serve on the port, from 1 to 64; more than one needs PostgreSQL.',
    default: '1',
    example: '4',
    parse: (text) => wholeNumber(text, 1, 64),
  }),
  publicUrl: optional({
    name: 'KANDA_PUBLIC_URL',
    flag: 'public-url',
    description: 'The URL at which callers reach Kanda; links in answers begin with it.',
    example: 'https://kanda.example.com',
    parse: parsePublicUrl,
  }),
  trustedProxies: withDefault({
    name: 'KANDA_TRUSTED_PROXIES',
    flag: 'trusted-proxies',
    description:
      'Addresses and networks, separated by commas, whose X-Forwarded-* headers are trusted; empty: none.',
    default: '',
    example: '127.0.0.1,10.0.0.0/8',
    parse: parseProxies,
  }),
  registration: optional({
    name: 'KANDA_REGISTRATION',
    flag: 'registration',
    description:
      'Whether anyone may register an account: open or closed. If not set: open where only this machine can reach Kanda; ' +
      'with another KANDA_HOST or a KANDA_PUBLIC_URL, open until there is an account.',
    example: 'closed',
    parse: (text) => oneOf(text, ['open', 'closed']),
  }),
  secretExport: optional({
    name: 'KANDA_SECRET_EXPORT',
    flag: 'secret-export',
    description:
      'Whether GET /api/totp/export gives the secrets of an account away, encrypted, to a log-in of the last 5 minutes with a second factor that has been on for 72 hours, and to keys to which one gave the scope: on or off. If not set: on as long as there is one account.',
    example: 'off',
    parse: (text) => oneOf(text, ['on', 'off']),
  }),
  web: withDefault({
    name: 'KANDA_WEB',
    flag: 'web',
    description: 'Whether front page, documentation and dashboard are served beside the API: on or off.',
    default: 'on',
    example: 'off',
    parse: (text) => oneOf(text, ['on', 'off']),
  }),
  securityContact: optional({
    name: 'KANDA_SECURITY_CONTACT',
    flag: 'security-contact',
    description:
      'Where to report a vulnerability in this server, as a mailto:, https: or tel: URL; published in /.well-known/security.txt.',
    example: 'mailto:security@example.com',
    parse: parseContact,
  }),
  tokenTtlSeconds: withDefault({
    name: 'KANDA_TOKEN_TTL',
    flag: 'token-ttl',
    description: 'How long a token from /api/auth/login and /api/auth/token lives, from 60s to 24h.',
    default: '1h',
    example: '15m',
    parse: (text) => secondsWithin(text, 'smh', 60, DAY_SECONDS, '60s to 24h'),
  }),
  rateLimit: withDefault({
    name: 'KANDA_RATE_LIMIT',
    flag: 'rate-limit',
    description: 'How many requests a second one account may send to this process; off: no limit.',
    default: '2000',
    example: '100',
    parse: (text) => numberOrOff(text, 1_000_000),
  }),
  quotaClients: withDefault({
    name: 'KANDA_QUOTA_CLIENTS',
    flag: 'quota-clients',
    description: 'How many users one account may have; off: no limit.',
    default: '1000000',
    example: '10000',
    parse: (text) => numberOrOff(text, 999_999_999),
  }),
  quotaKeys: withDefault({
    name: 'KANDA_QUOTA_KEYS',
    flag: 'quota-keys',
    description: 'How many API keys one account may have; off: no limit.',
    default: '1000',
    example: '20',
    parse: (text) => numberOrOff(text, 999_999_999),
  }),
  quotaEvents: withDefault({
    name: 'KANDA_QUOTA_EVENTS',
    flag: 'quota-events',
    description: 'How many events one account may write to its log in 24 hours; off: no limit.',
    default: '10000000',
    example: '100000',
    parse: (text) => numberOrOff(text, 999_999_999),
  }),
  quotaStorage: withDefault({
    name: 'KANDA_QUOTA_STORAGE',
    flag: 'quota-storage',
    description: 'How much space one account may take up, estimated, from 1MB to 999TB; off: no limit.',
    default: '1TB',
    example: '10GB',
    parse: parseSize,
  }),
  webhooks: withDefault({
    name: 'KANDA_WEBHOOKS',
    flag: 'webhooks',
    description:
      'Whether webhooks are sent: on or off. Off for a copy of a store: it would send to the same receivers, with valid signatures.',
    default: 'on',
    example: 'off',
    parse: (text) => oneOf(text, ['on', 'off']),
  }),
  webhookAllow: withDefault({
    name: 'KANDA_WEBHOOK_ALLOW',
    flag: 'webhook-allow',
    description:
      'Addresses and networks, separated by commas, to which webhooks may be sent although they are not public, also without TLS; empty: none.',
    default: '',
    example: '10.1.2.0/24,fd00:1::/64',
    parse: parseWebhookNetworks,
  }),
  callDeadlineSeconds: withDefault({
    name: 'KANDA_CALL_DEADLINE',
    flag: 'call-deadline',
    description:
      'How long a call may take until its answer begins, from 1s to 1m; then it is answered with 503 store_unavailable.',
    default: '9s',
    example: '5s',
    parse: (text) => secondsWithin(text, 'sm', 1, 60, '1s to 1m'),
  }),
  diskReserve: optional({
    name: 'KANDA_DISK_RESERVE',
    flag: 'disk-reserve',
    description:
      'How much of the disk under the SQLite store is kept free for checking codes: below that, sign-ups, enrolments and new keys are refused. From 1MB to 999TB, or off; if not set, 5 % of the disk, at most 1GB.',
    example: '5GB',
    parse: (text) => parseSize(text) ?? 0,
  }),
  drainSeconds: withDefault({
    name: 'KANDA_DRAIN',
    flag: 'drain',
    description:
      'How long a stopping server still serves while /readyz already answers 503, so that load balancers send it no more calls; up to 5m.',
    default: '0s',
    example: '10s',
    parse: (text) => secondsWithin(text, 'sm', 0, 300, '0s to 5m'),
  }),
  logLevel: withDefault({
    name: 'KANDA_LOG_LEVEL',
    flag: 'log-level',
    description: `The least severe level that is logged: ${LOG_LEVELS.join(', ')}.`,
    default: 'info',
    example: 'warn',
    parse: (text) => oneOf(text, LOG_LEVELS),
  }),
  logRequests: withDefault({
    name: 'KANDA_LOG_REQUESTS',
    flag: 'log-requests',
    description:
      'Which calls get a line in the log: all; a number N, for one in N; or refused. Calls that end in an error (400 and above) always do.',
    default: 'all',
    example: '100',
    parse: parseLoggedRequests,
  }),
  ...LOG_SETTINGS,
  ...TELEMETRY_SETTINGS,
};

/** The settings, validated. An absent setting without a default is null. */
export type Config = {
  readonly [Key in keyof typeof SCHEMA]: (typeof SCHEMA)[Key] extends Setting<infer T> ? T : never;
};

/** Every setting, in the order in which people should read of them. */
export const SETTINGS: readonly Setting<unknown>[] = Object.values(SCHEMA);
