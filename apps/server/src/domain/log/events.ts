/** Every kind of line that the access log can hold. The number is what the stores keep; never reuse one. */
export const EVENT_TYPES = {
  'account.registered': 1,
  'account.login': 2,
  'account.password_changed': 3,
  'token.issued': 4,
  'key.created': 5,
  'key.revoked': 6,
  'key.expiring': 88,
  'client.registered': 7,
  'client.rotated': 8,
  'client.disabled': 9,
  'client.enabled': 10,
  'client.locked': 11,
  'client.unlocked': 12,
  'client.deleted': 13,
  'totp.validated': 14,
  'account.policy_changed': 15,
  'client.clock_reset': 16,
  'client.recovery_codes_created': 17,
  'client.recovery_codes_deleted': 18,
  'client.recovery_code_used': 19,
  'authenticator.added': 40,
  'authenticator.confirmed': 41,
  'authenticator.removed': 42,
  'authenticator.renamed': 43,
  'authenticator.expired': 44,
  'authenticator.resynced': 45,
  'client.updated': 46,
  'client.diagnosed': 47,
  'client.device_trusted': 48,
  'client.device_used': 49,
  'client.devices_ended': 50,
  'client.secret_exported': 51,
  'alarm.secret_unreadable': 20,
  'masterkey.rotated': 21,
  'masterkey.retired': 22,
  'store.restored': 23,
  'account.two_factor_started': 30,
  'account.two_factor_enabled': 31,
  'account.two_factor_disabled': 32,
  'account.recovery_code_used': 33,
  'account.recovery_codes_replaced': 34,
  'account.session_ended': 35,
  'account.secrets_exported': 36,
  'account.disabled': 70,
  'account.enabled': 71,
  'account.email_changed': 72,
  'account.deleted': 73,
  'account.operator_granted': 91,
  'account.operator_revoked': 92,
  'test.created': 65,
  'test.clock_advanced': 66,
  'receipt.redeemed': 67,
  'signingkey.rotated': 68,
  'webhook.created': 74,
  'webhook.updated': 75,
  'webhook.deleted': 76,
  'webhook.secret_rotated': 77,
  'webhook.switched_off': 78,
  'link.created': 80,
  'link.opened': 81,
  'link.completed': 82,
  'link.cancelled': 83,
  'link.expired': 84,
  'link.redeemed': 85,
  'account.hosted_pages_changed': 86,
  'account.code_requested': 87,
  'account.getting_started_changed': 89,
} as const;

export type EventType = keyof typeof EVENT_TYPES;
export type Outcome = 'success' | 'failure';

/**
 * Why an event is a failure, in one word for machines. Verdicts use the first group; a failed call uses
 * the code of the fault that its caller was given. A changed policy tells here what it was changed to.
 */
export type EventReason = string;

/** Who did it, from where, in which request. */
export interface Origin {
  /** `key:<id>`, `account:<id>`, `cli`, or `anonymous` before anyone is known. */
  readonly actor: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
}

/** Of what the command line does. */
export const CLI_ORIGIN: Origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };

/** What is to be recorded; the store adds its place in the account's log. */
export interface NewEvent {
  readonly event: EventType;
  readonly outcome: Outcome;
  readonly reason: EventReason | null;
  readonly clientId: string | null;
  /** ms since the epoch. */
  readonly at: number;
  readonly origin: Origin;
}

/** In the place of a name that this version does not know: a newer one wrote the event, or its row was altered. */
export const UNKNOWN_EVENT = 'unknown';

/** One line of the access log. `id` counts from 1 within the account and has no gaps. */
export interface EventRecord extends Omit<NewEvent, 'event'> {
  readonly id: number;
  readonly event: EventType | typeof UNKNOWN_EVENT;
}

const NAME_OF = new Map<number, EventType>(
  (Object.entries(EVENT_TYPES) as [EventType, number][]).map(([name, number]) => [number, name]),
);

/** The name of a stored event number. Never throws: one row must not fail the page of many. */
export function eventTypeOf(number: number): EventRecord['event'] {
  return NAME_OF.get(number) ?? UNKNOWN_EVENT;
}

/** `text` cut to what an event keeps, with control characters made visible: an event is one line. */
export function printable(text: string, maxLength: number): string {
  // C0, DEL, C1, unpaired surrogates (also those that the cut leaves), the line separators, and the marks that
  // reorder text: a log line must read as it was written.
  const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
  return text
    .slice(0, maxLength)
    .replace(unsafe, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
