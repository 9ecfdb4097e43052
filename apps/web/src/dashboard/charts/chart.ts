import { timeFormat } from '../../ui/formats.ts';
import {
  clockTime,
  dayAndHour,
  dayAndMonth,
  hourOfDay,
  utcDay,
  utcDayAndMonth,
} from '../../ui/time-words.ts';
import type { Show } from '../searches.ts';
import type { Statistics } from '../statistics.ts';
import type { LookName } from './looks.tsx';

/** Counts of one kind, of the same look in each bar. */
export interface Series {
  id: SeriesId;
  look: LookName;
}

export interface Bar {
  /** ms: when it begins. No two bars have the same, though two hours read alike when clocks go back. */
  start: number;
  /** "Mon, 14:00" */
  label: string;
  /** What is below the axis, for some of them. */
  tick: string | null;
  /** As many as there are series, in their order: from the axis upwards. */
  values: readonly number[];
}

export interface Chart {
  show: Show;
  bucketSeconds: number;
  series: readonly Series[];
  bars: readonly Bar[];
}

type Reason = keyof Statistics['totals']['reasons'];
export type SeriesId = 'accepted' | 'refused' | 'lockouts' | Reason;

/** What the API counts in an hour or a day; for one key, accepted and refused alone. */
interface Bucket {
  /** RFC 3339 */
  start: string;
  accepted: number;
  refused: number;
  reasons?: Readonly<Record<Reason, number>>;
  lockouts?: number;
}

interface CountedSeries extends Series {
  of: (bucket: Bucket) => number;
}

/** Two that are next to each other differ without colour, too. */
const REASON_LOOKS: Readonly<Record<Reason, LookName>> = {
  invalid_code: 'hatched',
  code_already_used: 'warning',
  locked: 'lined',
  disabled: 'muted',
  client_not_found: 'dotted',
  secret_unreadable: 'danger',
  other: 'empty',
};

const SERIES: Readonly<Record<Show, readonly CountedSeries[]>> = {
  codes: [
    { id: 'accepted', look: 'accent', of: ({ accepted }) => accepted },
    { id: 'refused', look: 'hatched', of: ({ refused }) => refused },
  ],
  reasons: (Object.keys(REASON_LOOKS) as Reason[]).map((id) => ({
    id,
    look: REASON_LOOKS[id],
    of: ({ reasons }) => reasons?.[id] ?? 0,
  })),
  lockouts: [{ id: 'lockouts', look: 'lined', of: ({ lockouts = 0 }) => lockouts }],
};

export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 24 * HOUR_SECONDS;
const HOURS_PER_TICK = 6;
const DAYS_PER_TICK = 7;
/** Up to this many days have a word for each week. */
const DAYS_OF_WEEKS = 31;
/** More dates below the axis would touch in a narrow window. */
const MOST_DATES = 4;
/** Up to this many hours have the time of day below the axis, more of them the day. */
const HOURS_OF_A_DAY = 24;

interface ChartOptions {
  show?: Show;
  /** Hours are named with their date: they are not the last ones. */
  dated?: boolean;
}

/** Hours in the reader's zone. Days are those of UTC, and are named as such. */
export function chartOf(
  buckets: readonly Bucket[],
  bucketSeconds: number,
  { show = 'codes', dated = false }: ChartOptions = {},
): Chart {
  const counted = SERIES[show];
  const name = bucketSeconds === DAY_SECONDS ? dayNames(buckets.length) : hourNames(buckets.length, dated);
  const bars = buckets.map((bucket, index) => {
    const start = Date.parse(bucket.start);
    return { start, ...name(start, index), values: counted.map(({ of }) => of(bucket)) };
  });
  return { show, bucketSeconds, series: counted.map(({ id, look }) => ({ id, look })), bars };
}

function dayNames(count: number) {
  const perTick = count <= DAYS_OF_WEEKS ? DAYS_PER_TICK : Math.ceil(count / MOST_DATES);
  return (at: number, index: number) => ({
    label: utcDay(at),
    tick: index % perTick === 0 ? utcDayAndMonth(at) : null,
  });
}

function hourNames(count: number, dated: boolean) {
  const days = Math.ceil(count / HOURS_OF_A_DAY);
  const daysPerTick = dated ? Math.ceil(days / MOST_DATES) : 1;
  return (at: number, index: number) => {
    const label = dated ? dayAndHour(at) : hourOfDay(at);
    if (days <= 1) return { label, tick: index % HOURS_PER_TICK === 0 ? clockTime(at) : null };
    const isTicked = new Date(at).getHours() === 0 && Math.floor(index / HOURS_OF_A_DAY) % daysPerTick === 0;
    return { label, tick: isTicked ? (dated ? dayAndMonth(at) : dayName(at)) : null };
  };
}

function dayName(at: number): string {
  return timeFormat({ weekday: 'short' }).format(at);
}

/** Without the reasons that did not occur: seven names, of which two are meant, are hard to read. */
export function withoutUnused(chart: Chart): Chart {
  if (chart.show !== 'reasons') return chart;
  const totals = totalsOf(chart);
  const used = (_: unknown, index: number) => (totals[index] ?? 0) > 0;
  return {
    ...chart,
    series: chart.series.filter(used),
    bars: chart.bars.map((bar) => ({ ...bar, values: bar.values.filter(used) })),
  };
}

/** What each series comes to, in their order. */
export function totalsOf({ series, bars }: Chart): number[] {
  return series.map((_, index) => bars.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
}

/** How high a bar is. */
export function heightOf({ values }: Bar): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The bars in which anything was counted. */
export function busyBars({ bars }: Chart): Bar[] {
  return bars.filter((bar) => heightOf(bar) > 0);
}
