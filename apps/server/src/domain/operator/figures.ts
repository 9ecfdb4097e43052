/** Values of metrics, by name with labels as `/metrics` has them: `kanda_worker_up{worker="1"}`. */
export type Figures = ReadonlyMap<string, number>;

/** Those in the text of `/metrics`. Histograms are left out: no finding needs them. */
export function figuresIn(text: string): Figures {
  const lines = [...text.matchAll(/^([a-z_]+(?:\{[^}\n]*\})?) (\S+)$/gm)];
  return new Map(lines.map(([, key = '', value]) => [key, Number(value)]));
}

/** All samples of a metric, whatever their labels. */
export function samplesOf(figures: Figures, name: string): readonly number[] {
  return [...figures].filter(([key]) => key === name || key.startsWith(`${name}{`)).map(([, value]) => value);
}

/** The only sample of a metric, or the largest; null: there is none. */
export function figureOf(figures: Figures, name: string): number | null {
  const samples = samplesOf(figures, name);
  return samples.length === 0 ? null : Math.max(...samples);
}
