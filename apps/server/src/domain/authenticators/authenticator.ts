import type { TotpParameters } from '@kanda/otp';
import type { AuthenticatorType } from '../verdicts/decide.ts';

/** `pending`: not confirmed by a first right code yet. No validation accepts its codes. */
export const AUTHENTICATOR_STATUSES = ['pending', 'active'] as const;
export type AuthenticatorStatus = (typeof AUTHENTICATOR_STATUSES)[number];

/** One secret of a client, with a replay state of its own; never the secret itself. */
export interface Authenticator {
  /** Counts within the account, like the numbers of clients and keys. */
  readonly number: number;
  readonly type: AuthenticatorType;
  /** What its owner calls it, such as `Work phone`; null: nothing. */
  readonly name: string | null;
  /** Of HOTP the period is 0. */
  readonly parameters: TotpParameters;
  /** Until when it can be confirmed, ms; null: it is confirmed. */
  readonly pendingUntil: number | null;
  /** How many wrong codes may still be sent to confirm it. */
  readonly attemptsLeft: number;
  /** Which authenticator its confirmation removes: its number, or 0 for all others; null: none. */
  readonly replaces: number | null;
  /** Whether the secret has fewer than the 128 bits of RFC 4226 §4. */
  readonly weak: boolean;
  /** How many steps its clock is ahead of this server's. */
  readonly drift: number;
  /** HOTP: the counter that is expected next; null in TOTP. */
  readonly counter: number | null;
  readonly createdAt: number;
  readonly rotatedAt: number | null;
  readonly lastAcceptedAt: number | null;
}

/** The authenticators that a confirmation removes when it replaces all others. */
export const ALL_OTHERS = 0;

/** How many wrong codes end a pending authenticator. */
export const CONFIRM_ATTEMPTS = 5;

/** How long an authenticator may be pending unless the caller says otherwise, seconds. */
export const DEFAULT_EXPIRES_IN = 900;
export const EXPIRES_IN = { least: 60, most: 86_400 } as const;

/** The highest counter that an HOTP authenticator may begin with: far from where numbers end, and from any token. */
export const MAX_COUNTER = 1_000_000_000_000;

const PREFIX = 'aut_';
export const AUTHENTICATOR_ID_PATTERN = `^${PREFIX}[1-9][0-9]{0,14}$`;

/** Its id in the API: `aut_` and the number. */
export function authenticatorId(number: number): string {
  return `${PREFIX}${number}`;
}

/** The number in an id of the shape of {@link AUTHENTICATOR_ID_PATTERN}. */
export function authenticatorNumber(id: string): number {
  return Number(id.slice(PREFIX.length));
}

/** Whether a pending authenticator has expired at `now` (ms). It then counts as absent, even before it is removed. */
export function isExpired({ pendingUntil }: Pick<Authenticator, 'pendingUntil'>, now: number): boolean {
  return pendingUntil !== null && pendingUntil <= now;
}
