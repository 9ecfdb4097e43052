import { Fault } from '../errors.ts';
import { HOUR_MS } from '../time.ts';

/** How much one account may have; null: any amount. */
export interface Quotas {
  readonly clients: number | null;
  readonly keys: number | null;
  /** In 24 hours, the current one and the 23 before it. */
  readonly events: number | null;
  /** Bytes, as `storageOf` counts them. */
  readonly storage: number | null;
}

/** The most that a test half may have, whatever a live account may: it holds made-up users. */
const TEST_QUOTAS = {
  clients: 1_000,
  keys: 20,
  events: 100_000,
  storage: 200_000_000,
} as const satisfies Quotas;

/** What a test half may have where a live account may have `live`. */
export function quotasOfTestHalf(live: Quotas): Quotas {
  const least = (quota: keyof Quotas) =>
    Math.min(TEST_QUOTAS[quota], live[quota] ?? Number.POSITIVE_INFINITY);
  return {
    clients: least('clients'),
    keys: least('keys'),
    events: least('events'),
    storage: least('storage'),
  };
}

/** What a store has counted for one account. */
export interface UsageCounts {
  readonly clients: number;
  readonly keys: number;
  /** Recovery codes of clients that are not used yet. */
  readonly recoveryCodes: number;
  /** Trusted devices of clients. */
  readonly devices: number;
  /** Events that have not been pruned. */
  readonly eventsKept: number;
  readonly eventsOfDay: number;
}

/** What one account uses, in the terms of its quotas. */
export type Usage = { readonly [Quota in keyof Quotas]: number };

/**
 * `over`: nothing new is made for the account, and codes for clients that do not exist are not looked at. `far over`: it
 * writes nothing more to its log.
 */
export type Standing =
  | { readonly level: 'within' }
  | { readonly level: 'over' | 'far over'; readonly fault: Fault };

/** Averages of docs/operating/capacity.md for PostgreSQL, where they are larger. */
const EVENT_BYTES = 200;
const CLIENT_BYTES = 500;
const KEY_BYTES = 300;
const RECOVERY_CODE_BYTES = 150;
const DEVICE_BYTES = 250;
/** At this multiple of its events a day an account is far over. */
const FAR_OVER = 2;

export const WITHIN: Standing = { level: 'within' };

/** How many bytes an account takes up, estimated. */
function storageOf({ clients, keys, recoveryCodes, devices, eventsKept }: UsageCounts): number {
  return (
    eventsKept * EVENT_BYTES +
    clients * CLIENT_BYTES +
    keys * KEY_BYTES +
    recoveryCodes * RECOVERY_CODE_BYTES +
    devices * DEVICE_BYTES
  );
}

export function usageOf(counts: UsageCounts): Usage {
  return {
    clients: counts.clients,
    keys: counts.keys,
    events: counts.eventsOfDay,
    storage: storageOf(counts),
  };
}

/** The state of an account's quotas at `now` (ms). Clients and keys do not count here: their store refuses one too many. */
export function standingOf({ events, storage }: Usage, quotas: Quotas, now: number): Standing {
  if (quotas.events !== null && events >= quotas.events) {
    const level = events >= quotas.events * FAR_OVER ? 'far over' : 'over';
    return { level, fault: eventQuotaExceeded(quotas.events, level, now) };
  }
  if (quotas.storage !== null && storage >= quotas.storage) {
    return { level: 'over', fault: storageQuotaExceeded(quotas.storage) };
  }
  return WITHIN;
}

/** Hours since the epoch: the first of the 24 that count at `now` (ms). */
export function firstHourOfDay(now: number): number {
  return Math.floor(now / HOUR_MS) - 23;
}

export function clientQuotaExceeded(most: number): Fault {
  return new Fault(
    'client_quota_exceeded',
    `This account has all of the ${most} users that it may have. Delete those who left, or ask the operator to raise KANDA_QUOTA_CLIENTS.`,
  );
}

export function keyQuotaExceeded(most: number): Fault {
  return new Fault(
    'key_quota_exceeded',
    `This account has all of the ${most} API keys that it may have. Revoke those that are not used, or ask the operator to raise KANDA_QUOTA_KEYS.`,
  );
}

function eventQuotaExceeded(most: number, level: 'over' | 'far over', now: number): Fault {
  const closed =
    level === 'over'
      ? 'Until some of them are older it cannot enrol users, make keys or set a test clock forward, and only codes of enrolled users are checked.'
      : 'Until some of them are older, nothing that is written to its log is done.';
  return new Fault(
    'event_quota_exceeded',
    `This account may have ${most} events in 24 hours (KANDA_QUOTA_EVENTS), and has ${level === 'over' ? 'that many' : 'twice that many'}. ${closed}`,
    // The oldest of the 24 hours ends with the current one.
    { retryAfterSeconds: Math.max(1, Math.ceil((HOUR_MS - (now % HOUR_MS)) / 1000)) },
  );
}

function storageQuotaExceeded(most: number): Fault {
  return new Fault(
    'storage_quota_exceeded',
    `This account takes up all of the ${most} bytes that it may (KANDA_QUOTA_STORAGE). It cannot enrol users, make keys or set a test clock forward until ` +
      'users are deleted or older events pruned (KANDA_LOG_RETENTION). Codes of enrolled users are still checked.',
  );
}
