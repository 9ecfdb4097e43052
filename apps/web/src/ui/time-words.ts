import { t } from '../texts/ui.ts';
import { numberWords, timeFormat } from './formats.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `at` and `now` in ms: "just now", "4 min ago", "in 3 hours". Older than four weeks: the date. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  // Clocks of two machines differ by a little: what happened "in 2 seconds" has just happened.
  if (distance < MINUTE) return t.justNow;
  if (distance > 28 * DAY) return dateOnly(at);
  const words = amount(distance);
  return at > now ? t.inTime(words) : t.ago(words);
}

function amount(distance: number): string {
  if (distance < HOUR) return t.minutesShort(Math.round(distance / MINUTE));
  if (distance < DAY) return counted(Math.round(distance / HOUR), 'hour');
  return counted(Math.round(distance / DAY), 'day');
}

/** What is counted on the pages. */
export type Noun = keyof typeof t.nouns;

/** "1 user", "12 users" */
export function counted(count: number, noun: Noun): string {
  const [one, many] = t.nouns[noun];
  return `${numberWords(count)} ${count === 1 ? one : many}`;
}

const EXACT = {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
} as const;
const DATE = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit' } as const;
const HOUR_OF_DAY = { weekday: 'short', hour: '2-digit', minute: '2-digit' } as const;
const DAY_AND_HOUR = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
const DAY_AND_MONTH = { day: 'numeric', month: 'short' } as const;

const UTC_DAY = {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
} as const;
const UTC_DAY_AND_MONTH = {
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
} as const;

/** An RFC 3339 time in the reader's zone: "23 Nov 2026, 14:02:11". */
export function absoluteTime(at: string): string {
  return timeFormat(EXACT).format(new Date(at));
}

/** "23 Nov 2026" */
export function dateOnly(at: number): string {
  return timeFormat(DATE).format(at);
}

/** "23 Nov 2026", for what is counted by days of UTC: wherever the reader is, the day is that of UTC. */
export function utcDay(at: number): string {
  return timeFormat(UTC_DAY).format(at);
}

/** The same without the year: "23 Nov" */
export function utcDayAndMonth(at: number): string {
  return timeFormat(UTC_DAY_AND_MONTH).format(at);
}

/** "14:02" */
export function clockTime(at: number): string {
  return timeFormat(CLOCK).format(at);
}

/** "Mon, 14:00" */
export function hourOfDay(at: number): string {
  return timeFormat(HOUR_OF_DAY).format(at);
}

/** "23 Nov, 14:00" */
export function dayAndHour(at: number): string {
  return timeFormat(DAY_AND_HOUR).format(at);
}

/** "23 Nov" */
export function dayAndMonth(at: number): string {
  return timeFormat(DAY_AND_MONTH).format(at);
}

/** How long until something: "40 seconds", "4 minutes", "3 hours". Never less than is left. */
export function waitTime(seconds: number): string {
  if (seconds <= 90) return counted(Math.max(1, Math.ceil(seconds)), 'second');
  if (seconds <= 90 * 60) return counted(Math.ceil(seconds / 60), 'minute');
  return counted(Math.ceil(seconds / 3600), 'hour');
}
