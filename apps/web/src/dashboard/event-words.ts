import { counted } from '../ui/time-words.ts';
import type { EventName, LoggedEvent, Scope } from './api.ts';

/** Each kind of event as what happened, in the past tense. */
const HAPPENED: Readonly<Record<EventName, string>> = {
  'account.registered': 'Account made',
  'account.login': 'Sign-in',
  'account.code_requested': 'Code asked for at sign-in',
  'account.password_changed': 'Password changed',
  'account.policy_changed': 'Policy changed',
  'account.two_factor_started': 'Two-factor login begun',
  'account.two_factor_enabled': 'Two-factor login turned on',
  'account.two_factor_disabled': 'Two-factor login turned off',
  'account.recovery_code_used': 'Recovery code used',
  'account.recovery_codes_replaced': 'Recovery codes replaced',
  'account.session_ended': 'Session ended',
  'account.disabled': 'Account disabled',
  'account.enabled': 'Account enabled',
  'account.email_changed': 'Address changed',
  'account.deleted': 'Account deleted',
  'account.operator_granted': 'Made operator',
  'account.operator_revoked': 'No longer operator',
  'token.issued': 'Token issued',
  'key.created': 'API key made',
  'key.revoked': 'API key revoked',
  'key.expiring': 'API key expires soon',
  'client.registered': 'User enrolled',
  'client.rotated': 'Secret rotated',
  'client.disabled': 'User disabled',
  'client.enabled': 'User enabled',
  'client.locked': 'User locked',
  'client.unlocked': 'User unlocked',
  'client.clock_reset': 'Clock reset',
  'client.recovery_codes_created': 'Recovery codes made for a user',
  'client.recovery_codes_deleted': 'Recovery codes of a user deleted',
  'client.recovery_code_used': 'Recovery code of a user checked',
  'client.device_trusted': 'Browser trusted',
  'client.device_used': 'Trusted browser checked',
  'client.devices_ended': 'Trusted browsers ended',
  'client.updated': 'Label or issuer changed',
  'client.secret_exported': 'Secret exported',
  'account.secrets_exported': 'Export of all secrets',
  'test.created': 'Test half made',
  'test.clock_advanced': 'Test clock set forward',
  'client.deleted': 'User deleted',
  'client.diagnosed': 'User diagnosed',
  'authenticator.added': 'Authenticator added',
  'authenticator.confirmed': 'First code checked',
  'authenticator.removed': 'Authenticator removed',
  'authenticator.renamed': 'Authenticator renamed',
  'authenticator.resynced': 'Authenticator resynchronised',
  'authenticator.expired': 'Authenticator expired',
  'totp.validated': 'Code checked',
  'alarm.secret_unreadable': 'Secret unreadable',
  'masterkey.rotated': 'Master key rotated',
  'masterkey.retired': 'Master key retired',
  'receipt.redeemed': 'Receipt redeemed',
  'link.created': 'Link made',
  'link.opened': 'Link opened',
  'link.completed': 'Link completed',
  'link.cancelled': 'Link cancelled',
  'link.expired': 'Link expired',
  'link.redeemed': 'Result of a link redeemed',
  'account.hosted_pages_changed': 'Pages of links changed',
  'account.getting_started_changed': 'Getting started changed',
  'signingkey.rotated': 'Signing key rotated',
  'webhook.created': 'Webhook created',
  'webhook.updated': 'Webhook changed',
  'webhook.deleted': 'Webhook deleted',
  'webhook.secret_rotated': 'Webhook secret rotated',
  'webhook.switched_off': 'Webhook switched off',
  'store.restored': 'Restored from a backup',
};

/** The events in the order in which the filter offers them. */
export const EVENT_NAMES = Object.keys(HAPPENED) as EventName[];

export function eventWords(event: string): string {
  return HAPPENED[event as EventName] ?? (event === 'unknown' ? 'Event of a newer version' : event);
}

export function isEventName(text: string): text is EventName {
  return Object.hasOwn(HAPPENED, text);
}

/** Every reason that the log gives for a refusal, and every finding of a diagnosis: beside the outcome, and as a sentence. */
const REASONS: Readonly<Record<string, readonly [short: string, sentence: string]>> = {
  invalid_code: ['Wrong code', 'The code was wrong, or too old.'],
  code_already_used: ['Used before', 'The code had been accepted before. Each is good once.'],
  device_unknown: ['Not trusted', 'The browser was not trusted, or not any longer. A code was needed.'],
  device_expired: ['No longer trusted', 'The days for which the browser was trusted were over.'],
  device_reused: [
    'Token used twice',
    'The browser showed a token that had been replaced, so a copy of its cookie is in use. It is not trusted any longer.',
  ],
  device_not_found: ['No such browser', 'This browser was not trusted, or had ended already.'],
  trusted_devices_off: ['Trust is off', 'The policy has trusted browsers off. The code was not checked.'],
  clock_ahead: [
    'Clock was ahead',
    'A code of a later time was accepted while the server’s clock was ahead, or a backup was restored recently. After a restore this ends by itself; otherwise unlock the user with resetClock.',
  ],
  locked: ['Was locked', 'The user was locked, so the code was not looked at.'],
  disabled: ['Was disabled', 'The user was disabled, so the code was not looked at.'],
  pending: ['Not confirmed', 'The enrolment was not confirmed by a first code.'],
  client_not_found: ['No such user', 'No user had this ID.'],
  client_exists: ['Existed already', 'A user with this ID was enrolled already.'],
  too_many_failures: ['Too many wrong codes', 'Too many wrong codes; only unlocking or rotating ends this.'],
  credentials_invalid: ['Wrong password', 'The password was wrong.'],
  totp_required: ['Code missing', 'The password was right; the code was missing.'],
  totp_invalid: ['Wrong code', 'The code was wrong.'],
  totp_locked: ['Too many wrong codes', 'Too many wrong codes.'],
  recovery_code_invalid: ['Wrong recovery code', 'The recovery code was wrong.'],
  key_invalid: ['Key wrong or expired', "The key's secret was wrong, or the key has expired."],
  proof_invalid: ['Wrong proof', 'The code or recovery code that the change needed was not accepted.'],
  totp_code_malformed: ['Not a code', 'What was sent could not be a code.'],
  authenticator_not_found: ['No such authenticator', 'The user had no such authenticator.'],
  authenticator_last: ['Last authenticator', 'It is the only confirmed authenticator of the user.'],
  authenticator_odds: [
    'Too easy to guess',
    'With one more authenticator, codes would be guessed too easily.',
  ],
  authenticator_quota_exceeded: [
    'Too many authenticators',
    'The user had as many authenticators as the policy allows.',
  ],
  drift_not_followed: ['Drift not followed', 'The policy does not follow clock drift.'],
  drift_too_large: ['Clock too far off', 'Its clock was found, but it is too far off to be followed.'],
  right_now: ['Right code', 'The code was right and unused.'],
  behind: ['Clock or counter behind', 'The code was an old one: the clock or the counter is behind.'],
  ahead: ['Clock or counter ahead', 'The code was one of a later time: the clock or the counter is ahead.'],
  already_used: ['Used before', 'The code was right, and had been used. Each is good once.'],
  previous_secret: ['Old secret', 'The code was that of a secret that was replaced.'],
  other_authenticator: ['Other authenticator', 'The code was that of another authenticator of the user.'],
  wrong_algorithm: ['App ignores algorithm', 'The app ignores the algorithm in the QR code.'],
  wrong_digits: ['App ignores digits', 'The app ignores the number of digits in the QR code.'],
  wrong_period: ['App ignores period', 'The app ignores the period in the QR code.'],
  no_match: ['No match', 'No authenticator of the user shows this code.'],
  rate_limited: ['Too many attempts', 'Too many attempts.'],
  scope_missing: ['Scope missing', 'The key did not have the scope for this.'],
  secret_unreadable: [
    'Secret unreadable',
    'The secret could not be opened with the master key. Restore the right key.',
  ],
};

/** The reason of an event in words; null when it has none. */
export function reasonWords({ event, reason }: Pick<LoggedEvent, 'event' | 'reason'>): string | null {
  if (reason === null) return null;
  if (isAboutSettings(event)) return `Now: ${reason}`;
  return (driftOf(reason) ?? namedBy(reason) ?? REASONS[reason])?.[1] ?? `${spoken(reason)}.`;
}

/** The same in two or three words. */
export function shortReason({ event, reason }: Pick<LoggedEvent, 'event' | 'reason'>): string | null {
  if (reason === null || isAboutSettings(event)) return reason;
  return (driftOf(reason) ?? namedBy(reason) ?? REASONS[reason])?.[0] ?? spoken(reason);
}

const SETTINGS: ReadonlySet<string> = new Set([
  'account.policy_changed',
  'account.hosted_pages_changed',
  'account.getting_started_changed',
]);

/** Their reason is what was set. */
function isAboutSettings(event: string): boolean {
  return SETTINGS.has(event);
}

/** The reason `drift=3`, short and as a sentence; null for another one. */
function driftOf(reason: string): readonly [short: string, sentence: string] | null {
  const drift = /^drift=(-?\d+)$/.exec(reason)?.[1];
  if (drift === undefined) return null;
  const steps = Math.abs(Number(drift));
  if (steps === 0) return ['No drift', 'Its clock counts as right.'];
  const way = `${counted(steps, 'step')} ${Number(drift) > 0 ? 'ahead' : 'behind'}`;
  return [`Clock ${way}`, `Its clock is ${way}.`];
}

/** What an event names by its id, short and as a sentence; null for another reason. */
function namedBy(reason: string): readonly [short: string, sentence: string] | null {
  if (/^dev_[a-z2-7]{16}$/.test(reason)) return [reason, `The browser ${reason}.`];
  const key = keyOf(reason);
  if (key !== null) return [`Key ${key.slice(0, 8)}`, `The key ${key} expires within 14 days.`];
  if (/^whk_[a-z2-7]{16}$/.test(reason)) return [reason, `The webhook ${reason}.`];
  return linkOf(reason);
}

/** A link, with what it is for, short and as a sentence; null for another reason. */
function linkOf(reason: string): readonly [short: string, sentence: string] | null {
  const [, purpose, id] = /^(?:(enrol|replace|challenge) )?(lnk_[1-9]\d*)$/.exec(reason) ?? [];
  if (id === undefined) return null;
  const short = purpose === undefined ? id : `${id}, ${purpose}`;
  return [short, `The link ${short}.`];
}

function spoken(reason: string): string {
  const words = reason.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** "Key 5a0c9c2b", "You", "Command line": who did it. */
export function actorWords(actor: string): string {
  const key = keyOf(actor);
  if (key !== null) return `Key ${key.slice(0, 8)}`;
  if (actor.startsWith('account:')) return 'You';
  if (actor.startsWith('link:')) return `User, by ${actor.slice('link:'.length)}`;
  if (actor === 'cli') return 'Command line';
  if (actor === 'kanda') return 'Kanda';
  if (actor === 'anonymous') return 'Not signed in';
  return actor;
}

/** The id of the key that did it; null when it was none. */
export function keyOf(actor: string): string | null {
  return actor.startsWith('key:') ? actor.slice('key:'.length) : null;
}

/** What a scope allows, in plain words. */
export const SCOPE_WORDS: Readonly<Record<Scope, { title: string; text: string }>> = {
  'totp:validate': { title: 'Check codes', text: 'Ask whether what a user typed is right.' },
  'totp:write': {
    title: 'Enrol and change users',
    text: 'Enrol, change, unlock and delete users; their authenticators and recovery codes.',
  },
  'totp:read': { title: 'See users', text: 'Their labels and states. Never a secret.' },
  'totp:support': { title: 'Support users', text: 'Find out why a code does not work; unlock.' },
  'totp:import': {
    title: 'Import users',
    text: 'Take over users of another program, with their secrets. For the days of a move.',
  },
  'webhooks:read': { title: 'See webhooks', text: 'Where events are sent, and how each delivery went.' },
  'webhooks:write': {
    title: 'Manage webhooks',
    text: 'Make, change, test and delete them. A webhook sends the whole log to its address.',
  },
  'links:write': {
    title: 'Send links',
    text: 'Make links on which users enrol, replace an authenticator or show a code, and cancel them. A key with nothing else never sees a secret.',
  },
  'receipts:redeem': { title: 'Redeem receipts', text: 'Take the receipts of accepted codes, each once.' },
  'totp:export': {
    title: 'Export users',
    text: 'Take out all users with their secrets, encrypted. Only a log-in with two-factor login that has been on for 72 hours can give it.',
  },
  'logs:read': { title: 'Read the log', text: 'Every event, exports and proofs.' },
  'keys:write': {
    title: 'Make keys and set the policy',
    text: 'Only for what manages Kanda itself. No application needs it.',
  },
};
