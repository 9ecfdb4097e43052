import { t } from '../../texts/charts.ts';
import { numberWords } from '../../ui/formats.ts';
import { counted, utcDay } from '../../ui/time-words.ts';
import type { Range, Show } from '../searches.ts';
import { type OwnRange, startOfDay } from '../statistics.ts';
import type { Bar, Chart, SeriesId } from './chart.ts';
import { busyBars, heightOf, totalsOf } from './chart.ts';

/** What a chart can show, as it is offered. */
export const showWords = (show: Show): string => t.shows[show];

/** "last 24 hours", "23 Nov 2026 to 30 Nov 2026" */
export function rangeWords(range: Range | OwnRange): string {
  if (typeof range === 'string') return t.ranges[range];
  const [from, to] = [utcDay(startOfDay(range.from)), utcDay(startOfDay(range.to))];
  return from === to ? from : t.fromTo(from, to);
}

/** "Codes, last 24 hours" */
export function chartTitle(show: Show, range: string): string {
  return `${t.titles[show]}, ${range}`;
}

export function seriesWords(id: SeriesId): string {
  return t.series[id];
}

/** "12 accepted" */
export function valueWords(id: SeriesId, value: number): string {
  return `${numberWords(value)} ${t.series[id]}`;
}

/** "accepted 12" */
export function legendWords(id: SeriesId, value: number): string {
  return `${t.series[id]} ${numberWords(value)}`;
}

export function nothingWords(show: Show): string {
  return t.nothing[show];
}

/** What one bar says: "Mon, 14:00: 3 codes accepted, 1 refused." */
export function barWords({ show, series }: Chart, bar: Bar): string {
  return `${bar.label}: ${valuesWords(show, series, bar.values)}.`;
}

/** Among empty hours one bar says less than a sentence. */
export function loneBarWords(chart: Chart, bar: Bar): string {
  return t.loneBar(barWords(chart, bar));
}

/** The whole chart in two sentences, for those who cannot see it. */
export function chartSummary(chart: Chart, range: string): string {
  const { show, series } = chart;
  const title = chartTitle(show, range);
  const busy = busyBars(chart);
  const [first] = busy;
  if (first === undefined) return `${title}: ${nothingWords(show)}`;
  const most = busy.reduce((highest, bar) => (heightOf(bar) > heightOf(highest) ? bar : highest), first);
  const said = `${title}: ${valuesWords(show, series, totalsOf(chart))}.`;
  return t.mostAtOnce(said, numberWords(heightOf(most)), most.label);
}

function valuesWords(show: Show, series: Chart['series'], values: readonly number[]): string {
  if (show === 'lockouts') return t.usersLocked(counted(values[0] ?? 0, 'user'));
  if (show === 'codes') {
    const [accepted = 0, refused = 0] = values;
    return t.acceptedRefused(counted(accepted, 'code'), numberWords(refused));
  }
  const refused = values.reduce((sum, value) => sum + value, 0);
  const each = series
    .map(({ id }, index) => ({ id, value: values[index] ?? 0 }))
    .filter(({ value }) => value > 0)
    .map(({ id, value }) => valueWords(id, value));
  return t.refusedEach(counted(refused, 'code'), each.length === 0 ? '' : `: ${each.join(', ')}`);
}
