import type { Algorithm, Digits } from '@kanda/otp';
import type { Lockout } from '../verdicts/lockout.ts';
import type { Policy } from '../verdicts/policy.ts';

/** `pending`: none of its authenticators was confirmed yet. `locked` covers a delay that is running as well as a lock that only `unlock` or `rotate` ends. */
export const CLIENT_STATUSES = ['active', 'pending', 'locked', 'disabled'] as const;
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** One end user of the account's application, with the facts of its authenticator; never the secret. */
export interface Client {
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  readonly algorithm: Algorithm;
  readonly digits: Digits;
  readonly period: number;
  readonly disabled: boolean;
  /** Until when its enrolment can be confirmed, ms, when nothing of it was yet; else null. */
  readonly pendingUntil: number | null;
  /** How many confirmed authenticators it has. What is said of one is said of the first. */
  readonly authenticators: number;
  /** Whether one of them, confirmed or pending, has a secret of fewer than the 128 bits of RFC 4226 §4. */
  readonly weakSecret: boolean;
  readonly lockout: Lockout;
  /** The highest step accepted; -1 before the first. */
  readonly watermark: number;
  /** How many steps its clock is ahead of this server's. */
  readonly drift: number;
  /** Its account's, by which delays and windows are read. */
  readonly policy: Policy;
  readonly createdAt: number;
  readonly rotatedAt: number | null;
  readonly lastAcceptedAt: number | null;
}
