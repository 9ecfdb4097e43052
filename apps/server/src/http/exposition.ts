import type { Distribution } from '../domain/distribution.ts';

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

/** One metric of Prometheus' text format. What it shows is read when somebody asks. */
export type Metric = {
  readonly name: string;
  /** One line, without a backslash. */
  readonly help: string;
} & (
  | { readonly type: 'counter' | 'gauge'; readonly samples: () => readonly Sample[] }
  | { readonly type: 'histogram'; readonly series: () => readonly Series[] }
);

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The text that Prometheus scrapes: version 0.0.4 of its exposition format. */
export function exposition(metrics: readonly Metric[]): string {
  let text = '';
  for (const metric of metrics) {
    text += `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n`;
    if (metric.type === 'histogram') {
      for (const series of metric.series()) text += histogram(metric.name, series);
    } else {
      for (const { labels, value } of metric.samples()) text += line(metric.name, labels, value);
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

function histogram(name: string, { labels, distribution }: Series): string {
  const { bounds, counts, sum } = distribution;
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
