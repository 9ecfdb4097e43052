import type { LoggedEvent } from './api.ts';

/**
 * Reasons that come up in everyday work: what was asked for was there already, was gone, or has to be asked for in
 * another way. No one tried to get in, so they are not red.
 */
const EVERYDAY: ReadonlySet<string> = new Set([
  'authenticator_last',
  'authenticator_not_found',
  'authenticator_odds',
  'authenticator_quota_exceeded',
  'client_exists',
  'client_not_found',
  'device_expired',
  'device_not_found',
  'device_unknown',
  'drift_not_followed',
  'drift_too_large',
  'pending',
  'totp_code_malformed',
  // Of logs from before `account.code_requested`.
  'totp_required',
  'trusted_devices_off',
]);

export type EventTone = 'success' | 'everyday' | 'failure';

/** How an event is shown. `failure` is for refusals that someone should look at. */
export function eventTone({ outcome, reason }: Pick<LoggedEvent, 'outcome' | 'reason'>): EventTone {
  if (outcome === 'success') return 'success';
  return reason !== null && EVERYDAY.has(reason) ? 'everyday' : 'failure';
}
