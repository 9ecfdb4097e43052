import type { Metric, Sample } from './exposition.ts';

/** A distribution as it was at one moment. */
export interface SeriesReading {
  readonly labels: string;
  readonly bounds: readonly number[];
  /** One for each bound, and a last one for what is above all of them. Not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A metric as it was at one moment: plain values, which can be sent to another process. */
export type Reading = { readonly name: string; readonly help: string } & (
  | { readonly type: 'counter'; readonly samples: readonly Sample[] }
  | { readonly type: 'gauge'; readonly across: Across; readonly samples: readonly Sample[] }
  | { readonly type: 'histogram'; readonly series: readonly SeriesReading[] }
);

/** What a gauge of several processes together is. */
export type Across = 'sum' | 'max' | 'min';

/** Reads every metric. */
export function readingsOf(metrics: readonly Metric[]): Reading[] {
  return metrics.map((metric): Reading => {
    const { name, help, type } = metric;
    if (type === 'histogram') {
      const series = metric.series().map(({ labels, distribution: { bounds, counts, sum } }) => ({
        labels,
        bounds,
        counts: [...counts],
        sum,
      }));
      return { name, help, type, series };
    }
    const samples = metric.samples();
    return type === 'gauge'
      ? { name, help, type, across: metric.across, samples }
      : { name, help, type, samples };
  });
}

/** Of a process that has ended or does not answer: what only grows, and must not fall back by what it counted. */
export function lastingOf(readings: readonly Reading[]): Reading[] {
  return readings.filter(({ type }) => type !== 'gauge');
}

/**
 * The readings of several processes as those of one: counters and distributions are added, series by series, and
 * gauges follow their own rule.
 */
export function joinReadings(processes: readonly (readonly Reading[])[]): Reading[] {
  const joined = new Map<string, Reading>();
  for (const reading of processes.flat()) {
    const before = joined.get(reading.name);
    joined.set(reading.name, before === undefined ? reading : joinTwo(before, reading));
  }
  return [...joined.values()];
}

function joinTwo(one: Reading, other: Reading): Reading {
  if (one.type === 'histogram' && other.type === 'histogram') {
    return { ...one, series: joinByLabels(one.series, other.series, addSeries) };
  }
  if (one.type === 'counter' && other.type === 'counter') {
    return { ...one, samples: joinByLabels(one.samples, other.samples, by(COMBINE.sum)) };
  }
  if (one.type === 'gauge' && other.type === 'gauge') {
    return { ...one, samples: joinByLabels(one.samples, other.samples, by(COMBINE[one.across])) };
  }
  throw new Error(`${one.name} is a ${one.type} in one process and a ${other.type} in another`);
}

const COMBINE: Readonly<Record<Across, (one: number, other: number) => number>> = {
  sum: (one, other) => one + other,
  max: Math.max,
  min: Math.min,
};

function by(combine: (one: number, other: number) => number) {
  return (one: Sample, other: Sample): Sample => ({ ...one, value: combine(one.value, other.value) });
}

function addSeries(one: SeriesReading, other: SeriesReading): SeriesReading {
  const counts = one.counts.map((count, index) => count + (other.counts[index] ?? 0));
  return { ...one, counts, sum: one.sum + other.sum };
}

function joinByLabels<T extends { readonly labels: string }>(
  some: readonly T[],
  others: readonly T[],
  join: (one: T, other: T) => T,
): T[] {
  const joined = new Map(some.map((one) => [one.labels, one]));
  for (const other of others) {
    const one = joined.get(other.labels);
    joined.set(other.labels, one === undefined ? other : join(one, other));
  }
  return [...joined.values()];
}
