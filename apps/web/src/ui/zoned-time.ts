import { timeFormat } from './formats.ts';

/** Times in a zone that the reader has chosen: an IANA name, or undefined for the browser's own. */
export type Zone = string | undefined;

function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return timeFormat(zone === undefined ? options : { ...options, timeZone: zone });
}

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;

/** "23 Nov 2026, 14:02:11" */
export function exactTimeIn(at: number, zone: Zone): string {
  return format(zone, { day: 'numeric', month: 'short', year: 'numeric', ...CLOCK }).format(at);
}

/** The time to the second, with as much of the date as is not today's: "14:02:11", "23 Nov, 14:02:11". */
export function logTimeIn(at: number, now: number, zone: Zone): string {
  if (sameDayIn(at, now, zone)) return format(zone, CLOCK).format(at);
  const year = (time: number) => format(zone, { year: 'numeric' }).format(time);
  if (year(at) !== year(now)) return exactTimeIn(at, zone);
  return format(zone, { day: 'numeric', month: 'short', ...CLOCK }).format(at);
}

/** Whether both (ms) are on one day of the zone. */
export function sameDayIn(one: number, other: number, zone: Zone): boolean {
  return fieldOf(one, zone).slice(0, 10) === fieldOf(other, zone).slice(0, 10);
}

/** What a `datetime-local` field shows for a time (ms). */
function fieldOf(at: number, zone: Zone): string {
  const options = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  const parts = format(zone, { ...options, hourCycle: 'h23' }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** RFC 3339 as a `datetime-local` field wants it. */
export function toLocalField(time: string | undefined, zone: Zone): string {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? '' : fieldOf(at, zone);
}

/** What such a field holds, as RFC 3339; undefined when it is empty. */
export function fromLocalField(value: string, zone: Zone): string | undefined {
  const wall = Date.parse(`${value}Z`);
  if (value === '' || Number.isNaN(wall)) return undefined;
  const ahead = (at: number) => Date.parse(`${fieldOf(at, zone)}Z`) - Math.floor(at / 60_000) * 60_000;
  const guess = wall - ahead(wall);
  // Where the clock was changed between the two, the zone is ahead by another time at the guess.
  return new Date(wall - ahead(guess)).toISOString();
}

/** Whether this browser knows a zone of this name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The names of the zones that this browser knows. */
export function zoneNames(): readonly string[] {
  return Intl.supportedValuesOf('timeZone');
}

/** The zone of the browser: "Europe/Berlin". */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
