import type { RouteOptions } from 'fastify';
import type { FaultCode } from '../../domain/errors.ts';
import { NO_BODY } from './declared-input.ts';
import { takesIdempotencyKey } from './idempotency.ts';
import { takesMode } from './test-mode.ts';

/** What openapi.json says of an operation: the codes with which it can refuse. */
export interface ErrorCodes {
  /** Those that follow from what the call does. */
  readonly own: readonly FaultCode[];
  /** Those that any call has that is asked in this way: with a bearer, a body, an Idempotency-Key. */
  readonly general: readonly FaultCode[];
}

const QUOTAS = ['event_quota_exceeded', 'storage_quota_exceeded'] as const;
/** What an account shows beside its log-in: the password, and the second factor if it has one. */
const PROOF = [
  'credentials_invalid',
  'totp_required',
  'totp_invalid',
  'recovery_code_invalid',
  'totp_code_malformed',
  'totp_locked',
  'rate_limited',
  'secret_unreadable',
] as const;
const AUTHENTICATOR = ['client_not_found', 'authenticator_not_found'] as const;

/**
 * By operation: what it may be refused for besides what follows from its shape. A test that meets another code fails
 * (`assertAsDocumented`).
 */
const OWN: Readonly<Record<string, readonly FaultCode[]>> = {
  registerAccount: [
    'email_taken',
    'password_too_short',
    'password_too_common',
    'registration_closed',
    'rate_limited',
    'disk_almost_full',
  ],
  logIn: [...PROOF, 'https_required', 'cross_site_request'],
  exchangeKey: ['key_invalid', 'rate_limited', 'event_quota_exceeded'],
  changePassword: ['password_too_short', 'password_too_common', ...PROOF],
  endSession: ['session_not_found'],
  startTwoFactor: ['two_factor_on', 'credentials_invalid', 'rate_limited'],
  confirmTwoFactor: [
    'two_factor_off',
    'two_factor_on',
    'totp_invalid',
    'totp_code_malformed',
    'totp_locked',
    'secret_unreadable',
  ],
  disableTwoFactor: ['two_factor_off', ...PROOF],
  replaceRecoveryCodes: ['two_factor_off', ...PROOF],
  createKey: [
    'key_quota_exceeded',
    ...QUOTAS,
    'secret_export_off',
    'login_required',
    'second_factor_required',
    'recent_login_required',
    'disk_almost_full',
  ],
  getKey: ['key_not_found'],
  revokeKey: ['key_not_found'],
  addAuthenticator: [
    'client_not_found',
    'authenticator_quota_exceeded',
    'authenticator_odds',
    'secret_invalid',
    'label_too_long',
    ...QUOTAS,
    'secret_unreadable',
    'disk_almost_full',
  ],
  listAuthenticators: ['client_not_found'],
  updateAuthenticator: [...AUTHENTICATOR, 'drift_not_followed'],
  removeAuthenticator: [...AUTHENTICATOR, 'authenticator_last'],
  getAuthenticator: AUTHENTICATOR,
  confirmAuthenticator: [...AUTHENTICATOR, 'totp_code_malformed', 'secret_unreadable'],
  resyncAuthenticator: [...AUTHENTICATOR, 'drift_not_followed', 'totp_code_malformed', 'secret_unreadable'],
  registerClient: [
    'client_exists',
    'client_quota_exceeded',
    'authenticator_odds',
    'secret_invalid',
    'label_too_long',
    ...QUOTAS,
    'secret_unreadable',
    'disk_almost_full',
  ],
  importClients: [...QUOTAS, 'secret_unreadable', 'disk_almost_full'],
  exportClients: [
    'secret_export_off',
    'second_factor_required',
    'recent_login_required',
    'rate_limited',
    ...QUOTAS,
    'secret_unreadable',
    'disk_almost_full',
  ],
  validateCode: [
    'client_not_found',
    'totp_code_malformed',
    'trusted_devices_off',
    ...QUOTAS,
    'secret_unreadable',
  ],
  rotateClient: [
    ...AUTHENTICATOR,
    'proof_invalid',
    'totp_code_malformed',
    'authenticator_odds',
    'label_too_long',
    'secret_unreadable',
  ],
  getClient: ['client_not_found'],
  deleteClient: ['client_not_found'],
  updateClient: ['client_not_found', 'label_too_long'],
  unlockClient: ['client_not_found'],
  disableClient: ['client_not_found'],
  enableClient: ['client_not_found'],
  diagnoseClient: [...AUTHENTICATOR, 'totp_code_malformed', 'rate_limited', 'secret_unreadable'],
  createClientRecoveryCodes: ['client_not_found', ...QUOTAS, 'disk_almost_full'],
  getClientRecoveryCodes: ['client_not_found'],
  deleteClientRecoveryCodes: ['client_not_found'],
  listDevices: ['client_not_found'],
  endDevices: ['client_not_found'],
  getDevice: ['client_not_found', 'device_not_found'],
  endDevice: ['client_not_found', 'device_not_found'],
  redeemReceipt: [
    'receipt_malformed',
    'receipt_unknown',
    'receipt_foreign',
    'receipt_audience_wrong',
    'receipt_expired',
    'receipt_redeemed',
  ],
  createWebhook: ['webhook_url_refused', 'webhook_quota_exceeded', ...QUOTAS, 'disk_almost_full'],
  getWebhook: ['webhook_not_found'],
  updateWebhook: ['webhook_not_found', 'webhook_url_refused'],
  deleteWebhook: ['webhook_not_found'],
  rotateWebhookSecret: ['webhook_not_found'],
  testWebhook: ['webhook_not_found', 'rate_limited', 'secret_unreadable'],
  resendEvent: ['webhook_not_found', 'event_not_found', 'rate_limited', 'secret_unreadable'],
  listDeliveries: ['webhook_not_found'],
  createLink: [
    'client_not_found',
    'client_exists',
    'return_url_refused',
    'link_quota_exceeded',
    'label_too_long',
    ...QUOTAS,
    'disk_almost_full',
  ],
  cancelLink: ['link_not_found'],
  redeemLinkResult: ['link_result_unknown', 'link_result_redeemed'],
  putPolicy: ['policy_invalid'],
  advanceTestClock: ['test_clock_spent', ...QUOTAS],
  getTestCode: [...AUTHENTICATOR, 'secret_unreadable'],
  getEvent: ['event_not_found'],
  getServerStatus: ['route_not_found'],
  getCheckpoint: ['checkpoint_pending'],
  proveEvent: ['event_not_found', 'checkpoint_pending'],
  proveConsistency: ['checkpoint_pending'],
  getSigningKeys: ['store_unavailable'],
  readiness: ['store_unavailable', 'stopping'],
};

/** The codes of a route, from what it declares and the table above. */
export function errorCodesOf(route: RouteOptions): ErrorCodes {
  const { schema = {} } = route;
  const own = OWN[String(schema.operationId)] ?? [];
  return { own, general: [...new Set(generalCodes(route))].filter((code) => !own.includes(code)) };
}

function generalCodes(route: RouteOptions): FaultCode[] {
  const { url, schema = {}, config = {} } = route;
  const ways = (schema.security ?? []) as readonly Readonly<Record<string, readonly string[]>>[];
  const hasBearer = schema.security !== undefined;
  const changes = [route.method].flat().some((method) => method !== 'GET' && method !== 'HEAD');
  const properties = (part: unknown) => Object.keys((part as { properties?: object })?.properties ?? {});
  const when = (holds: boolean, ...codes: FaultCode[]) => (holds ? codes : []);
  return [
    ...when(hasBearer, 'credentials_missing', 'key_invalid', 'token_invalid', 'token_expired'),
    ...when(
      ways.some(({ login }) => login !== undefined),
      'login_required',
    ),
    ...when(
      ways.some(({ bearer }) => (bearer?.length ?? 0) > 0),
      'scope_missing',
    ),
    ...when(hasBearer, 'cross_site_request'),
    ...when(takesMode(route), 'mode_mismatch'),
    ...when(config.testOnly === true, 'route_not_found'),
    ...when(hasBearer, 'rate_limited'),
    ...when(hasBearer && changes, 'event_quota_exceeded'),
    ...when(url.includes(':'), 'params_invalid'),
    'query_invalid',
    ...when(properties(schema.querystring).includes('cursor'), 'cursor_invalid'),
    'body_invalid',
    ...when(changes, 'body_malformed', 'body_too_large', 'content_type_unsupported'),
    ...when(
      takesIdempotencyKey(route),
      'idempotency_key_invalid',
      'idempotency_key_reused',
      'idempotency_key_in_use',
    ),
    ...when(hasBearer || (changes && schema.body !== NO_BODY), 'store_unavailable'),
    'request_malformed',
    'request_timeout',
    'headers_too_large',
    'internal',
  ];
}
