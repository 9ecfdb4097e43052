/**
 * `kanda serve --workers`: several processes on one port.
 *
 * Seen to fail without the guard: with what an ended worker had counted left out of the sums (cli/server/worker-figures.ts),
 * they fell back when one was killed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  parseExposition,
  type ScrapedMetric,
  type ScrapedSample,
} from '../../apps/server/test/observability/metrics/parse-exposition.ts';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, serveUntilItEnds, temporaryFolder } from '../support/kanda-process.ts';
import { databaseOf } from '../support/test-database.ts';

const ROUNDS = 5;
const AT_ONCE = 32;

afterAll(endAll);

test('on SQLite they are refused, with the reason', async () => {
  const { code, output } = await serveUntilItEnds({ flags: ['--workers', '2'] });
  expect(code).toBe(1);
  expect(output).toContain('SQLite has one writer');
});

let server: KandaProcess;
let caller: Caller;

beforeAll(async () => {
  const dataDir = temporaryFolder();
  const env = { KANDA_DATABASE_URL: await databaseOf(dataDir) };
  server = await KandaProcess.start({ dataDir, env, flags: ['--workers', '2'] });
  await until(
    () => workersOf(server),
    (pids) => pids.length === 2,
  );
  const { apiKey } = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(apiKey, 16);
});

test('the master key that their first start makes is reported, once', () => {
  expect(server.output.match(/A new master key was made. Back this file up now/g)).toHaveLength(1);
});

test('a port in use is reported once, before a key or a table is made', async () => {
  const dataDir = join(temporaryFolder(), 'new');
  const KANDA_DATABASE_URL = await databaseOf(dataDir);
  const flags = ['--workers', '2', '--port', String(server.port)];
  const { code, output } = await serveUntilItEnds({ dataDir, env: { KANDA_DATABASE_URL }, flags });
  expect(code).toBe(1);
  expect(output).toMatch(/^Port \d+ on 127\.0\.0\.1 is in use\. .* --workers 2\n$/);
  expect(existsSync(dataDir)).toBe(false);
});

test('on PostgreSQL they are one Kanda: a code that is sent to both at once is accepted once', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const client = await caller.enrol(`user-${round}`);
    const code = codeOf(client, 1);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, () => caller.validate(client.clientId, code)),
    );
    expect(answers.filter(({ json }) => json.valid === true)).toHaveLength(1);
  }
  // Each process has request ids of its own: both have judged.
  const judges = (await caller.events()).map(({ requestId }) => requestId?.split('_')[1]);
  expect(new Set(judges).size).toBe(2);
});

test('whichever of them is scraped, the figures are those of both', async () => {
  await untilBothAnswer();
  const scrapes = await Promise.all(Array.from({ length: 8 }, scrape));
  for (const metrics of scrapes) {
    expect(figure(metrics, 'kanda_verdicts_total', { verdict: 'valid' })).toBe(ROUNDS);
    expect(total(metrics, 'kanda_verdicts_total')).toBe(ROUNDS * AT_ONCE);
    const judged = { method: 'POST', route: '/api/totp/validate', status: '200' };
    expect(figure(metrics, 'kanda_http_request_duration_seconds_count', judged)).toBe(ROUNDS * AT_ONCE);
    expect(total(metrics, 'kanda_batch_size_sum')).toBeGreaterThanOrEqual(ROUNDS * (AT_ONCE + 1));
    expect(total(metrics, 'kanda_pool_connections')).toBeGreaterThanOrEqual(2);
    // What one process has at the least, twice and once more for the leader.
    expect(total(metrics, 'process_resident_memory_bytes')).toBeGreaterThan(3 * 40e6);
    expect(workersIn(metrics)).toEqual([1, 1]);
  }
});

test('one that does not answer is named; what it counted before still stands, and its gauges are left out', async () => {
  const before = await untilBothAnswer();
  const [frozen = 0] = workersOf(server);
  process.kill(frozen, 'SIGSTOP');
  try {
    // Connections that are led to the one that stands still are never answered.
    const without = await untilAnswered();
    expect(workersIn(without).sort()).toEqual([0, 1]);
    expect(figure(without, 'kanda_verdicts_total', { verdict: 'valid' })).toBe(ROUNDS);
    expect(total(without, 'kanda_verdicts_total')).toBe(total(before, 'kanda_verdicts_total'));
    const memory = 'process_resident_memory_bytes';
    expect(total(without, memory)).toBeLessThan(0.85 * total(before, memory));
  } finally {
    process.kill(frozen, 'SIGCONT');
  }
  await untilBothAnswer();
});

test('one that dies is replaced, no sum falls back by what it counted, and all stop together', async () => {
  const before = await untilBothAnswer();
  const [killed = 0] = workersOf(server);
  process.kill(killed, 'SIGKILL');
  await until(
    () => workersOf(server),
    (pids) => pids.length === 2 && !pids.includes(killed),
  );
  const after = await untilBothAnswer();
  expect(total(after, 'kanda_worker_restarts_total')).toBe(1);
  for (const [name, { type, samples }] of before) {
    if (type === 'gauge') continue;
    for (const sample of samples.keys()) {
      expect(total(after, sample), `${name}: ${sample}`).toBeGreaterThanOrEqual(total(before, sample));
    }
  }
  const client = await caller.enrol('afterwards');
  expect((await caller.validate('afterwards', codeOf(client))).json).toEqual({ valid: true });
  await expect
    .poll(async () => figure(await scrape(), 'kanda_verdicts_total', { verdict: 'valid' }))
    .toBe(ROUNDS + 1);
  caller.close();
  expect((await server.stop()).code).toBe(0);
  expect(workersOf(server)).toEqual([]);
});

/** Over a connection of its own, which either worker may get. */
async function scrape(): Promise<Map<string, ScrapedMetric>> {
  const answer = await fetch(`${server.url}/metrics`, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(4_000),
  });
  expect(answer.status).toBe(200);
  return parseExposition(await answer.text());
}

/** A busy machine may keep a worker from answering in time, which the figures then say. */
function untilBothAnswer(): Promise<Map<string, ScrapedMetric>> {
  return until(scrape, (metrics) => workersIn(metrics).every((up) => up === 1));
}

async function untilAnswered(): Promise<Map<string, ScrapedMetric>> {
  for (let tries = 1; ; tries++) {
    try {
      return await scrape();
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

type Metrics = Map<string, ScrapedMetric>;

function samplesOf(metrics: Metrics, sample: string): readonly ScrapedSample[] {
  const metric = metrics.get(sample) ?? metrics.get(sample.replace(/_(bucket|sum|count)$/, ''));
  return metric?.samples.get(sample) ?? [];
}

/** The one sample with these labels. */
function figure(
  metrics: Metrics,
  sample: string,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  return samplesOf(metrics, sample).find((one) =>
    Object.entries(labels).every(([name, value]) => one.labels[name] === value),
  )?.value;
}

/** All samples of this name together. */
function total(metrics: Metrics, sample: string): number {
  return samplesOf(metrics, sample).reduce((sum, { value }) => sum + value, 0);
}

/** Whether each worker answered, in their order. */
function workersIn(metrics: Metrics): number[] {
  const samples = samplesOf(metrics, 'kanda_worker_up');
  expect(samples.map(({ labels }) => labels.worker)).toEqual(['1', '2']);
  return samples.map(({ value }) => value);
}

function workersOf({ pid }: KandaProcess): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(Number);
}

async function until<T>(look: () => T | Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`it did not come to that: ${JSON.stringify(seen)}`);
    await sleep(50);
  }
}
