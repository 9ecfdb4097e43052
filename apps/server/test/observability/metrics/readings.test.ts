/** The figures of several processes as those of one. */
import { expect, test } from 'vitest';
import { noFigures } from '../../../src/background/log-keeper-parts.ts';
import { StoreFigures } from '../../../src/domain/observation/store-figures.ts';
import { expositionOf } from '../../../src/observability/metrics/exposition.ts';
import { createMetrics, type Workers } from '../../../src/observability/metrics/metrics.ts';
import { joinReadings, lastingOf, type Reading } from '../../../src/observability/metrics/readings.ts';
import { parseExposition } from './parse-exposition.ts';

const HELP = { name: 'kanda_x', help: 'X.' };

test('counters are added label by label, also where only one process has the label', () => {
  const one: Reading = { ...HELP, type: 'counter', samples: [sample('a', 1), sample('b', 2)] };
  const other: Reading = { ...HELP, type: 'counter', samples: [sample('b', 40), sample('c', 5)] };
  expect(joinReadings([[one], [other]])).toEqual([
    { ...HELP, type: 'counter', samples: [sample('a', 1), sample('b', 42), sample('c', 5)] },
  ]);
});

test.each([
  ['sum', 9],
  ['max', 7],
  ['min', 2],
] as const)('of a gauge the %s is taken, where it is meant to be', (across, together) => {
  const gauge = (value: number): Reading => ({
    ...HELP,
    type: 'gauge',
    across,
    samples: [sample('', value)],
  });
  expect(joinReadings([[gauge(2)], [gauge(7)]])).toEqual([gauge(together)]);
});

test('distributions are added bound by bound', () => {
  const series = (labels: string, counts: number[], sum: number) => ({ labels, bounds: [1, 2], counts, sum });
  const one: Reading = { ...HELP, type: 'histogram', series: [series('a', [1, 0, 2], 9)] };
  const other: Reading = {
    ...HELP,
    type: 'histogram',
    series: [series('a', [0, 3, 1], 8), series('b', [1, 0, 0], 1)],
  };
  expect(joinReadings([[one], [other]])).toEqual([
    { ...HELP, type: 'histogram', series: [series('a', [1, 3, 3], 17), series('b', [1, 0, 0], 1)] },
  ]);
});

test('a metric that only one of them has is there, and one of two types is refused', () => {
  const counter: Reading = { ...HELP, type: 'counter', samples: [sample('', 1)] };
  const gauge: Reading = { ...HELP, type: 'gauge', across: 'sum', samples: [sample('', 1)] };
  expect(joinReadings([[], [counter]])).toEqual([counter]);
  expect(() => joinReadings([[counter], [gauge]])).toThrow('kanda_x is a counter in one process');
});

test('of a process that is gone its gauges are gone too', () => {
  const counter: Reading = { ...HELP, type: 'counter', samples: [] };
  const gauge: Reading = { name: 'kanda_y', help: 'Y.', type: 'gauge', across: 'sum', samples: [] };
  expect(lastingOf([counter, gauge])).toEqual([counter]);
});

test('everything that a process tells goes through a channel between processes and is one exposition with that of another', async () => {
  const processes = await Promise.all([readingsOfProcess(3), readingsOfProcess(4)]);
  const sent: Reading[][] = JSON.parse(JSON.stringify(processes));
  expect(sent).toEqual(processes);
  const [one, together] = [sent.slice(0, 1), sent].map((some) =>
    parseExposition(expositionOf(joinReadings(some))),
  );
  expect([...(together?.keys() ?? [])]).toEqual([...(one?.keys() ?? [])]);
  const value = (name: string) => together?.get(name)?.samples.get(name)?.[0]?.value;
  expect(value('kanda_lockouts_total')).toBe(7);
  expect(value('kanda_queue_depth')).toBe(7);
  // Of these the processes see the same thing, or one of them does.
  expect(value('kanda_log_events_behind')).toBe(4);
  expect(value('kanda_master_key_age_seconds')).toBe(4);
  expect(value('kanda_build_info')).toBe(1);
});

test('a store that does not answer keeps no one waiting for the figures', async () => {
  const metrics = createMetrics({ version: '1.2.3', masterKeyAgeSeconds: () => new Promise(() => {}) });
  const told = parseExposition(await metrics.render());
  metrics.stop();
  expect(told.get('kanda_build_info')).toBeDefined();
  expect(told.get('kanda_master_key_age_seconds')?.samples.size).toBe(0);
});

/** What one of several processes answers, where every figure is `value`. */
async function readingsOfProcess(value: number): Promise<readonly Reading[]> {
  let read: (() => Promise<readonly Reading[]>) | null = null;
  const workers: Workers = {
    answerWith(own) {
      read = own;
    },
    scrape: () => Promise.reject(new Error('no one leads')),
  };
  const storeFigures = new StoreFigures();
  storeFigures.lockouts = value;
  storeFigures.waiting = () => value;
  const metrics = createMetrics({
    version: '1.2.3',
    workers,
    storeFigures,
    logFigures: { ...noFigures(), behind: value },
    masterKeyAgeSeconds: async () => value,
  });
  metrics.requestsOf('GET', '/x').count(200, value);
  metrics.stop();
  if (read === null) throw new Error('it cannot be read');
  return (read as () => Promise<readonly Reading[]>)();
}

function sample(labels: string, value: number) {
  return { labels, value };
}
