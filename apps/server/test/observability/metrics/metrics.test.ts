/** What `/metrics` tells after calls that are known, read by a strict reader and by Prometheus' own tool. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { findTool } from '../../../../../test/support/test-tools.ts';
import { Distribution } from '../../../src/domain/observation/distribution.ts';
import { exposition } from '../../../src/observability/metrics/exposition.ts';
import {
  codeAt,
  HOUR,
  SECOND,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../../http/support/start-app.ts';
import { parseExposition, type ScrapedMetric } from './parse-exposition.ts';

const promtool = findTool('promtool');

let kanda: TestApp;
let account: TestAccount;

beforeEach(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
});
afterEach(() => kanda.close());

async function scrape(): Promise<Map<string, ScrapedMetric>> {
  const answer = await kanda.call('GET', '/metrics');
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(answer.body);
}

/** The value of the one sample that has these labels; null when there is none. */
function figure(
  metrics: Map<string, ScrapedMetric>,
  sample: string,
  labels: Readonly<Record<string, string>> = {},
): number | null {
  const metric = metrics.get(sample) ?? metrics.get(sample.replace(/_(bucket|sum|count)$/, ''));
  const fits = (metric?.samples.get(sample) ?? []).filter((candidate) =>
    Object.entries(labels).every(([name, value]) => candidate.labels[name] === value),
  );
  expect(fits.length, `${sample} ${JSON.stringify(labels)}`).toBeLessThanOrEqual(1);
  return fits[0]?.value ?? null;
}

const validate = (clientId: string, token: string) =>
  account.call('POST', '/api/totp/validate', { clientId, token });

it('counts each verdict by the answer', async () => {
  const client = await account.enrol('alice');
  const code = codeAt(client.secret, kanda.now());
  await validate('alice', code);
  await validate('alice', code);
  for (let wrong = 0; wrong < 4; wrong++) await validate('alice', wrongCodeAt(client.secret, kanda.now()));
  await validate('alice', code);
  await account.call('POST', '/api/totp/clients/alice/disable');
  await validate('alice', code);

  const metrics = await scrape();
  expect(metrics.get('kanda_verdicts_total')?.type).toBe('counter');
  const verdicts = { valid: 1, invalid_code: 5, code_already_used: 0, locked: 1, disabled: 1, pending: 0 };
  for (const [verdict, count] of Object.entries(verdicts)) {
    expect(figure(metrics, 'kanda_verdicts_total', { verdict }), verdict).toBe(count);
  }
});

it('counts requests by route and status, and never by what a caller can make up', async () => {
  await account.enrol('alice');
  await account.call('GET', '/api/totp/clients/alice');
  await account.call('GET', '/api/totp/clients/no-such-client');
  await kanda.call('GET', '/no/such/path');
  await kanda.call('GET', '/another/one');
  await kanda.app.inject({ method: 'PROPFIND' as 'GET', url: '/api/totp/clients' });
  await kanda.app.inject({ method: 'HEAD', url: '/healthz' });

  const metrics = await scrape();
  const counted = (method: string, route: string, status: number) =>
    figure(metrics, 'kanda_http_request_duration_seconds_count', { method, route, status: String(status) });
  expect(counted('GET', '/api/totp/clients/:clientId', 200)).toBe(1);
  expect(counted('GET', '/api/totp/clients/:clientId', 404)).toBe(1);
  expect(counted('GET', 'none', 404)).toBe(2);
  expect(counted('HEAD', '/healthz', 200)).toBe(1);
  expect(counted('POST', '/api/totp/register', 201)).toBe(1);
  const samples =
    metrics
      .get('kanda_http_request_duration_seconds')
      ?.samples.get('kanda_http_request_duration_seconds_count') ?? [];
  const labels = JSON.stringify(samples.map((sample) => sample.labels));
  expect(labels).not.toMatch(/alice|no-such-client|no\/such|PROPFIND/);
});

it('tells how full batches are, how long commits take, and that nothing waits', async () => {
  const before = await scrape();
  await Promise.all(Array.from({ length: 20 }, (_, index) => account.enrol(`client-${index}`)));
  const after = await scrape();

  const grown = (sample: string) => (figure(after, sample) ?? 0) - (figure(before, sample) ?? 0);
  expect(grown('kanda_batch_size_sum')).toBe(20);
  expect(grown('kanda_batch_size_count')).toBeGreaterThan(0);
  expect(grown('kanda_batch_size_count')).toBeLessThanOrEqual(20);
  expect(grown('kanda_commit_duration_seconds_count')).toBe(grown('kanda_batch_size_count'));
  expect(grown('kanda_commit_duration_seconds_sum')).toBeGreaterThan(0);
  expect(figure(after, 'kanda_queue_depth')).toBe(0);
  expect(figure(after, 'kanda_batches_failed_total')).toBe(0);
});

it('counts a client that was locked once, and not each refusal after it', async () => {
  const client = await account.enrol('alice');
  expect(figure(await scrape(), 'kanda_lockouts_total')).toBe(0);
  await account.call('PUT', '/api/policy', { freeFailures: 5, dailyFailures: 10, maxDelaySeconds: 30 });
  for (let failure = 0; failure < 15; failure++) {
    await validate('alice', wrongCodeAt(client.secret, kanda.now()));
    // Past the delay that each failure beyond the free ones brings.
    kanda.advance(30 * SECOND);
  }
  const locked = await account.call('GET', '/api/logs?event=client.locked');
  expect(locked.json().data).toHaveLength(1);
  expect(figure(await scrape(), 'kanda_lockouts_total')).toBe(1);
});

it('tells the age of the master key from the first account on, and is read at most once a minute', async () => {
  expect(figure(await scrape(), 'kanda_master_key_age_seconds')).toBe(0);
  kanda.advance(36 * HOUR);
  expect(figure(await scrape(), 'kanda_master_key_age_seconds')).toBe(36 * 3600);
});

it('tells what runs and how busy it is', async () => {
  const metrics = await scrape();
  expect(figure(metrics, 'kanda_build_info', { node: process.versions.node })).toBe(1);
  expect(figure(metrics, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(figure(metrics, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(figure(metrics, 'kanda_event_loop_busy_seconds_total')).toBeGreaterThan(0);
  expect(metrics.get('kanda_event_loop_delay_seconds')?.type).toBe('histogram');
});

it('names its own metrics kanda_, and each unit is a base unit', async () => {
  const names = [...(await scrape()).keys()];
  expect(names.filter((name) => !/^(kanda|process)_/.test(name))).toEqual([]);
  expect(names.filter((name) => /milli|micro|_ms\b|_ms_|minutes|percent|kilo|mega/.test(name))).toEqual([]);
});

test.skipIf(promtool === null)('promtool has nothing to say against it', async () => {
  await account.enrol('alice');
  const { body } = await kanda.call('GET', '/metrics');
  const { status, stdout, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], {
    input: body,
    encoding: 'utf8',
  });
  expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
});

describe('the exposition', () => {
  it('puts a value at a bound into that bound, and everything into +Inf', () => {
    const distribution = new Distribution([1, 2]);
    for (const value of [0, 1, 1.5, 2, 2.5]) distribution.observe(value);
    const text = exposition([
      { type: 'histogram', name: 'kanda_x', help: 'X.', series: () => [{ labels: 'a="b"', distribution }] },
    ]);
    expect(text).toBe(
      '# HELP kanda_x X.\n# TYPE kanda_x histogram\n' +
        'kanda_x_bucket{a="b",le="1"} 2\nkanda_x_bucket{a="b",le="2"} 4\nkanda_x_bucket{a="b",le="+Inf"} 5\n' +
        'kanda_x_sum{a="b"} 7\nkanda_x_count{a="b"} 5\n',
    );
  });

  it.each([
    ['kanda_x 1', 'the last line has no end'],
    ['kanda_x 1\n', 'a sample before its type'],
    ['# HELP kanda_x X.\n# TYPE kanda_x gauge\nkanda_y 1\n', 'a sample of another metric'],
    ['# HELP kanda_x X.\n# TYPE kanda_x gauge\nkanda_x one\n', 'no number'],
    ['# HELP kanda_x X.\n# TYPE kanda_x gauge\nkanda_x 1\nkanda_x 2\n', 'a series twice'],
    ['# HELP kanda_x X.\n# TYPE kanda_x gauge\nkanda_x{a="b} 1\n', 'no labels'],
    ['# HELP kanda_x X.\n# TYPE kanda_x counter\nkanda_x 1\n', 'kanda_x is a counter'],
    ['# HELP x_total X.\n# TYPE x_total counter\nx_total -1\n', 'x_total is -1'],
    [
      '# HELP x X.\n# TYPE x histogram\nx_bucket{le="1"} 2\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n',
      'do not ascend',
    ],
    [
      '# HELP x X.\n# TYPE x histogram\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 2\n',
      'is not that of its buckets',
    ],
  ])('a planted fault is found: %j', (text, fault) => {
    expect(() => parseExposition(text)).toThrow(fault);
  });
});
