/** What reads headers of strangers, and settings of operators: addresses, cookies, durations, URLs. */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { ConfigError, loadConfig } from '../../apps/server/src/config/load.ts';
import { SETTINGS } from '../../apps/server/src/config/schema.ts';
import { Fault } from '../../apps/server/src/domain/errors.ts';
import { networksOf } from '../../apps/server/src/domain/limits/networks.ts';
import { formatDuration } from '../../apps/server/src/http/routes/accounts/duration.ts';
import { plainAddress, trustIn } from '../../apps/server/src/http/server/caller-address.ts';
import {
  createSessionCookies,
  LOOPBACK_NAME,
  SECURE_NAME,
} from '../../apps/server/src/http/server/session-cookies.ts';
import { bestEncoding, ENCODINGS, isKnown, wantsPage } from '../../apps/server/src/http/site/negotiate.ts';
import { parseTraceparent } from '../../apps/server/src/observability/telemetry/trace-context.ts';
import {
  DatabaseUrlError,
  isLocal,
  parseDatabaseUrl,
  shownAddress,
} from '../../apps/server/src/store/postgres/database-url.ts';
import type { Target } from './fuzzer.ts';
import { causeIn, parser, readOrRefusal } from './text-targets.ts';

const PROXIES = trustIn(['10.0.0.0/8', '2001:db8::/32']);
const COOKIES = createSessionCookies('https://kanda.example.com');
const PASSWORD = 'swordfish-7';

/** The first thing that is wrong: which setting, and the cause. */
function refusalIn({ faults: [first] }: ConfigError): string {
  const known = SETTINGS.some(({ name }) => name === first?.name);
  return known ? `${first?.name} ${causeIn(first?.message ?? '')}` : 'unknown';
}

export const settingTargets: readonly Target[] = [
  parser(
    'forwarded-for',
    ['192.0.2.7', '1.2.3.4:5678', '[2001:db8::7]:443', '::ffff:192.0.2.7', 'fe80::1%eth0', '10.1.2.3'],
    ['::', ':', '.', '[', ']', '%', '::ffff:', ', ', '0000', 'ffff', '/64'],
    (text) => {
      const address = plainAddress(text);
      const trusted = PROXIES(text);
      if (address === null) {
        assert(!trusted);
        return 'none';
      }
      assert(isIP(address) > 0);
      assert.equal(plainAddress(address), address);
      assert.equal(PROXIES(address), trusted);
      for (const network of networksOf(address)) assert(!/NaN|undefined/.test(network), network);
      return `IPv${isIP(address)} ${networksOf(address).length} ${trusted}`;
    },
  ),
  parser(
    'trusted-proxies',
    ['127.0.0.1,10.0.0.0/8', '2001:db8::/32', 'fe80::1%eth0'],
    ['/', ',', '/0', '/33', '/129', '::ffff:', '%', '0.0.0.0', '::'],
    (text) => {
      const read = readOrRefusal(() => loadConfig({ KANDA_TRUSTED_PROXIES: text }, {}), ConfigError);
      if ('refused' in read) return read.refused;
      const trusts = trustIn(read.value.trustedProxies);
      assert(
        !trusts('203.0.113.9') || !trusts('198.51.100.9') || !trusts('8.8.8.8'),
        'every address is trusted',
      );
      return `read, ${Math.min(read.value.trustedProxies.length, 2)}`;
    },
  ),
  parser(
    'cookie',
    [
      `${SECURE_NAME}=abc\nhttps://kanda.example.com\nkanda.example.com\nsame-origin`,
      `${LOOPBACK_NAME}=a\n\nlocalhost:3000\n`,
    ],
    [
      `${SECURE_NAME}=`,
      `${LOOPBACK_NAME}=`,
      ';',
      '\n',
      'https://evil.example',
      'localhost',
      '[::1]',
      '@',
      '\\',
      'null',
      '.',
    ],
    (text) => {
      const [cookie = '', origin = '', host = '', site = ''] = text.split('\n');
      const headers = { cookie, ...(origin && { origin }), ...(site && { 'sec-fetch-site': site }) };
      const request = { headers, host, protocol: 'http', method: 'POST' } as unknown as FastifyRequest;
      const read = readOrRefusal(() => COOKIES.tokenIn(request), Fault);
      if ('refused' in read) return read.refused;
      if (read.value === null) return 'none';
      const from = [`https://kanda.example.com`, `http://${host}`.toLowerCase()];
      assert(
        origin === '' ||
          from.includes(origin.toLowerCase().replace(/:80$/, '')) ||
          from[1] === `${origin.toLowerCase()}:80`,
        `a page of ${origin} is let in at ${host}`,
      );
      return 'read';
    },
  ),
  parser(
    'traceparent',
    [
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x',
    ],
    ['-', '00', 'ff', '0000000000000000'],
    (text) => {
      const parent = parseTraceparent(text);
      if (parent === null) return 'none';
      assert(text.includes(`-${parent.traceId}-${parent.spanId}-`));
      return String(parent.sampled);
    },
  ),
  parser(
    'accept',
    ['br;q=0.8, gzip', 'text/html,*/*;q=0.1', 'identity;q=0, *', 'W/"a", "b"'],
    [';q=', 'q=1e9', 'q=-1', 'br', 'gzip', 'identity', '*', ',', '"'],
    (text) => {
      const best = bestEncoding(text, new Set(ENCODINGS));
      assert(best === null || ENCODINGS.includes(best));
      return `${best} ${wantsPage(text)} ${isKnown(text, '"b"')}`;
    },
  ),
  parser(
    'settings',
    SETTINGS.map(({ name, example }) => `${name}=${example}`),
    [
      ...SETTINGS.map(({ name }) => `${name}=`),
      '\n',
      's',
      'm',
      'h',
      'd',
      'off',
      'MB',
      'https://',
      '[::1]',
      '%',
      ',',
    ],
    (text) => {
      const pairs = text
        .split('\n')
        .map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]);
      const read = readOrRefusal(() => loadConfig(Object.fromEntries(pairs), {}), ConfigError);
      if ('refused' in read) return refusalsOf(Object.fromEntries(pairs));
      const { tokenTtlSeconds, callDeadlineSeconds, logRetentionDays, quotaStorage } = read.value;
      for (const seconds of [tokenTtlSeconds, callDeadlineSeconds]) {
        assert(Number.isSafeInteger(seconds) && seconds > 0);
        assert.equal(
          loadConfig({ KANDA_TOKEN_TTL: formatDuration(Math.max(60, seconds)) }, {}).tokenTtlSeconds,
          Math.max(60, seconds),
        );
      }
      for (const figure of [logRetentionDays, quotaStorage]) assert(figure === null || figure > 0);
      return 'read';
    },
  ),
  parser(
    'database-url',
    [
      `postgres://kanda:${PASSWORD}@localhost:5432/kanda`,
      `postgresql://kanda:${PASSWORD}@[::1]/kanda?sslmode=require&application_name=a`,
      `postgres://kanda:${PASSWORD}@/kanda?host=/var/run/postgresql&sslmode=disable`,
    ],
    [
      'postgres://',
      '@',
      ':',
      '/',
      '?',
      '&',
      'sslmode=',
      'verify-full',
      'host=',
      'host=/',
      '%2F',
      '%',
      '[::1]',
      '#',
      ':0',
    ],
    (text) => {
      // Names of files would be opened.
      if (/ssl(root)?(cert|key)/i.test(decodedAsFarAsMayBe(text))) return 'names a file';
      const read = readOrRefusal(() => loadConfig({ KANDA_DATABASE_URL: text }, {}), ConfigError);
      if ('refused' in read) {
        assert(!read.message.includes(PASSWORD), 'a refusal quotes the password');
        return refusalsOf({ KANDA_DATABASE_URL: text });
      }
      const url = read.value.databaseUrl?.reveal();
      if (url === undefined) return 'none';
      const address = readOrRefusal(() => parseDatabaseUrl(url), DatabaseUrlError);
      if ('refused' in address) return causeIn(address.message).split('=', 1)[0] ?? '';
      assert(address.value.database !== '');
      assert(Number.isInteger(address.value.port));
      assert.equal(typeof shownAddress(url), 'string');
      return `read, ${isLocal(address.value)} ${JSON.stringify(address.value.tls)}`;
    },
  ),
];

function refusalsOf(env: Readonly<Record<string, string>>): string {
  try {
    loadConfig(env, {});
  } catch (error) {
    if (error instanceof ConfigError) return refusalIn(error);
    throw error;
  }
  return 'read';
}

function decodedAsFarAsMayBe(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}
