import { expect, test } from 'vitest';
import { type Chart, chartSvg, ticksUpTo } from '../../bench/chart.ts';

const chart: Chart = {
  title: 'Clients & keys',
  caption: 'Made up.',
  xLabel: 'connections',
  xTicks: ['1', '2', '4'],
  panels: [
    {
      title: 'Throughput',
      yLabel: 'a second',
      series: [
        { name: 'Kanda', colour: '#000000', values: [10, Number.NaN, 50], hollow: [true, false, false] },
      ],
    },
  ],
};

test.each([
  [0, [0, 1]],
  [4.2, [0, 1, 2, 3, 4, 5]],
  [50, [0, 10, 20, 30, 40, 50]],
  [42_736, [0, 10_000, 20_000, 30_000, 40_000, 50_000]],
  [0.3, [0, 0.1, 0.2, 0.3]],
])('the axis to %d ends at a round number that is not below it', (most, ticks) => {
  expect(ticksUpTo(most)).toEqual(ticks);
});

test('text is escaped, so that any name gives a well-formed picture', () => {
  expect(chartSvg(chart)).toContain('<title>Clients &amp; keys</title>');
});

test('a value that was not measured is a gap and no point', () => {
  expect(chartSvg(chart).match(/<circle/g)).toHaveLength(2);
});

test('the largest value stands highest, and the axis begins at nothing', () => {
  const heights = [...chartSvg(chart).matchAll(/<circle [^>]*cy="([\d.]+)"/g)].map(([, cy]) => Number(cy));
  // 10 and 50 of 50, between y = 280 at the foot and y = 64 at the top.
  expect(heights).toEqual([236.8, 64]);
});

test('a hollow point is filled with the ground', () => {
  expect(chartSvg(chart).match(/<circle [^>]*fill="#ffffff"/g)).toHaveLength(1);
});
