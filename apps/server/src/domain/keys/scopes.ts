/** What a bearer may do. A login token has all of them; `totp:export` needs more than the scope (secret-exports.ts). */
export const SCOPES = [
  'totp:write',
  'totp:validate',
  'totp:read',
  'totp:support',
  'totp:import',
  'totp:export',
  'receipts:redeem',
  'links:write',
  'logs:read',
  'webhooks:read',
  'webhooks:write',
  'keys:write',
] as const;

export type Scope = (typeof SCOPES)[number];

/** What a key may do unless it says otherwise: what an application needs. */
export const DEFAULT_KEY_SCOPES: readonly Scope[] = ['totp:write', 'totp:validate', 'totp:read', 'logs:read'];
