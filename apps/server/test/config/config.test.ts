import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/schema.ts';
import { nameValues } from '../../src/config/values.ts';

const KEY = randomBytes(32).toString('base64');
function faultsOf(env: Record<string, string>, flags: Record<string, string> = {}): readonly string[] {
  try {
    loadConfig(env, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.message);
    throw error;
  }
  return [];
}

describe('what is set', () => {
  test('nothing: the documented defaults', () => {
    expect(loadConfig({}, {})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      dataDir: './data',
      databaseUrl: null,
      databasePool: 10,
      databaseConnectSeconds: 5,
      databaseStatementSeconds: 10,
      databaseLockSeconds: 5,
      workers: 1,
      databaseUrlFile: null,
      masterKey: null,
      masterKeyFile: null,
      masterKeyCommand: null,
      publicUrl: null,
      trustedProxies: [],
      registration: null,
      secretExport: null,
      web: 'on',
      securityContact: null,
      tokenTtlSeconds: 3600,
      rateLimit: 2_000,
      quotaClients: 1_000_000,
      quotaKeys: 1_000,
      quotaEvents: 10_000_000,
      quotaStorage: 1e12,
      ...{ webhooks: 'on', webhookAllow: [] },
      callDeadlineSeconds: 9,
      diskReserve: null,
      drainSeconds: 0,
      logLevel: 'info',
      logRequests: 1,
      logRetentionDays: null,
      checkpointIntervalSeconds: 60,
      checkpointSink: null,
      checkpointSinkHeaders: null,
      checkpointWitnesses: [],
      ...{ syslog: null, syslogCa: null, syslogCertificate: null, syslogKey: null, eventFile: null },
      eventFileSize: null,
      otlpEndpoint: null,
      otlpHeaders: null,
      serviceName: 'kanda',
      resourceAttributes: {},
      traceSampler: 'parentbased_always_on',
      traceRatio: 1,
    });
  });

  test('every variable is read, and variables of others are ignored', () => {
    const config = loadConfig(
      {
        PATH: '/usr/bin',
        KANDA_HOST: '::1',
        KANDA_PORT: '0',
        KANDA_DATA_DIR: '/var/lib/kanda',
        KANDA_DATABASE_URL: 'postgresql://kanda:p%40ss@db:5432/kanda?sslmode=require',
        KANDA_MASTER_KEY: KEY,
        KANDA_PUBLIC_URL: 'https://kanda.example.com/',
        KANDA_TRUSTED_PROXIES: '10.0.0.0/8, 192.168.1.1,fd00::/8',
        KANDA_REGISTRATION: 'closed',
        KANDA_TOKEN_TTL: '15m',
        KANDA_RATE_LIMIT: '250',
        KANDA_QUOTA_CLIENTS: '5',
        KANDA_QUOTA_KEYS: 'off',
        KANDA_QUOTA_EVENTS: '7',
        KANDA_QUOTA_STORAGE: '3GB',
        KANDA_DISK_RESERVE: '5GB',
        KANDA_LOG_LEVEL: 'silent',
        KANDA_LOG_RETENTION: '90d',
        KANDA_CHECKPOINT_INTERVAL: '10s',
        KANDA_CHECKPOINT_SINK: 'https://witness.example.com/kanda?token=t',
      },
      {},
    );
    expect(config).toMatchObject({
      host: '::1',
      port: 0,
      dataDir: '/var/lib/kanda',
      masterKeyFile: null,
      masterKeyCommand: null,
      publicUrl: 'https://kanda.example.com',
      trustedProxies: ['10.0.0.0/8', '192.168.1.1', 'fd00::/8'],
      registration: 'closed',
      tokenTtlSeconds: 900,
      rateLimit: 250,
      quotaClients: 5,
      quotaKeys: null,
      quotaEvents: 7,
      quotaStorage: 3e9,
      diskReserve: 5e9,
      logLevel: 'silent',
      logRetentionDays: 90,
      checkpointIntervalSeconds: 10,
      checkpointSink: 'https://witness.example.com/kanda?token=t',
    });
    expect(config.masterKey?.reveal()).toBe(KEY);
    expect(config.databaseUrl?.reveal()).toBe('postgresql://kanda:p%40ss@db:5432/kanda?sslmode=require');
  });

  test('a flag wins over its variable', () => {
    const config = loadConfig(
      { KANDA_PORT: '4000', KANDA_LOG_LEVEL: 'warn' },
      { port: '5000', 'data-dir': './x' },
    );
    expect(config).toMatchObject({ port: 5000, dataDir: './x', logLevel: 'warn' });
  });

  test('an empty value is an absent one', () => {
    expect(loadConfig({ KANDA_PORT: '', KANDA_RATE_LIMIT: ' ' }, { host: '' })).toEqual(loadConfig({}, {}));
  });

  test('a configuration that is printed shows no secret', () => {
    const url = 'postgres://kanda:hunter2-hunter2@db/kanda';
    const config = loadConfig({ KANDA_MASTER_KEY: KEY, KANDA_DATABASE_URL: url }, {});
    for (const text of [inspect(config), JSON.stringify(config), `${config.masterKey}`]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain('hunter2');
    }
  });
});

describe('what is refused', () => {
  test.each([
    ['KANDA_HOST', 'http://0.0.0.0', '"http://0.0.0.0"'],
    ['KANDA_HOST', '0.0.0.0:80', 'no port'],
    ['KANDA_HOST', '10.0.0', 'neither an IP address'],
    ['KANDA_PORT', '80a', '"80a"'],
    ['KANDA_PORT', '65536', 'from 0 to 65535'],
    ['KANDA_PORT', '-1', 'whole number'],
    ['KANDA_PORT', '0x50', 'whole number'],
    ['KANDA_DATABASE_URL', 'mysql://db/kanda', 'postgres://'],
    ['KANDA_DATABASE_URL', 'postgres://kanda:a#b@c:d/kanda', 'percent-encoded'],
    ['KANDA_MASTER_KEY', 'c2hvcnQ=', '32 bytes as base64'],
    ['KANDA_PUBLIC_URL', 'kanda.example.com', 'absolute'],
    ['KANDA_PUBLIC_URL', 'ftp://kanda.example.com', 'http://'],
    ['KANDA_PUBLIC_URL', 'https://example.com/kanda', 'do not work under a path'],
    ['KANDA_PUBLIC_URL', 'https://example.com?', 'more than'],
    ['KANDA_PUBLIC_URL', 'https://user:pass@example.com', 'user name'],
    ['KANDA_TRUSTED_PROXIES', '10.0.0.0/8,proxy', '"proxy"'],
    ['KANDA_TRUSTED_PROXIES', '10.0.0.0/33', '"10.0.0.0/33"'],
    ['KANDA_TRUSTED_PROXIES', '10.0.0.0/', '"10.0.0.0/"'],
    ['KANDA_TRUSTED_PROXIES', '10.0.0.1:443', 'no names, no ports'],
    ['KANDA_TRUSTED_PROXIES', '*', 'no names, no ports'],
    ['KANDA_TRUSTED_PROXIES', '10.0.0.0/255.0.0.0', 'nor a network'],
    // Seen to end the start with a TypeError of a library, which does not name the setting.
    ['KANDA_TRUSTED_PROXIES', '0.0.0.0/0', 'List the addresses of your proxies alone'],
    ['KANDA_TRUSTED_PROXIES', '10.0.0.1,::/0', '"::/0"'],
    ['KANDA_TRUSTED_PROXIES', '10.0.0.0/00', 'List the addresses'],
    ['KANDA_TRUSTED_PROXIES', '::ffff:10.0.0.1', 'Write the IPv4 address'],
    ['KANDA_TRUSTED_PROXIES', '0:0:0:0:0:FFFF:a00:0/104', 'Write the IPv4 address'],
    ['KANDA_TRUSTED_PROXIES', 'fe80::1%eth0', 'leave out the zone'],
    ['KANDA_REGISTRATION', 'no', 'open, closed'],
    ['KANDA_TOKEN_TTL', '3600', 'followed by s, m, h'],
    ['KANDA_TOKEN_TTL', '59s', '60s to 24h'],
    ['KANDA_TOKEN_TTL', '25h', '60s to 24h'],
    ['KANDA_TOKEN_TTL', '1d', 'followed by s, m, h'],
    ['KANDA_RATE_LIMIT', '0', 'from 1'],
    ['KANDA_QUOTA_CLIENTS', '0', 'from 1'],
    ['KANDA_DISK_RESERVE', '5%', 'followed by MB, GB or TB'],
    ['KANDA_QUOTA_STORAGE', '10', 'followed by MB, GB or TB'],
    ['KANDA_QUOTA_STORAGE', '0GB', 'followed by MB, GB or TB'],
    ['KANDA_RATE_LIMIT', '1.5', 'whole number'],
    ['KANDA_LOG_LEVEL', 'verbose', 'trace, debug'],
    ['KANDA_CHECKPOINT_INTERVAL', '0s', 'from 1s to 1d'],
    ['KANDA_CHECKPOINT_INTERVAL', '2d', 'from 1s to 1d'],
    ['KANDA_CHECKPOINT_INTERVAL', '1', 'followed by s, m, h, d'],
    ['KANDA_CHECKPOINT_SINK', 'ftp://example.com/x', 'http:// or https://'],
    ['KANDA_CHECKPOINT_SINK', 'https://u:p@example.com/', 'user name or password'],
    ['KANDA_CHECKPOINT_SINK_HEADERS', 'Bearer hunter2', 'values are not shown'],
    ['KANDA_CHECKPOINT_SINK_HEADERS', 'authorization=a%0d%0ab', 'header of HTTP'],
    ['KANDA_CHECKPOINT_WITNESSES', 'https://w.example/', 'not a verifier key, a space and a URL'],
    ['KANDA_CHECKPOINT_WITNESSES', 'w+0a1b2c3d+BKx= ftp://w.example/', 'http:// or https://'],
    ['KANDA_CHECKPOINT_WITNESSES', 'w+0a1b2c3d+BKx= https://u:p@w.example/', 'user name or password'],
    ['KANDA_SYSLOG', 'udp://siem:514', 'no UDP'],
    ['KANDA_SYSLOG', 'siem:6514', 'neither tls://'],
    ['KANDA_SYSLOG', 'tcp://siem', 'without a port'],
    ['KANDA_SYSLOG', 'tls://siem:0', 'from 1 to 65535'],
    ['KANDA_EVENT_FILE', 'https://siem/', 'not the path of a file'],
    ['KANDA_EVENT_FILE_SIZE', '10kB', 'followed by MB'],
    ['KANDA_LOG_RETENTION', '0d', '1d'],
    ['KANDA_LOG_RETENTION', '12h', 'followed by d'],
  ])('%s=%s: the message names the variable, its fault and an example', (name, value, expected) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(expected);
    expect(faults[0]).toMatch(new RegExp(`^${name} .*Example: ${name}=`));
    const flag = SETTINGS.find((setting) => setting.name === name)?.flag;
    if (flag) expect(faults[0]).toContain(`--${flag}`);
  });

  test('headers for a sink that takes none are refused, and not shown', () => {
    const env = {
      KANDA_CHECKPOINT_SINK_HEADERS: 'authorization=hunter2',
      KANDA_CHECKPOINT_SINK: '/var/checkpoints',
    };
    expect(faultsOf(env)).toEqual([expect.stringContaining('KANDA_CHECKPOINT_SINK is a file')]);
    expect(faultsOf(env).join()).not.toContain('hunter2');
  });

  test('all faults are reported at once', () => {
    const env = { KANDA_PORT: 'x', KANDA_LOG_LEVEL: 'loud', KANDA_COLOUR: 'red' };
    expect(faultsOf(env)).toHaveLength(3);
    expect(() => loadConfig(env, {})).toThrow(/KANDA_PORT[\s\S]*KANDA_LOG_LEVEL/);
  });

  test('no fault shows the master key or the database password', () => {
    const faults = faultsOf({
      KANDA_MASTER_KEY: `${KEY}AAAA`,
      KANDA_DATABASE_URL: 'postgres://kanda:hunter2#@[db/kanda',
    });
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toContain(KEY);
    expect(faults.join()).not.toContain('hunter2');
  });

  test('a master key on the command line, with the reason', () => {
    expect(faultsOf({}, { 'master-key': KEY })).toEqual([expect.stringContaining('visible to all')]);
    expect(faultsOf({}, { 'master-key': KEY }).join()).not.toContain(KEY);
  });

  test.each([
    ['KANDA_PROT', 'Did you mean KANDA_PORT?'],
    ['KANDA_DATADIR', 'Did you mean KANDA_DATA_DIR?'],
    ['KANDA_COLOUR_OF_THE_SKY', 'It knows KANDA_HOST, KANDA_PORT'],
    ['KANDA_SERVICE_HOST', 'enableServiceLinks: false'],
    ['KANDA_PORT_3000_TCP_ADDR', 'enableServiceLinks: false'],
  ])('the unknown variable %s, with a hint', (name, hint) => {
    expect(faultsOf({ [name]: 'x' })).toEqual([expect.stringContaining(hint)]);
  });

  test('an unknown flag, with a hint', () => {
    expect(faultsOf({}, { prot: '1' })).toEqual([
      '--prot is not a flag of kanda serve. Did you mean --port?',
    ]);
  });
});

describe('what OpenTelemetry has named', () => {
  test('is read as it says', () => {
    const config = loadConfig(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.com:4318/otlp',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20t0ken, x-tenant = a',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a%20test,service.namespace=x',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      },
      {},
    );
    expect(config).toMatchObject({
      otlpEndpoint: 'https://collector.example.com:4318/otlp',
      resourceAttributes: { 'deployment.environment.name': 'a test', 'service.namespace': 'x' },
      traceSampler: 'traceidratio',
      traceRatio: 0.25,
    });
    expect(inspect(config)).not.toContain('t0ken');
    expect(nameValues(config.otlpHeaders?.reveal() ?? '', '')).toEqual({
      authorization: 'Bearer t0ken',
      'x-tenant': 'a',
    });
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user:hunter2@collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=%hunter2'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'production'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', '-0.1'],
    ['KANDA_DRAIN', '6m'],
    ['KANDA_DRAIN', '10'],
  ])('%s is not %j, which is said without a secret in it', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name}.* Example: ${name}=`));
    expect(faults[0]).not.toContain('hunter2');
  });
});
