import { clockTime, hourOfDay, utcDay, utcDayAndMonth } from '../../ui/time-words.ts';

export interface Bar {
  /** ms: when it begins. No two bars have the same, though two hours read alike when clocks go back. */
  start: number;
  /** "Mon, 14:00" */
  label: string;
  /** What is below the axis, for some of them. */
  tick: string | null;
  accepted: number;
  refused: number;
}

/** What the API counts in an hour or a day. */
interface Bucket {
  /** RFC 3339 */
  start: string;
  accepted: number;
  refused: number;
}

const DAY_SECONDS = 86_400;
const TICKS = { hours: 6, days: 7 };
/** Up to this many hours have the time of day below the axis, more of them the day. */
const HOURS_OF_A_DAY = 24;

/** Hours in the reader's zone. Days are those of UTC, and are named as such. */
export function barsOf(buckets: readonly Bucket[], bucketSeconds: number): Bar[] {
  const name = bucketSeconds === DAY_SECONDS ? dayNames : hourNames(buckets.length);
  return buckets.map(({ start, accepted, refused }, index) => {
    const at = Date.parse(start);
    return { start: at, ...name(at, index), accepted, refused };
  });
}

function dayNames(at: number, index: number) {
  return { label: utcDay(at), tick: index % TICKS.days === 0 ? utcDayAndMonth(at) : null };
}

function hourNames(count: number) {
  return (at: number, index: number) => {
    const label = hourOfDay(at);
    if (count <= HOURS_OF_A_DAY) return { label, tick: index % TICKS.hours === 0 ? clockTime(at) : null };
    return { label, tick: new Date(at).getHours() === 0 ? dayName(at) : null };
  };
}

function dayName(at: number): string {
  return new Date(at).toLocaleDateString('en-GB', { weekday: 'short' });
}
