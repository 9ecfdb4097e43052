import type { EventName, LoggedEvent, Scope } from './api.ts';

/** Each kind of event as what happened, in the past tense. */
const HAPPENED: Readonly<Record<EventName, string>> = {
  'account.registered': 'Account made',
  'account.login': 'Sign-in',
  'account.password_changed': 'Password changed',
  'account.policy_changed': 'Policy changed',
  'account.two_factor_started': 'Two-factor login begun',
  'account.two_factor_enabled': 'Two-factor login turned on',
  'account.two_factor_disabled': 'Two-factor login turned off',
  'account.recovery_code_used': 'Recovery code used',
  'account.recovery_codes_replaced': 'Recovery codes replaced',
  'account.session_ended': 'Sign-in ended',
  'token.issued': 'Token issued',
  'key.created': 'API key made',
  'key.revoked': 'API key revoked',
  'client.registered': 'Client enrolled',
  'client.rotated': 'Secret rotated',
  'client.disabled': 'Client disabled',
  'client.enabled': 'Client enabled',
  'client.locked': 'Client locked',
  'client.unlocked': 'Client unlocked',
  'client.deleted': 'Client deleted',
  'totp.validated': 'Code checked',
  'alarm.secret_unreadable': 'Secret unreadable',
  'masterkey.rotated': 'Master key rotated',
  'masterkey.retired': 'Master key retired',
  'store.restored': 'Restored from a backup',
};

/** The events in the order in which the filter offers them. */
export const EVENT_NAMES = Object.keys(HAPPENED) as EventName[];

export function eventWords(event: string): string {
  return HAPPENED[event as EventName] ?? event;
}

export function isEventName(text: string): text is EventName {
  return Object.hasOwn(HAPPENED, text);
}

/** Every reason that the log gives for a refusal, as a sentence. */
const REASONS: Readonly<Record<string, string>> = {
  invalid_code: 'The code was wrong, or too old.',
  code_already_used: 'The code had been accepted before. Each is good once.',
  locked: 'The client was locked, so the code was not looked at.',
  disabled: 'The client was disabled, so the code was not looked at.',
  pending: 'The enrolment was not finished.',
  client_not_found: 'No client had this ID.',
  client_exists: 'A client with this ID was enrolled already.',
  too_many_failures: 'Too many wrong codes; only unlocking or rotating ends this.',
  credentials_invalid: 'The password was wrong.',
  totp_required: 'The password was right; the code was missing.',
  totp_invalid: 'The code was wrong.',
  totp_locked: 'Too many wrong codes.',
  recovery_code_invalid: 'The recovery code was wrong.',
  rate_limited: 'Too many attempts.',
  scope_missing: 'The key did not have the scope for this.',
  secret_unreadable: 'The secret could not be opened with the master key. Restore the right key.',
};

/** The reason of an event in words; null when it has none. */
export function reasonWords({ event, reason }: Pick<LoggedEvent, 'event' | 'reason'>): string | null {
  if (reason === null) return null;
  if (event === 'account.policy_changed') return `Now: ${reason}`;
  return REASONS[reason] ?? sentence(reason);
}

function sentence(reason: string): string {
  const words = reason.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** "Key 5a0c9c2b", "You", "Command line": who did it. */
export function actorWords(actor: string): string {
  if (actor.startsWith('key:')) return `Key ${actor.slice(4, 12)}`;
  if (actor.startsWith('account:')) return 'You';
  if (actor === 'cli') return 'Command line';
  if (actor === 'anonymous') return 'Nobody yet';
  return actor;
}

/** What a scope allows, in plain words. */
export const SCOPE_WORDS: Readonly<Record<Scope, { title: string; text: string }>> = {
  'totp:validate': { title: 'Check codes', text: 'Ask whether what a user typed is right.' },
  'totp:write': { title: 'Enrol and change clients', text: 'Enrol, rotate, unlock, disable and delete.' },
  'totp:read': { title: 'See clients', text: 'Their labels and states. Never a secret.' },
  'logs:read': { title: 'Read the log', text: 'Every event, exports and proofs.' },
  'keys:write': {
    title: 'Make keys and set the policy',
    text: 'Only for what manages Kanda itself. No application needs it.',
  },
};
