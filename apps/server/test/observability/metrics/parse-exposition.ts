/** A strict reader of Prometheus' text format 0.0.4: what the format does not allow, it refuses. */

export interface ScrapedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ScrapedMetric {
  readonly type: string;
  readonly help: string;
  /** By the sample's name: a histogram has three. */
  readonly samples: Map<string, ScrapedSample[]>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]Inf)$/;
const TYPES = ['counter', 'gauge', 'histogram'];

/** @throws with the line that breaks a rule of the format */
export function parseExposition(text: string): Map<string, ScrapedMetric> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const metrics = new Map<string, ScrapedMetric>();
  const seen = new Set<string>();
  let current: { name: string; help: string | null; metric: ScrapedMetric | null } | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    const [, kind, name = '', rest = ''] = COMMENT.exec(line) ?? [];
    if (kind === 'HELP') {
      if (metrics.has(name)) fail('a metric in two places');
      current = { name, help: rest, metric: null };
    } else if (kind === 'TYPE') {
      if (current?.name !== name || current.metric !== null) fail('a type without its help before it');
      if (!TYPES.includes(rest)) fail('no type');
      const metric: ScrapedMetric = { type: rest, help: current?.help ?? '', samples: new Map() };
      if (current !== null) current.metric = metric;
      metrics.set(name, metric);
    } else {
      const [, sample = '', labelText, number = ''] = SAMPLE.exec(line) ?? fail('no sample');
      if (current === null || current.metric === null) return fail('a sample before its type');
      const suffixes = current.metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      if (!suffixes.some((suffix) => sample === `${current?.name}${suffix}`))
        fail('a sample of another metric');
      if (!NUMBER.test(number)) fail('no number');
      const labels = labelText === undefined ? {} : parseLabels(labelText, fail);
      const series = `${sample}${JSON.stringify(Object.entries(labels).sort())}`;
      if (seen.has(series)) fail('a series twice');
      seen.add(series);
      const samples = current.metric.samples.get(sample) ?? [];
      samples.push({ labels, value: number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number) });
      current.metric.samples.set(sample, samples);
    }
  }
  for (const [name, metric] of metrics) checkMetric(name, metric);
  return metrics;
}

function parseLabels(text: string, fail: (why: string) => never): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [whole = '', name = '', value = ''] = LABEL.exec(rest) ?? fail('no labels');
    if (name in labels) fail('a label twice');
    labels[name] = value.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function checkMetric(name: string, { type, samples }: ScrapedMetric): void {
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`);
  for (const { value } of type === 'counter' ? (samples.get(name) ?? []) : []) {
    if (!(value >= 0)) throw new Error(`${name} is ${value}`);
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

/** Buckets ascend, the last one is everything, and it is the count. */
function checkHistogram(name: string, samples: ScrapedMetric['samples']): void {
  const series = new Map<string, ScrapedSample[]>();
  for (const sample of samples.get(`${name}_bucket`) ?? []) {
    const { le, ...others } = sample.labels;
    if (le === undefined) throw new Error(`${name} has a bucket without a bound`);
    const key = JSON.stringify(others);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, buckets] of series) {
    const bounds = buckets.map(({ labels }) =>
      labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le),
    );
    const ascends = (values: readonly number[], strictly: boolean) =>
      values.every(
        (value, index) =>
          index === 0 || value > (values[index - 1] ?? 0) || (!strictly && value === values[index - 1]),
      );
    const totals = buckets.map(({ value }) => value);
    const count = samples.get(`${name}_count`)?.find(({ labels }) => JSON.stringify(labels) === key)?.value;
    const sum = samples.get(`${name}_sum`)?.some(({ labels }) => JSON.stringify(labels) === key);
    if (!ascends(bounds, true) || bounds.at(-1) !== Number.POSITIVE_INFINITY || !ascends(totals, false)) {
      throw new Error(`the buckets of ${name}${key} do not ascend to +Inf`);
    }
    if (count !== totals.at(-1) || sum !== true)
      throw new Error(`the count of ${name}${key} is not that of its buckets`);
  }
}
