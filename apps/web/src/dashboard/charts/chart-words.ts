import { counted } from '../../ui/time-words.ts';
import type { Show } from '../searches.ts';
import type { Bar, Chart, SeriesId } from './chart.ts';
import { busyBars, heightOf, totalsOf } from './chart.ts';

/** What a chart can show, in the order in which it is offered. */
export const SHOW_WORDS: Readonly<Record<Show, string>> = {
  codes: 'Accepted and refused',
  reasons: 'Refused, by reason',
  lockouts: 'Users locked',
};

const TITLES: Readonly<Record<Show, string>> = {
  codes: 'Codes',
  reasons: 'Refused codes',
  lockouts: 'Users locked',
};

const SERIES_WORDS: Readonly<Record<SeriesId, string>> = {
  accepted: 'accepted',
  refused: 'refused',
  lockouts: 'locked',
  invalid_code: 'wrong code',
  code_already_used: 'used before',
  locked: 'user locked',
  disabled: 'user disabled',
  client_not_found: 'no such user',
  secret_unreadable: 'secret unreadable',
  other: 'other reason',
};

const NOTHING: Readonly<Record<Show, string>> = {
  codes: 'No codes were checked.',
  reasons: 'No codes were refused.',
  lockouts: 'No users were locked.',
};

export const CHART_WORDS = {
  show: 'Show',
  asChart: 'Show as chart',
  asTable: 'Show as table',
  csv: 'Save as CSV',
  time: 'Time',
  table: 'Figures over time',
  bar: 'Bar of the chart',
  daysInUtc: 'Days in UTC.',
  lockouts: 'Locked until they are unlocked or get a new secret; delays are not counted.',
};

/** "Codes, last 24 hours" */
export function chartTitle(show: Show, range: string): string {
  return `${TITLES[show]}, ${range}`;
}

export function seriesWords(id: SeriesId): string {
  return SERIES_WORDS[id];
}

/** "12 accepted" */
export function valueWords(id: SeriesId, value: number): string {
  return `${value.toLocaleString('en')} ${SERIES_WORDS[id]}`;
}

/** "accepted 12" */
export function legendWords(id: SeriesId, value: number): string {
  return `${SERIES_WORDS[id]} ${value.toLocaleString('en')}`;
}

export function nothingWords(show: Show): string {
  return NOTHING[show];
}

/** What one bar says: "Mon, 14:00: 3 codes accepted, 1 refused." */
export function barWords({ show, series }: Chart, bar: Bar): string {
  return `${bar.label}: ${valuesWords(show, series, bar.values)}.`;
}

/** Among empty hours one bar says less than a sentence. */
export function loneBarWords(chart: Chart, bar: Bar): string {
  return `${barWords(chart, bar)} That is all in this time. The chart begins with the second bar.`;
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
  return `${said} The most at once: ${heightOf(most).toLocaleString('en')}, ${most.label}.`;
}

function valuesWords(show: Show, series: Chart['series'], values: readonly number[]): string {
  if (show === 'lockouts') return `${counted(values[0] ?? 0, 'user')} locked`;
  if (show === 'codes') {
    const [accepted = 0, refused = 0] = values;
    return `${counted(accepted, 'code')} accepted, ${refused.toLocaleString('en')} refused`;
  }
  const refused = values.reduce((sum, value) => sum + value, 0);
  const each = series
    .map(({ id }, index) => ({ id, value: values[index] ?? 0 }))
    .filter(({ value }) => value > 0)
    .map(({ id, value }) => valueWords(id, value));
  return `${counted(refused, 'code')} refused${each.length === 0 ? '' : `: ${each.join(', ')}`}`;
}
