/** The dashboard and the alerts ask for metrics that the server has, with labels and values that it gives. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { noFigures } from '../../apps/server/src/background/log-keeper-parts.ts';
import { noWebhookFigures } from '../../apps/server/src/background/webhooks/webhook-runner.ts';
import { noFeedFigures } from '../../apps/server/src/domain/feeds/ports.ts';
import { StoreFigures } from '../../apps/server/src/domain/observation/store-figures.ts';
import { exposition } from '../../apps/server/src/observability/metrics/exposition.ts';
import { storeMetrics } from '../../apps/server/src/observability/metrics/store-metrics.ts';
import { codeAt, startApp, type TestApp } from '../../apps/server/test/http/support/start-app.ts';
import {
  parseExposition,
  type ScrapedMetric,
} from '../../apps/server/test/observability/metrics/parse-exposition.ts';
import { findTool } from '../support/test-tools.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PROMETHEUS = join(ROOT, 'deploy/prometheus');
const promtool = findTool('promtool');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const dashboard: { panels: Panel[]; templating: { list: { query: unknown }[] } } = JSON.parse(
  readFileSync(join(ROOT, 'deploy/grafana/kanda.json'), 'utf8'),
);
const rules: Rule[] = parse(readFileSync(join(PROMETHEUS, 'alerts.yml'), 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);
const asked = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];

let kanda: TestApp;
const shown = new Map<string, ScrapedMetric>();

beforeAll(async () => {
  kanda = await startApp({
    logFigures: { ...noFigures(), lastSentSeconds: 0, sinkClockAheadSeconds: 0 },
    webhookFigures: noWebhookFigures(),
    feedFigures: { syslog: noFeedFigures() },
  });
  const account = await kanda.signUp();
  const client = await account.enrol('alice');
  const token = codeAt(client.secret, kanda.now());
  await account.call('POST', '/api/totp/validate', { clientId: 'alice', token });
  // As a server does at its start.
  const { store } = kanda.installation;
  if (store.figures !== undefined) store.figures.apiKeys = await store.countKeys(kanda.now());
  const figures = new StoreFigures();
  figures.pool = () => ({ size: 2, idle: 1, waiting: 0 });
  figures.clockAheadOfDatabaseMs = () => 0;
  figures.database = () => ({ oldestSnapshotSeconds: 1, deadRows: 2, sizeBytes: 3 });
  // What PostgreSQL adds is not there with SQLite.
  const texts = [exposition(storeMetrics(figures)), (await kanda.call('GET', '/metrics')).body];
  for (const text of texts) for (const [name, metric] of parseExposition(text)) shown.set(name, metric);
});
afterAll(() => kanda.close());

/** The metrics that a query names, each with its matchers on labels that the metric has of itself. */
function selectorsOf(
  expr: string,
): { name: string; labels: Record<string, { operator: string; value: string }> }[] {
  return [...expr.matchAll(/\b((?:kanda|process|up)\w*)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', matchers = '']) => ({
      name,
      labels: Object.fromEntries(
        [...matchers.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(
          ([, label = '', operator = '', value = '']) => [label, { operator, value }],
        ),
      ),
    }),
  );
}

/** Put there by Prometheus, not by the server. */
const OF_THE_SCRAPE = ['job', 'instance'];

function faultsOf(expr: string): string[] {
  return selectorsOf(expr).flatMap(({ name, labels }) => {
    if (name === 'up') return [];
    const metric = shown.get(name) ?? shown.get(name.replace(/_(bucket|sum|count)$/, ''));
    const samples = metric?.samples.get(name);
    if (metric === undefined || samples === undefined) return [`there is no metric ${name}`];
    return Object.entries(labels).flatMap(([label, { operator, value }]) => {
      if (OF_THE_SCRAPE.includes(label)) return [];
      const values = samples.map((sample) => sample.labels[label]);
      if (values.every((candidate) => candidate === undefined)) return [`${name} has no label ${label}`];
      // A status may be one that no call has had yet.
      if (label === 'status') return [];
      const alternatives = operator === '=~' ? value.split('|') : [value];
      return alternatives
        .filter((wanted) => !values.includes(wanted))
        .map((wanted) => `${name} has no ${label}="${wanted}"`);
    });
  });
}

describe('every query', () => {
  test('is found', () => {
    expect(asked.length).toBeGreaterThan(40);
  });

  test.each(asked)('of %s names metrics and labels of the server', (_, expr) => {
    expect(selectorsOf(expr).length).toBeGreaterThan(0);
    expect(faultsOf(expr)).toEqual([]);
  });

  test.each([
    ['rate(kanda_verdict_total[5m])', 'there is no metric kanda_verdict_total'],
    ['kanda_verdicts_total{reason="locked"}', 'kanda_verdicts_total has no label reason'],
    ['kanda_verdicts_total{verdict=~"valid|wrong"}', 'kanda_verdicts_total has no verdict="wrong"'],
    ['kanda_batch_size', 'there is no metric kanda_batch_size'],
  ])('with a planted fault is noticed: %s', (expr, fault) => {
    expect(faultsOf(expr)).toEqual([fault]);
  });

  test('counters are read by their rate or increase, never as they are', () => {
    const bare = asked.filter(([, expr]) => {
      const counters = selectorsOf(expr).filter(({ name }) => /_(total|bucket|sum|count)$/.test(name));
      const read = expr.match(/\b(?:rate|increase)\(/g)?.length ?? 0;
      return counters.length > read;
    });
    expect(bare).toEqual([]);
  });

  test('of the metrics of the server, each is asked for by someone', () => {
    const used = new Set(
      asked.flatMap(([, expr]) =>
        selectorsOf(expr).map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')),
      ),
    );
    const unused = [...shown.keys()].filter((name) => !used.has(name));
    expect(unused).toEqual([
      'kanda_log_events_sequenced_total',
      'kanda_log_events_pruned_total',
      'process_start_time_seconds',
    ]);
  });
});

test('docs/operating/observability.md names every metric of the server, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs/operating/observability.md'), 'utf8');
  const named = new Set([...page.matchAll(/`((?:kanda|process)_[a-z_]+)`/g)].map(([, name = '']) => name));
  expect([...named].filter((name) => !shown.has(name))).toEqual([]);
  expect([...shown.keys()].filter((name) => !named.has(name))).toEqual([]);
});

describe('the alerts', () => {
  test('are the same in the Helm chart, which can read no file outside of it: else copy them there', () => {
    const inChart = readFileSync(join(ROOT, 'deploy/helm/kanda/files/alerts.yml'), 'utf8');
    expect(inChart).toBe(readFileSync(join(PROMETHEUS, 'alerts.yml'), 'utf8'));
  });

  test('each have a severity, what is wrong and what to do; files and commands that they name exist', () => {
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Kanda[A-Z]/);
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary).toBeTruthy();
      expect(annotations.action).toBeTruthy();
      for (const [page] of annotations.action?.matchAll(/docs\/[\w/.-]+\.md/g) ?? []) {
        expect(() => readFileSync(join(ROOT, page))).not.toThrow();
      }
    }
  });

  test('have a section of the runbook each, and no job by its name', () => {
    const page = readFileSync(join(ROOT, 'docs/operating/runbook.md'), 'utf8');
    const sections = [...page.matchAll(/^### (\w+)\n\n\S/gm)].map(([, name]) => name);
    expect([...sections].sort()).toEqual(rules.map(({ alert }) => alert).sort());
    expect(rules.filter(({ expr }) => /job\s*[=!]/.test(expr))).toEqual([]);
  });

  test.skipIf(promtool === null)('are understood by Prometheus, and fire when they should', () => {
    const promtoolSays = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(promtool ?? '', args, {
        cwd: PROMETHEUS,
        encoding: 'utf8',
      });
      return { status, said: `${stdout}${stderr}` };
    };
    expect(promtoolSays('check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yml')).toMatchObject({
      status: 0,
    });
    expect(promtoolSays('test', 'rules', 'alerts.test.yml')).toMatchObject({ status: 0 });
  });
});

describe('the dashboard', () => {
  test('has panels with ids of their own that do not overlap', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  test('asks for its choices by a metric of the server', () => {
    const queries = dashboard.templating.list.map(({ query }) => JSON.stringify(query));
    expect(queries.filter((query) => query.includes('label_values(kanda_build_info'))).toHaveLength(2);
  });
});
