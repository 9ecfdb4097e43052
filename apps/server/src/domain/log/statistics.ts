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

/** Times are in UTC, and in whole hours since the epoch until they are shown. */
interface Span {
  readonly hours: number;
  readonly bucketHours: number;
}

const SPANS: Readonly<Record<Range, Span>> = {
  '24h': { hours: DAY_HOURS, bucketHours: 1 },
  '7d': { hours: 7 * DAY_HOURS, bucketHours: 1 },
  '30d': { hours: 30 * DAY_HOURS, bucketHours: DAY_HOURS },
};

/** One hour of an account, as it is counted with each event. */
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

/** The hours that a range has at `now` (ms), both included. Days are those of UTC. */
export function hoursOf(range: Range, now: number): { readonly first: number; readonly last: number } {
  const { hours, bucketHours } = SPANS[range];
  const last = Math.floor(now / HOUR_MS);
  const running = Math.floor(last / bucketHours) * bucketHours;
  return { first: running + bucketHours - hours, last };
}

/** Sorts what was counted into the buckets of a range. What lies outside of it is left out. */
export function statisticsOf(activity: HourlyActivity, range: Range, now: number): Statistics {
  const { first, last } = hoursOf(range, now);
  const { bucketHours } = SPANS[range];
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
