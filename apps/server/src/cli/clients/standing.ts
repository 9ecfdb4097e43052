/** Whether a user can log in, in words for the person who is asked. */
import type { Finding, FindingName } from '../../domain/authenticators/diagnose.ts';
import type { ClientJson } from '../../http/routes/clients/schemas.ts';
import type { EventJson } from '../../http/routes/log/schemas.ts';
import { formatCount, formatTime } from '../lib/format.ts';

/** Whether a right code of a user is accepted now. */
export interface Standing {
  readonly accepts: boolean;
  readonly why: string;
  /** What changes it; null: nothing has to be done. */
  readonly todo: string | null;
}

/** @param words the user, as in another command of the operator */
export function standingOf(client: ClientJson, words: string): Standing {
  const { clientId } = client;
  if (client.status === 'disabled') {
    return refused(
      `${clientId} cannot log in: the user is disabled, and every code is refused.`,
      `Enable the user: kanda client enable ${words}`,
    );
  }
  if (client.status === 'pending') {
    return refused(
      `${clientId} cannot log in: no code has confirmed the enrolment yet, which ends on ${shownTime(client.expiresAt)}.`,
      'Have the application send the first code to POST /api/totp/confirm, or enrol the user again.',
    );
  }
  if (client.status === 'locked') return lockedStanding(client, words);
  if (client.clockAheadUntil !== null) {
    return refused(
      `${clientId} cannot log in: a code of a later time was accepted while this server's clock was ahead, or a backup was restored. Every code is refused until ${shownTime(client.clockAheadUntil)}.`,
      `After a restore this ends by itself. Otherwise check the clock (kanda doctor), then: kanda client unlock --reset-clock ${words}`,
    );
  }
  const wrong = client.failures === 0 ? '' : ` ${wrongCodes(client)} since the last right one.`;
  return {
    accepts: true,
    why: `${clientId} can log in: nothing is in the way of a right code.${wrong}`,
    todo: null,
  };
}

function lockedStanding(client: ClientJson, words: string): Standing {
  const until =
    client.lockedUntil === null
      ? 'locked until someone unlocks the user'
      : `in a delay until ${shownTime(client.lockedUntil)}`;
  return refused(
    `${client.clientId} cannot log in: ${wrongCodes(client)} in a row, ${client.failuresToday} in 24 hours. The user is ${until}, and no code is looked at.`,
    `Find out who sent the wrong codes: that person may know the password. Then: kanda client unlock ${words}`,
  );
}

function refused(why: string, todo: string): Standing {
  return { accepts: false, why, todo };
}

function wrongCodes({ failures }: ClientJson): string {
  return formatCount(failures, 'wrong code');
}

function shownTime(timestamp: string | null): string {
  return timestamp === null ? 'an unknown time' : formatTime(Date.parse(timestamp));
}

/** What became of codes, by the reason in the log; else the reason itself. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  invalid_code: 'wrong',
  code_already_used: 'right, but used before',
  clock_ahead:
    'not checked: the clock was ahead when an earlier code was accepted, or a backup was just restored',
  locked: 'not looked at, since the user was locked or in a delay',
  disabled: 'not looked at, since the user was disabled',
  pending: 'not looked at, since the enrolment was not confirmed',
  secret_unreadable: 'not looked at, since the stored secret does not open (kanda doctor)',
};

/** One attempt of the log in words, such as `wrong`. */
export function attemptWords({ outcome, reason }: Pick<EventJson, 'outcome' | 'reason'>): string {
  if (outcome === 'success') return 'accepted';
  return ATTEMPTS[reason ?? ''] ?? reason ?? 'refused';
}

const FINDINGS_IN_WORDS: Readonly<Record<FindingName, (finding: Finding) => string>> = {
  right_now: () =>
    'The code is right and was not used: it is accepted while it is shown. The last one may have been mistyped.',
  behind: ({ steps = 0 }) =>
    `The code is right for ${periodsOf(-steps)} ago. Set date and time of the phone to automatic; resynchronise a token.`,
  ahead: ({ steps = 0 }) =>
    `The code is ${periodsOf(steps)} early and now counts as used. Set date and time of the phone to automatic; resynchronise a token.`,
  already_used: () => 'The code was right, and was used before. Wait for the next one.',
  previous_secret: () =>
    'The code is of a secret that was replaced or removed. Delete the old entry in the app and use the new one; if there is none, rotate the secret.',
  other_authenticator: () =>
    'The code is of another authenticator of this user. Use the right entry in the app.',
  wrong_algorithm: () => 'The app ignores the algorithm of the QR code. Enrol with SHA1, or use another app.',
  wrong_digits: () => 'The app ignores the digits of the QR code. Enrol with 6 digits, or use another app.',
  wrong_period: () => 'The app ignores the period of the QR code. Enrol with 30 seconds, or use another app.',
  no_match: () =>
    'No authenticator of this user shows the code within 120 periods. The app may show the entry of another account. If no entry is right, rotate the secret.',
  pending: () =>
    'The code is of an authenticator that was never confirmed. Send its code to POST /api/totp/confirm.',
  locked: () => 'The code was not looked at, since the user is locked or in a delay.',
  disabled: () => 'The code was not looked at, since the user is disabled.',
};

/** What a look at a code has found, in a sentence or two. */
export function findingWords(finding: Finding): string {
  return FINDINGS_IN_WORDS[finding.finding](finding);
}

function periodsOf(steps: number): string {
  return formatCount(steps, 'period');
}
