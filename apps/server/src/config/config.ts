/**
 * The settings of the service: one table, from which the type, the validation, `kanda serve --help` and the
 * documentation's table are made. Pure: `main.ts` hands in the environment and the flags.
 */
import { BlockList, isIP } from 'node:net';
import { Secret } from '../domain/secret.ts';

export interface Setting<T> {
  /** The environment variable. */
  readonly name: string;
  /** The flag of `kanda serve` without its dashes; null when a command line is no place for the value. */
  readonly flag: string | null;
  /** One sentence for `--help` and the documentation. */
  readonly description: string;
  /** The text in place of an absent value; null when there is none. */
  readonly default: string | null;
  readonly example: string;
  /** The value of a text that is not empty. Throws `BadValue`. */
  readonly parse: (text: string) => T;
  /** The value when the setting is absent. */
  readonly absent: () => T;
}

/** What is wrong with a value, as the end of a sentence that begins with the setting's name. */
class BadValue extends Error {}

const DAY_SECONDS = 86_400;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: DAY_SECONDS };
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const SCHEMA = {
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
  dataDir: withDefault({
    name: 'KANDA_DATA_DIR',
    flag: 'data-dir',
    description: 'The folder of kanda.db and master.key; made when it does not exist.',
    default: './data',
    example: '/var/lib/kanda',
    parse: (text) => text,
  }),
  databaseUrl: optional({
    name: 'KANDA_DATABASE_URL',
    flag: 'database-url',
    description:
      'The PostgreSQL database to keep everything in; without it, SQLite in the data directory. ' +
      'Others on the machine can read a command line: prefer the variable when the URL holds a password.',
    example: 'postgres://kanda:password@localhost:5432/kanda',
    parse: parseDatabaseUrl,
  }),
  databaseUrlFile: optional({
    name: 'KANDA_DATABASE_URL_FILE',
    flag: 'database-url-file',
    description: 'A file that holds the URL, in place of KANDA_DATABASE_URL.',
    example: '/run/secrets/kanda-database-url',
    parse: (text) => text,
  }),
  databasePool: withDefault({
    name: 'KANDA_DATABASE_POOL',
    flag: 'database-pool',
    description: 'How many connections to PostgreSQL this process opens at most, from 4 to 100.',
    default: '10',
    example: '20',
    parse: (text) => wholeNumber(text, 4, 100),
  }),
  databaseConnectSeconds: withDefault({
    name: 'KANDA_DATABASE_CONNECT_TIMEOUT',
    flag: 'database-connect-timeout',
    description:
      'How long a call waits for a connection to PostgreSQL before it gets 503, from 1s to 1m; a failover should fit in.',
    default: '5s',
    example: '10s',
    parse: (text) => secondsWithin(text, 'sm', 1, 60, '1s to 1m'),
  }),
  databaseStatementSeconds: withDefault({
    name: 'KANDA_DATABASE_STATEMENT_TIMEOUT',
    flag: 'database-statement-timeout',
    description: 'How long PostgreSQL works on one statement before it gives up, from 1s to 5m.',
    default: '10s',
    example: '30s',
    parse: (text) => secondsWithin(text, 'sm', 1, 300, '1s to 5m'),
  }),
  databaseLockSeconds: withDefault({
    name: 'KANDA_DATABASE_LOCK_TIMEOUT',
    flag: 'database-lock-timeout',
    description:
      'How long a statement waits for what another transaction has locked in PostgreSQL, from 1s to 1m.',
    default: '5s',
    example: '3s',
    parse: (text) => secondsWithin(text, 'sm', 1, 60, '1s to 1m'),
  }),
  masterKey: optional({
    name: 'KANDA_MASTER_KEY',
    flag: null,
    description:
      'The key that protects every stored secret, 32 bytes as base64 (`openssl rand -base64 32`); without it, ' +
      'one is made on first start in the data directory. During a rotation: the new key, a comma, the older one. ' +
      'It has no flag, since command lines are visible to all.',
    example: 'the output of `openssl rand -base64 32`',
    parse: parseMasterKey,
  }),
  masterKeyFile: optional({
    name: 'KANDA_MASTER_KEY_FILE',
    flag: 'master-key-file',
    description:
      'A file that holds the master key, in place of KANDA_MASTER_KEY; during a rotation the new key and, on a ' +
      'line of its own, the older one.',
    example: '/run/secrets/kanda-master-key',
    parse: (text) => text,
  }),
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
    description: 'The URL at which callers reach Kanda, for the links that it gives them.',
    example: 'https://kanda.example.com',
    parse: parsePublicUrl,
  }),
  trustedProxies: withDefault({
    name: 'KANDA_TRUSTED_PROXIES',
    flag: 'trusted-proxies',
    description:
      'Addresses and networks, separated by commas, whose X-Forwarded-* headers are believed; empty: none.',
    default: '',
    example: '127.0.0.1,10.0.0.0/8',
    parse: parseProxies,
  }),
  registration: optional({
    name: 'KANDA_REGISTRATION',
    flag: 'registration',
    description:
      'Whether anyone may register an account: open or closed. Without it: open where only this machine reaches Kanda; ' +
      'with another KANDA_HOST or a KANDA_PUBLIC_URL, open until there is an account.',
    example: 'closed',
    parse: (text) => oneOf(text, ['open', 'closed']),
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
      'Where to tell you of a hole in this server, as mailto:, https: or tel: URL; /.well-known/security.txt then says so.',
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
    description: 'How many requests a second one account may make of this process; off: any number.',
    default: '2000',
    example: '100',
    parse: (text) => numberOrOff(text, 1_000_000),
  }),
  quotaClients: withDefault({
    name: 'KANDA_QUOTA_CLIENTS',
    flag: 'quota-clients',
    description: 'How many clients one account may have; off: any number.',
    default: '1000000',
    example: '10000',
    parse: (text) => numberOrOff(text, 999_999_999),
  }),
  quotaKeys: withDefault({
    name: 'KANDA_QUOTA_KEYS',
    flag: 'quota-keys',
    description: 'How many API keys one account may have; off: any number.',
    default: '1000',
    example: '20',
    parse: (text) => numberOrOff(text, 999_999_999),
  }),
  quotaEvents: withDefault({
    name: 'KANDA_QUOTA_EVENTS',
    flag: 'quota-events',
    description: 'How many events one account may write to its log in 24 hours; off: any number.',
    default: '10000000',
    example: '100000',
    parse: (text) => numberOrOff(text, 999_999_999),
  }),
  quotaStorage: withDefault({
    name: 'KANDA_QUOTA_STORAGE',
    flag: 'quota-storage',
    description: 'How much space one account may take up, estimated, from 1MB to 999TB; off: any.',
    default: '1TB',
    example: '10GB',
    parse: parseSize,
  }),
  callDeadlineSeconds: withDefault({
    name: 'KANDA_CALL_DEADLINE',
    flag: 'call-deadline',
    description:
      'How long a call may take from end to end, whatever it waits for; then it is answered with 503 store_unavailable. From 1s to 1m.',
    default: '9s',
    example: '5s',
    parse: (text) => secondsWithin(text, 'sm', 1, 60, '1s to 1m'),
  }),
  diskReserve: optional({
    name: 'KANDA_DISK_RESERVE',
    flag: 'disk-reserve',
    description:
      'How much of the disk under the SQLite store is kept free for checking codes: with less, sign-ups, enrolments and new keys are ' +
      'refused; from 1MB to 999TB, or off. Without it: 5 % of the disk, 1GB at most.',
    example: '5GB',
    parse: (text) => parseSize(text) ?? 0,
  }),
  drainSeconds: withDefault({
    name: 'KANDA_DRAIN',
    flag: 'drain',
    description:
      'How long a stop goes on serving while /readyz already answers 503, so that a load balancer sends no more calls; up to 5m.',
    default: '0s',
    example: '10s',
    parse: (text) => secondsWithin(text, 'sm', 0, 300, '0s to 5m'),
  }),
  logLevel: withDefault({
    name: 'KANDA_LOG_LEVEL',
    flag: 'log-level',
    description: `The least severe line that the process logs: ${LOG_LEVELS.join(', ')}.`,
    default: 'info',
    example: 'warn',
    parse: (text) => oneOf(text, LOG_LEVELS),
  }),
  logRetentionDays: optional({
    name: 'KANDA_LOG_RETENTION',
    flag: 'log-retention',
    description: 'How long events of the access log are kept, in days; without it, for ever.',
    example: '90d',
    parse: (text) => {
      const days = duration(text, 'd') / DAY_SECONDS;
      if (days < 1 || days > 36_500) throw new BadValue(`is ${quote(text)}, not from 1d to 36500d`);
      return days;
    },
  }),
  checkpointIntervalSeconds: withDefault({
    name: 'KANDA_CHECKPOINT_INTERVAL',
    flag: 'checkpoint-interval',
    description: 'How long after an event a signed checkpoint covers it at the latest, from 1s to 1d.',
    default: '1m',
    example: '10s',
    parse: (text) => secondsWithin(text, 'smhd', 1, DAY_SECONDS, '1s to 1d'),
  }),
  checkpointSink: optional({
    name: 'KANDA_CHECKPOINT_SINK',
    flag: 'checkpoint-sink',
    description:
      'Where each checkpoint is sent: an http(s) URL that takes it as the body of a POST, or the path of a file to append to. ' +
      "Best in another machine's hands.",
    example: 'https://witness.example.com/kanda',
    parse: parseSink,
  }),
  checkpointWitnesses: withDefault({
    name: 'KANDA_CHECKPOINT_WITNESSES',
    flag: 'checkpoint-witnesses',
    description:
      'Witnesses that cosign each checkpoint (`kanda witness`): verifier key, a space, and URL; several with commas between.',
    default: '',
    example: 'witness.example.com/kanda+1f0c2a3b+BKx… https://witness.example.com/',
    parse: parseWitnesses,
  }),
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
      'What else traces and logs say of this process: name=value, separated by commas, percent-encoded.',
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
    description: 'Which part of the requests a sampler with traceidratio takes, from 0 to 1.',
    default: '1',
    example: '0.01',
    parse: (text) => {
      const ratio = /^\d(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
      if (!(ratio >= 0 && ratio <= 1)) throw new BadValue(`is ${quote(text)}, not a number from 0 to 1`);
      return ratio;
    },
  }),
};

/** The settings, validated. An absent setting without a default is null. */
export type Config = {
  readonly [Key in keyof typeof SCHEMA]: (typeof SCHEMA)[Key] extends Setting<infer T> ? T : never;
};

/** Every setting, in the order in which people should read of them. */
export const SETTINGS: readonly Setting<unknown>[] = Object.values(SCHEMA);

export interface ConfigFault {
  /** The setting, such as `KANDA_PORT`. */
  readonly name: string;
  /** What is wrong and what to write instead; never a secret. */
  readonly message: string;
}

/** Everything that is wrong with the settings, not only the first thing. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map((fault) => `  - ${fault.message}`);
    super(`Kanda cannot start with these settings:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads the settings. A flag wins over its variable; an empty text counts as absent.
 *
 * @param env environment variables; unknown names are refused only when they begin with `KANDA_`
 * @param flags texts by flag name without dashes, such as `{ 'data-dir': '/var/lib/kanda' }`
 * @throws {ConfigError} with all faults
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>>,
): Config {
  const faults: ConfigFault[] = [...unknownVariables(env), ...unknownFlags(flags)];
  const values: Record<string, unknown> = {};

  for (const [key, setting] of Object.entries<Setting<unknown>>(SCHEMA)) {
    const text =
      (setting.flag === null ? '' : flags[setting.flag]?.trim()) || env[setting.name]?.trim() || '';
    try {
      values[key] = text === '' ? setting.absent() : setting.parse(text);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      faults.push(fault(setting, `${error.message}. Example: ${setting.name}=${setting.example}`));
    }
  }

  if (values.masterKey instanceof Secret && typeof values.masterKeyFile === 'string') {
    faults.push(fault(SCHEMA.masterKeyFile, 'is set together with KANDA_MASTER_KEY. Keep one of the two.'));
  }
  if (values.databaseUrl instanceof Secret && typeof values.databaseUrlFile === 'string') {
    faults.push(
      fault(SCHEMA.databaseUrlFile, 'is set together with KANDA_DATABASE_URL. Keep one of the two.'),
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return values as Config;
}

// ---- faults -------------------------------------------------------------------------------------------

function unknownVariables(env: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  const known = SETTINGS.map((setting) => setting.name);
  return Object.keys(env)
    .filter((name) => name.startsWith('KANDA_') && env[name] !== undefined && !known.includes(name))
    .map((name) => ({ name, message: `${name} is not a setting of Kanda. ${hintFor(name, known)}` }));
}

function unknownFlags(flags: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  const known = SETTINGS.flatMap((setting) => setting.flag ?? []);
  return Object.keys(flags)
    .filter((flag) => flags[flag] !== undefined && !known.includes(flag))
    .map((flag) => ({
      name: `--${flag}`,
      message:
        flag === 'master-key'
          ? '--master-key does not exist, since command lines are visible to all. Set KANDA_MASTER_KEY or --master-key-file.'
          : `--${flag} is not a flag of kanda serve. ${hintFor(flag, known, '--')}`,
    }));
}

function hintFor(name: string, known: readonly string[], prefix = ''): string {
  if (/^KANDA_(SERVICE_|PORT_\d)/.test(name)) {
    return 'Kubernetes sets it in the pods beside a Service named "kanda": put `enableServiceLinks: false` into the pod\'s spec.';
  }
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest !== undefined && nearest.distance <= 4) return `Did you mean ${prefix}${nearest.candidate}?`;
  return `It knows ${known.map((candidate) => `${prefix}${candidate}`).join(', ')}.`;
}

function fault(setting: Setting<unknown>, message: string): ConfigFault {
  const flag = setting.flag === null ? '' : ` (--${setting.flag})`;
  return { name: setting.name, message: `${setting.name}${flag} ${message}` };
}

/** How many characters must be added, taken out or replaced to turn `a` into `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, character] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (character === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

// ---- the schema's two kinds of setting ------------------------------------------------------------------

type Described<T> = Pick<Setting<T>, 'name' | 'flag' | 'description' | 'example' | 'parse'>;

function withDefault<T>(setting: Described<T> & { default: string }): Setting<T> {
  return { ...setting, absent: () => setting.parse(setting.default) };
}

function optional<T>(setting: Described<T>): Setting<T | null> {
  return { ...setting, default: null, absent: () => null };
}

// ---- values ---------------------------------------------------------------------------------------------

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new BadValue(`is ${quote(text)}, not a whole number from ${least} to ${most}`);
  }
  return value;
}

function numberOrOff(text: string, most: number): number | null {
  return text === 'off' ? null : wholeNumber(text, 1, most);
}

const SIZE_UNITS: Record<string, number> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes of a text such as `10GB`; null: off. */
function parseSize(text: string): number | null {
  if (text === 'off') return null;
  const [, count, unit = ''] = /^([1-9]\d{0,2})(MB|GB|TB)$/.exec(text) ?? [];
  if (count === undefined) {
    throw new BadValue(`is ${quote(text)}, not off or a whole number up to 999 followed by MB, GB or TB`);
  }
  return Number(count) * (SIZE_UNITS[unit] ?? Number.NaN);
}

function oneOf<const T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new BadValue(`is ${quote(text)}, not one of ${choices.join(', ')}`);
  return choice;
}

/** Seconds of a text such as `15m`. `units` holds the letters that are allowed. */
function duration(text: string, units: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined || !units.includes(unit)) {
    throw new BadValue(`is ${quote(text)}, not a whole number followed by ${[...units].join(', ')}`);
  }
  return Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
}

function secondsWithin(text: string, units: string, least: number, most: number, shown: string): number {
  const seconds = duration(text, units);
  if (seconds < least || seconds > most) throw new BadValue(`is ${quote(text)}, not from ${shown}`);
  return seconds;
}

function parseHost(text: string): string {
  const address = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !/^[\d.]+$/.test(text);
  if (isIP(address) === 0 && !isName) {
    throw new BadValue(`is ${quote(text)}, neither an IP address nor a host name (no scheme, no port)`);
  }
  return address;
}

/** The value is never echoed: a URL that cannot be parsed may hold its password anywhere. */
function parseDatabaseUrl(text: string): Secret {
  if (!/^postgres(ql)?:\/\//.test(text)) {
    throw new BadValue('does not begin with postgres:// or postgresql:// (its value is not shown here)');
  }
  if (!URL.canParse(text)) {
    throw new BadValue(
      'is not a URL; a character such as / # ? @ % in the password must be percent-encoded (its value is not shown here)',
    );
  }
  return new Secret(text);
}

function parseMasterKey(text: string): Secret {
  const isKey = (part: string) =>
    /^[A-Za-z0-9+/]+={0,2}$/.test(part) && Buffer.from(part, 'base64').length === 32;
  if (!text.split(/[\s,]+/).every(isKey)) {
    throw new BadValue(
      'is not 32 bytes as base64, nor several of these with commas between them (its value is not shown here)',
    );
  }
  return new Secret(text);
}

function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new BadValue('is not an absolute http:// or https:// URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadValue('contains a user name or password, which would be part of every link');
  }
  if (url.pathname !== '/' || /[?#]/.test(text)) {
    throw new BadValue(
      `is ${quote(text)}, which has more than a scheme, a host and a port. Kanda's pages and links begin at / and do ` +
        'not work under a path: give Kanda a host name of its own',
    );
  }
  return url.origin;
}

/** The value is never echoed: a URL may hold a token in its query. */
function parseSink(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new BadValue('is neither an http:// or https:// URL nor the path of a file');
  }
  const { username, password } = new URL(text);
  if (username !== '' || password !== '') {
    throw new BadValue('holds a user name or password, which HTTP clients do not send from a URL');
  }
  return text;
}

/** A witness's verifier key and address. Whether the key is one, its reader says: this layer has no hashes. */
export interface WitnessSetting {
  readonly key: string;
  readonly url: string;
}

function parseWitnesses(text: string): readonly WitnessSetting[] {
  if (text.trim() === '') return [];
  return text.split(',').map((one) => {
    const [key = '', url = '', ...more] = one.trim().split(/\s+/);
    if (!/^[^\s+]+\+[0-9a-f]{8}\+\S+$/u.test(key) || more.length > 0)
      throw new BadValue(`holds ${quote(one.trim())}, not a verifier key, a space and a URL`);
    if (!/^https?:\/\//i.test(url)) throw new BadValue(`holds ${quote(url)}, not an http:// or https:// URL`);
    return { key, url: parseSink(url) };
  });
}

function parseCollector(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new BadValue('is not an absolute http:// or https:// URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadValue('holds a user name or password; put a token into OTEL_EXPORTER_OTLP_HEADERS');
  }
  return text;
}

/** `name=value,…` with percent-encoded values, as OpenTelemetry writes lists. `shown` ends the message of a fault. */
export function nameValues(text: string, shown: string): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [, name, value] = /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    const decoded = value === undefined ? null : decode(value);
    if (name === undefined || decoded === null) {
      throw new BadValue(`is not a list of name=value with percent-encoded values (${shown})`);
    }
    pairs[name] = decoded;
  }
  return pairs;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function parseContact(text: string): string {
  if (!/^(mailto|https|tel):[!-~]+$/.test(text) || !URL.canParse(text)) {
    throw new BadValue(`is ${quote(text)}, not a mailto:, https: or tel: URL`);
  }
  return text;
}

function parseProxies(text: string): readonly string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const entry of entries) assertProxy(entry);
  return entries;
}

const IPV4_IN_IPV6 = new BlockList();
IPV4_IN_IPV6.addSubnet('::ffff:0:0', 96, 'ipv6');

function assertProxy(text: string): void {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  const bits = Number(prefix ?? 1);
  if (family === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) {
    throw new BadValue(`holds ${quote(text)}, neither an IP address nor a network (no names, no ports)`);
  }
  if (bits > (family === 4 ? 32 : 128))
    throw new BadValue(`holds ${quote(text)}, a network that does not exist`);
  if (bits === 0) {
    throw new BadValue(
      `holds ${quote(text)}: every caller could then choose the address that limits and log see. ` +
        'List the addresses of your proxies alone',
    );
  }
  if (family === 6 && IPV4_IN_IPV6.check(address, 'ipv6')) {
    throw new BadValue(`holds ${quote(text)}, IPv4 written as IPv6. Write the IPv4 address or network`);
  }
  if (address.includes('%')) throw new BadValue(`holds ${quote(text)}: leave out the zone after the %`);
}
