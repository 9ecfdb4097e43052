import type { Distribution } from '../../domain/observation/distribution.ts';
import { type Across, type Reading, readingsOf, type SeriesReading } from './readings.ts';

/** One measured value with its labels, already written as `name="value",…`; empty: it has none. */
export interface Sample {
  readonly labels: string;
  readonly value: number;
}

/** A distribution with its labels, written as those of a `Sample`. */
export interface Series {
  readonly labels: string;
  readonly distribution: Distribution;
}

/** One metric of Prometheus' text format. Its values are read at each scrape. */
export type Metric = {
  readonly name: string;
  /** One line, without a backslash. */
  readonly help: string;
} & (
  | { readonly type: 'counter'; readonly samples: () => readonly Sample[] }
  | { readonly type: 'gauge'; readonly across: Across; readonly samples: () => readonly Sample[] }
  | { readonly type: 'histogram'; readonly series: () => readonly Series[] }
);

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The text that Prometheus scrapes: version 0.0.4 of its exposition format. */
export function exposition(metrics: readonly Metric[]): string {
  return expositionOf(readingsOf(metrics));
}

/** The same of metrics that have been read, maybe in another process. */
export function expositionOf(readings: readonly Reading[]): string {
  let text = '';
  for (const reading of readings) {
    text += `# HELP ${reading.name} ${reading.help}\n# TYPE ${reading.name} ${reading.type}\n`;
    if (reading.type === 'histogram') {
      for (const series of reading.series) text += histogram(reading.name, series);
    } else {
      for (const { labels, value } of reading.samples) text += line(reading.name, labels, value);
    }
  }
  return text;
}

/** `name="value",…` with the values escaped as the format wants it. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`)
    .join(',');
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function histogram(name: string, { labels, bounds, counts, sum }: SeriesReading): string {
  const before = labels === '' ? '' : `${labels},`;
  let text = '';
  let below = 0;
  for (const [index, bound] of bounds.entries()) {
    below += counts[index] ?? 0;
    text += `${name}_bucket{${before}le="${bound}"} ${below}\n`;
  }
  below += counts[bounds.length] ?? 0;
  text += `${name}_bucket{${before}le="+Inf"} ${below}\n`;
  return text + line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, below);
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`;
}
