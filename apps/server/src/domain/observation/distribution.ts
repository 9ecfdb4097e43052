/** How often values fell below each of a fixed row of bounds. Counting one is a comparison or two: no allocation. */
export class Distribution {
  /** Ascending; a value belongs to the first bound that is not below it. */
  readonly bounds: readonly number[];
  /** One for each bound, and a last one for what is above all of them. Not cumulative. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] as number)) index++;
    counts[index] = (counts[index] as number) + 1;
    this.sum += value;
  }
}
