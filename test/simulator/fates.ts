/** What calls come to, by the names that a campaign counts them under. */

/** What calls of any campaign come to; one that has not met all of this has shown nothing. */
export const FATES = [
  ...[
    'accepted',
    'invalid_code',
    'code_already_used',
    'locked',
    'disabled',
    'client_not_found',
    'client_exists',
    'pending',
    'confirmed',
    'not confirmed: invalid_code',
    'not confirmed: locked',
    'authenticator_not_found',
  ],
  ...['enrol pending', 'add', 'replace', 'expire'],
  ...['drift_not_followed', 'rotate one', 'proof_invalid', 'unlock in a row'],
  ...['again: done', 'again: refused'],
  ...['make codes', 'recovered', 'not recovered: invalid_code'],
  ...[
    'enrol',
    'rotate',
    'unlock',
    'disable',
    'enable',
    'delete',
    'look',
    'follow',
    'unavailable',
    'unknown',
    'cut off',
  ],
];

/** What takes several calls to come to. */
export const RARE_FATES = [
  'ended by wrong codes',
  'remove',
  'authenticator_last',
  'resynced',
  'not resynced: invalid_code',
  'not recovered: pending',
  'rotate proved',
  'again: verdict',
  'device accepted',
  'trusted_devices_off',
];

/** What it takes many schedules to meet. */
export const RAREST_FATES = [
  ...['authenticator_quota_exceeded', 'authenticator_odds', 'reset drift', 'void codes'],
  ...['not resynced: code_already_used', 'not resynced: locked', 'not resynced: drift_too_large'],
  ...['right_now', 'already_used', 'behind', 'ahead', 'pending', 'previous_secret', 'no_match'].map(
    (finding) => `found: ${finding}`,
  ),
  ...['again: recovery', 'again: confirmation', 'device: disabled', 'end devices'],
  ...['shown', 'replace one', 'replace proved', 'reset clock', 'set policy'],
  ...['not confirmed: disabled', 'not recovered: disabled', 'not recovered: locked'],
];
