import { DAY_MS, MINUTE_MS } from '../time.ts';

/** What a link is for: a first authenticator, one in place of all others, or a code as at a log-in. */
export const LINK_PURPOSES = ['enrol', 'replace', 'challenge'] as const;
export type LinkPurpose = (typeof LINK_PURPOSES)[number];

/** `waiting`: not begun. `opened`: its button was pressed. `cancelled`: also by a newer link, or with its client. */
export const LINK_STATUSES = ['waiting', 'opened', 'completed', 'cancelled', 'expired'] as const;
export type LinkStatus = (typeof LINK_STATUSES)[number];

/** How long a link can be used, seconds. */
export const LINK_TTL = { least: 600, most: 259_200, default: 86_400 } as const;

/**
 * How long the result of a link can be redeemed. A log-in waits for it; after an enrolment there are recovery codes to be
 * written down first.
 */
export const RESULT_LIVES_MS = {
  enrol: 60 * MINUTE_MS,
  replace: 60 * MINUTE_MS,
  challenge: 10 * MINUTE_MS,
} as const satisfies Record<LinkPurpose, number>;

/** How long a secret that a link has shown waits for its first code, at most: as long as the link, but no longer than this. */
export const SECRET_WAITS_MS = DAY_MS;

/** Links of one account that wait or are opened. */
export const MAX_OPEN_LINKS = 10_000;

/** Log-ins of one client that wait; the oldest ends for one more. */
export const MAX_OPEN_CHALLENGES = 20;

/** Attempts with one link in {@link ATTEMPTS_WITHIN_MS}, right ones included: each can write to the account's log. */
export const MAX_ATTEMPTS = 200;
/** How often the page of one link is asked for in that time: by its user, who loads it again, and by programs that look at mail. */
export const MAX_LOOKS = 600;
export const ATTEMPTS_WITHIN_MS = 15 * MINUTE_MS;

/** A page that a person uses once; never its token. */
export interface Link {
  /** Counts within the account, like the numbers of clients and keys. */
  readonly number: number;
  readonly clientId: string;
  readonly purpose: LinkPurpose;
  /** Where the person goes on afterwards, as `returnUrlIn` wrote it; null: nowhere. */
  readonly returnUrl: string | null;
  /** The language of the page; null: the browser's. */
  readonly locale: string | null;
  /** As the phone shows them. */
  readonly label: string;
  readonly issuer: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When its button was pressed first; null: never. */
  readonly openedAt: number | null;
  readonly endedAt: number | null;
  /** How it ended; null: it has not, or it has expired and no sweep has written that down. */
  readonly ending: 'completed' | 'cancelled' | 'expired' | null;
  /** When its result was redeemed; null: it was not. */
  readonly redeemedAt: number | null;
}

const PREFIX = 'lnk_';
export const LINK_ID_PATTERN = `^${PREFIX}[1-9][0-9]{0,14}$`;

/** Its id in the API: `lnk_` and the number. */
export function linkId(number: number): string {
  return `${PREFIX}${number}`;
}

/** The number in an id of the shape of {@link LINK_ID_PATTERN}. */
export function linkNumber(id: string): number {
  return Number(id.slice(PREFIX.length));
}

/** What a link is at `now` (ms). One that has expired counts as that, even before a sweep has written it down. */
export function statusOf({ ending, expiresAt, openedAt }: Link, now: number): LinkStatus {
  if (ending !== null) return ending;
  if (expiresAt <= now) return 'expired';
  return openedAt === null ? 'waiting' : 'opened';
}
