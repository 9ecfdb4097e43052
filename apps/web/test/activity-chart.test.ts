import { expect, test } from 'vitest';
import { csvLine as lineOfTheLog } from '../../server/src/http/routes/log/csv.ts';
import {
  chartOf,
  DAY_SECONDS,
  HOUR_SECONDS,
  totalsOf,
  withoutUnused,
} from '../src/dashboard/charts/chart.ts';
import { chartSummary } from '../src/dashboard/charts/chart-words.ts';
import { chartCsv, csvLine, csvName } from '../src/dashboard/charts/csv.ts';

const NO_REASONS = {
  invalid_code: 0,
  code_already_used: 0,
  locked: 0,
  disabled: 0,
  client_not_found: 0,
  secret_unreadable: 0,
  other: 0,
};
const BUCKETS = [
  {
    start: '2026-10-25T00:00:00.000Z',
    accepted: 5,
    refused: 4,
    reasons: { ...NO_REASONS, invalid_code: 1, other: 3 },
    lockouts: 2,
  },
  {
    start: '2026-10-26T00:00:00.000Z',
    accepted: 1,
    refused: 2,
    reasons: { ...NO_REASONS, invalid_code: 2 },
    lockouts: 0,
  },
];

test('each choice shows counts of its own, in the order of its series', () => {
  const values = (show: 'codes' | 'reasons' | 'lockouts') =>
    withoutUnused(chartOf(BUCKETS, DAY_SECONDS, { show })).bars.map((bar) => bar.values);
  expect(values('codes')).toEqual([
    [5, 4],
    [1, 2],
  ]);
  expect(values('reasons')).toEqual([
    [1, 3],
    [2, 0],
  ]);
  expect(values('lockouts')).toEqual([[2], [0]]);
  const reasons = withoutUnused(chartOf(BUCKETS, DAY_SECONDS, { show: 'reasons' }));
  expect(reasons.series.map(({ id }) => id)).toEqual(['invalid_code', 'other']);
  expect(totalsOf(reasons)).toEqual([3, 3]);
});

test('a chart is two sentences to those who cannot see it', () => {
  const said = (show: 'codes' | 'reasons' | 'lockouts') =>
    chartSummary(chartOf(BUCKETS, DAY_SECONDS, { show }), 'last 30 days');
  expect(said('codes')).toBe(
    'Codes, last 30 days: 6 codes accepted, 6 refused. The most at once: 9, 25 Oct 2026.',
  );
  expect(said('reasons')).toBe(
    'Refused codes, last 30 days: 6 codes refused: 3 wrong code, 3 other reason. The most at once: 4, 25 Oct 2026.',
  );
  expect(said('lockouts')).toBe(
    'Users locked, last 30 days: 2 users locked. The most at once: 2, 25 Oct 2026.',
  );
  expect(chartSummary(chartOf([], HOUR_SECONDS, { show: 'reasons' }), 'last 24 hours')).toBe(
    'Refused codes, last 24 hours: No codes were refused.',
  );
});

test('a file has what the chart shows, with all reasons and all times, and a plain name', () => {
  const chart = chartOf(BUCKETS, DAY_SECONDS, { show: 'reasons' });
  expect(chartCsv(chart)).toBe(
    [
      'start,end,invalid_code,code_already_used,locked,disabled,client_not_found,secret_unreadable,other',
      '2026-10-25T00:00:00.000Z,2026-10-26T00:00:00.000Z,1,0,0,0,0,0,3',
      '2026-10-26T00:00:00.000Z,2026-10-27T00:00:00.000Z,2,0,0,0,0,0,0',
      '',
    ].join('\r\n'),
  );
  expect(csvName(chart)).toBe('kanda-reasons-2026-10-25-to-2026-10-26.csv');
  expect(csvName(chartOf(BUCKETS, DAY_SECONDS), 'key-../=5a0c')).toBe(
    'kanda-key-5a0c-codes-2026-10-25-to-2026-10-26.csv',
  );
});

test('no cell of a file is run as a formula, as in the CSV of the log', () => {
  const lines = [
    [['=1+1', '+1', '-1', '@a', '\tb', '＝1'], "'=1+1,'+1,'-1,'@a,'\tb,'＝1\r\n"],
    [['a;=1', 'a;b', 'say "=1"'], `a;'=1,a;b,"say ""=1"""\r\n`],
    [[-1, 0, 12.5], '-1,0,12.5\r\n'],
  ] as const;
  for (const [cells, line] of lines) {
    expect(csvLine(cells)).toBe(line);
    expect(lineOfTheLog(cells)).toBe(line);
  }
});

test.each([
  [24, false, 4],
  [168, true, 4],
  [366, undefined, 4],
  [30, undefined, 5],
])('%i bars have few words below the axis', (count, dated, ticks) => {
  const seconds = dated === undefined ? DAY_SECONDS : HOUR_SECONDS;
  const buckets = Array.from({ length: count }, (_, index) => ({
    start: new Date(Date.UTC(2026, 0, 1) + index * seconds * 1000).toISOString(),
    accepted: 0,
    refused: 0,
  }));
  const { bars } = chartOf(buckets, seconds, { dated: dated === true });
  expect(bars.filter(({ tick }) => tick !== null)).toHaveLength(ticks);
});
