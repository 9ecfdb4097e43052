/** What an account's log comes to, by hour or day. Pure: from rows that a store keeps counting. */

import { HOUR_MS } from '../time.ts';

const DAY_HOURS = 24;

/** Why a code is refused, as the log tells it. */
export const REFUSAL_REASONS = [
  'invalid_code',
  'code_already_used',
  'locked',
  'disabled',
  'client_not_found',
  'secret_unreadable',
] as const;
export type LoggedRefusal = (typeof REFUSAL_REASONS)[number];

/** Refused codes by reason. `other`: reasons that were not told apart yet, or that this version does not know. */
export type Refusals = Readonly<Record<LoggedRefusal | 'other', number>>;

export const RANGES = ['24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

/** Hours since the epoch, both included, and how many of them make a bucket. `first` begins a bucket. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly bucketHours: number;
}

const SPANS: Readonly<Record<Range, { readonly hours: number; readonly bucketHours: number }>> = {
  '24h': { hours: DAY_HOURS, bucketHours: 1 },
  '7d': { hours: 7 * DAY_HOURS, bucketHours: 1 },
  '30d': { hours: 30 * DAY_HOURS, bucketHours: DAY_HOURS },
};

/** An own span of up to this many days has buckets of an hour, a longer one of a day. */
const MAX_DAYS_OF_HOURS = 7;
/** The longest own span. */
export const MAX_DAYS = 366;

/** One bucket of an account, by its first hour, as it is counted with each event. */
export interface HourCounts {
  readonly hour: number;
  readonly accepted: number;
  readonly refused: number;
  /** Clients that were locked in it. */
  readonly locked: number;
}

export interface HourRefusals {
  readonly hour: number;
  readonly reason: string;
  readonly refusals: number;
}

export interface HourlyActivity {
  readonly hours: readonly HourCounts[];
  /** May lag behind `hours` by what was logged in the last moments. */
  readonly refusals: readonly HourRefusals[];
}

/** How many clients an account has. Those that are disabled do not count as locked. */
export interface ClientCounts {
  readonly total: number;
  readonly disabled: number;
  readonly locked: number;
}

export interface Counts {
  readonly accepted: number;
  readonly refused: number;
  readonly reasons: Refusals;
  /** Clients that were locked. */
  readonly lockouts: number;
}

export interface Bucket extends Counts {
  /** ms; the bucket goes to the start of the next. */
  readonly start: number;
}

export interface Statistics {
  readonly bucketMs: number;
  /** ms; the start of the first bucket. */
  readonly from: number;
  readonly totals: Counts & { readonly failureRate: number | null };
  /** Oldest first, without gaps; the last one is the one that is running. */
  readonly buckets: readonly Bucket[];
}

/** What a range is at `now` (ms). Days are those of UTC. */
export function spanOf(range: Range, now: number): Span {
  const { hours, bucketHours } = SPANS[range];
  const last = Math.floor(now / HOUR_MS);
  return { first: startOf(last, bucketHours) + bucketHours - hours, last, bucketHours };
}

/** Why a span cannot be: what is wrong with which end. */
export interface SpanProblem {
  readonly field: 'from' | 'to';
  readonly message: string;
}

/**
 * What lies from `from` up to `to` (ms, the latter excluded) at `now`, rounded outwards to whole hours or days of UTC.
 * It ends with the hour that is running, if not before.
 */
export function spanBetween(from: number, to: number, now: number): Span | { readonly problem: SpanProblem } {
  if (Number.isNaN(from)) return { problem: { field: 'from', message: 'is no time' } };
  if (Number.isNaN(to)) return { problem: { field: 'to', message: 'is no time' } };
  if (from > now) return { problem: { field: 'from', message: 'is in the future' } };
  if (to <= from) return { problem: { field: 'to', message: 'must be after from' } };
  const running = Math.floor(now / HOUR_MS);
  const first = Math.floor(from / HOUR_MS);
  const last = Math.min(Math.ceil(to / HOUR_MS) - 1, running);
  const bucketHours = last - first < MAX_DAYS_OF_HOURS * DAY_HOURS ? 1 : DAY_HOURS;
  const span = {
    first: startOf(first, bucketHours),
    last: Math.min(startOf(last, bucketHours) + bucketHours - 1, running),
    bucketHours,
  };
  return span.last - span.first < MAX_DAYS * DAY_HOURS
    ? span
    : { problem: { field: 'from', message: `is more than ${MAX_DAYS} days before the end` } };
}

function startOf(hour: number, bucketHours: number): number {
  return Math.floor(hour / bucketHours) * bucketHours;
}

/** Sorts what was counted into the buckets of a span. What lies outside of it is left out. */
export function statisticsOf(activity: HourlyActivity, { first, last, bucketHours }: Span): Statistics {
  const tallies: Tally[] = [];
  for (let hour = first; hour <= last; hour += bucketHours) tallies.push(new Tally(hour * HOUR_MS));
  const tallyOf = (hour: number) => tallies[Math.floor((hour - first) / bucketHours)];
  for (const counts of activity.hours) tallyOf(counts.hour)?.add(counts);
  for (const { hour, reason, refusals } of activity.refusals) tallyOf(hour)?.addRefusals(reason, refusals);

  const buckets = tallies.map((tally) => tally.bucket());
  const whole = new Tally(first * HOUR_MS);
  for (const { accepted, refused, lockouts, reasons } of buckets) {
    whole.add({ accepted, refused, locked: lockouts });
    for (const reason of REFUSAL_REASONS) whole.addRefusals(reason, reasons[reason]);
  }
  const { start: from, ...totals } = whole.bucket();
  const judged = totals.accepted + totals.refused;
  return {
    bucketMs: bucketHours * HOUR_MS,
    from,
    totals: { ...totals, failureRate: judged === 0 ? null : totals.refused / judged },
    buckets,
  };
}

class Tally {
  readonly #start: number;
  readonly #reasons = Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0])) as Record<
    LoggedRefusal,
    number
  >;
  #accepted = 0;
  #refused = 0;
  #lockouts = 0;
  #explained = 0;

  constructor(start: number) {
    this.#start = start;
  }

  add({ accepted, refused, locked }: Omit<HourCounts, 'hour'>): void {
    this.#accepted += accepted;
    this.#refused += refused;
    this.#lockouts += locked;
  }

  addRefusals(reason: string, refusals: number): void {
    if (!isReason(reason)) return;
    this.#reasons[reason] += refusals;
    this.#explained += refusals;
  }

  /** An event can come between the two reads: what was refused is never less than what is explained. */
  bucket(): Bucket {
    const refused = Math.max(this.#refused, this.#explained);
    return {
      start: this.#start,
      accepted: this.#accepted,
      refused,
      reasons: { ...this.#reasons, other: refused - this.#explained },
      lockouts: this.#lockouts,
    };
  }
}

function isReason(text: string): text is LoggedRefusal {
  return (REFUSAL_REASONS as readonly string[]).includes(text);
}
