const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `at` and `now` in ms: "just now", "4 min ago", "in 3 hours". Older than four weeks: the date. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  // Clocks of two machines differ by a little: what happened "in 2 seconds" has just happened.
  if (distance < MINUTE) return 'just now';
  if (distance > 28 * DAY) return dateOnly(at);
  const words = amount(distance);
  return at > now ? `in ${words}` : `${words} ago`;
}

function amount(distance: number): string {
  if (distance < HOUR) return `${Math.round(distance / MINUTE)} min`;
  if (distance < DAY) return counted(Math.round(distance / HOUR), 'hour');
  return counted(Math.round(distance / DAY), 'day');
}

/** "1 client", "12 clients" */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

const EXACT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const HOUR_OF_DAY = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

const UTC_DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const UTC_DAY_AND_MONTH = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});

/** An RFC 3339 time in the reader's zone: "23 Nov 2026, 14:02:11". */
export function absoluteTime(at: string): string {
  return EXACT.format(new Date(at));
}

/** "23 Nov 2026" */
export function dateOnly(at: number): string {
  return DATE.format(at);
}

/** "23 Nov 2026", for what is counted by days of UTC: wherever the reader is, the day is that of UTC. */
export function utcDay(at: number): string {
  return UTC_DAY.format(at);
}

/** The same without the year: "23 Nov" */
export function utcDayAndMonth(at: number): string {
  return UTC_DAY_AND_MONTH.format(at);
}

/** "14:02" */
export function clockTime(at: number): string {
  return CLOCK.format(at);
}

/** "Mon, 14:00" */
export function hourOfDay(at: number): string {
  return HOUR_OF_DAY.format(at);
}

/** How long until something: "40 seconds", "4 minutes", "3 hours". Never less than is left. */
export function waitTime(seconds: number): string {
  if (seconds <= 90) return counted(Math.max(1, Math.ceil(seconds)), 'second');
  if (seconds <= 90 * 60) return counted(Math.ceil(seconds / 60), 'minute');
  return counted(Math.ceil(seconds / 3600), 'hour');
}
