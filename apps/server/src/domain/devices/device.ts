import { DAY_MS } from '../time.ts';

/** A browser in which a right code was shown once. Until `expiresAt` it may show its token in place of a code. */
export interface Device {
  /** 16 of base32, drawn at random: part of its token, and no secret. */
  readonly id: string;
  /** What the caller calls it, such as `Firefox on Linux`. */
  readonly label: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** null: never. */
  readonly lastUsedAt: number | null;
  readonly expiresAt: number;
}

export const DEFAULT_DEVICE_DAYS = 30;
export const MIN_DEVICE_DAYS = 1;
export const MAX_DEVICE_DAYS = 90;

/** How many a client has at most: of more, the one that was not used for longest gives way. */
export const MAX_DEVICES = 10;

/** How long the token before the present one is good, for requests that were on their way together. */
export const GRACE_MS = 60_000;

const PREFIX = 'dev_';
export const DEVICE_ID_PATTERN = `^${PREFIX}[a-z2-7]{16}$`;

/** A device's id as the API and the log have it: `dev_` and the id. */
export function deviceName(id: string): string {
  return PREFIX + id;
}

/** The id in a name of the shape of {@link DEVICE_ID_PATTERN}. */
export function deviceIdIn(name: string): string {
  return name.slice(PREFIX.length);
}

/** When a device ends (ms since the epoch) that is trusted from `now` (ms) for `days` days. */
export function deviceExpiry(now: number, days: number): number {
  return now + days * DAY_MS;
}
