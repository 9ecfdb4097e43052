/**
 * The closed set of reasons for which a call is refused. Each has a page of its own in `docs/errors/`
 * (a test holds the two together) and one row in the table that turns it into an HTTP answer.
 */
export const FAULT_CODES = [
  'account_not_found',
  'authenticator_last',
  'authenticator_not_found',
  'authenticator_odds',
  'authenticator_quota_exceeded',
  'body_invalid',
  'body_malformed',
  'body_too_large',
  'checkpoint_pending',
  'client_exists',
  'client_not_found',
  'client_quota_exceeded',
  'content_type_unsupported',
  'credentials_invalid',
  'credentials_missing',
  'cross_site_request',
  'cursor_invalid',
  'device_not_found',
  'disk_almost_full',
  'drift_not_followed',
  'email_taken',
  'event_not_found',
  'event_quota_exceeded',
  'headers_too_large',
  'https_required',
  'idempotency_key_in_use',
  'idempotency_key_invalid',
  'idempotency_key_reused',
  'internal',
  'key_invalid',
  'key_not_found',
  'key_quota_exceeded',
  'label_too_long',
  'link_not_found',
  'link_quota_exceeded',
  'link_result_redeemed',
  'link_result_unknown',
  'login_required',
  'method_not_allowed',
  'mode_mismatch',
  'params_invalid',
  'password_too_common',
  'password_too_short',
  'policy_invalid',
  'proof_invalid',
  'query_invalid',
  'rate_limited',
  'receipt_audience_wrong',
  'receipt_expired',
  'receipt_foreign',
  'receipt_malformed',
  'receipt_redeemed',
  'receipt_unknown',
  'recent_login_required',
  'recovery_code_invalid',
  'registration_closed',
  'request_malformed',
  'request_timeout',
  'return_url_refused',
  'route_not_found',
  'scope_missing',
  'second_factor_required',
  'secret_export_off',
  'secret_invalid',
  'secret_unreadable',
  'session_not_found',
  'stopping',
  'storage_quota_exceeded',
  'store_unavailable',
  'test_clock_spent',
  'token_expired',
  'token_invalid',
  'totp_code_malformed',
  'totp_invalid',
  'totp_locked',
  'totp_required',
  'trusted_devices_off',
  'two_factor_off',
  'two_factor_on',
  'webhook_not_found',
  'webhook_quota_exceeded',
  'webhook_url_refused',
] as const;

export type FaultCode = (typeof FAULT_CODES)[number];

/** One thing that is wrong with one field of the request; `path` is a JSON pointer such as `/clientId`. */
export interface FieldError {
  path: string;
  message: string;
}

export interface FaultOptions {
  /** What was wrong with which field, when the cause is the content of a request. */
  errors?: readonly FieldError[];
  /** Whole seconds after which the same call may succeed. */
  retryAfterSeconds?: number;
  /** Of `client_exists`: whether the client has the secret that was brought along. */
  sameSecret?: boolean;
  /** What happened underneath. For the operator's log alone; never sent to the caller. */
  cause?: unknown;
}

/**
 * A refusal that the caller sees. `detail` is written for that person: what was wrong, where,
 * what to do; it never holds a secret. What only the operator may know goes into `cause`.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly sameSecret: boolean | undefined;

  constructor(code: FaultCode, detail: string, options: FaultOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.sameSecret = options.sameSecret;
  }
}

/** The one answer for a client that does not exist, and for one that belongs to another account. */
export function clientNotFound(): Fault {
  return new Fault('client_not_found', 'No user with this clientId is enrolled in your account.');
}

/** A stored secret does not open, or its row makes no sense: nothing can be judged. */
export function secretUnreadable(cause: unknown): Fault {
  return new Fault(
    'secret_unreadable',
    'The secret of this user cannot be read. No code was accepted. Contact the operator of this server.',
    { cause },
  );
}

/** The account is gone, or never was: only a caller that keeps an account's number can meet this. */
export function accountNotFound(): Fault {
  return new Fault('account_not_found', 'There is no such account.');
}

/** The store could not do it, and it is certain that nothing was saved and nothing was accepted. */
export function storeUnavailable(cause: unknown): Fault {
  return new Fault(
    'store_unavailable',
    'Kanda cannot save at the moment. Nothing was changed and nothing was accepted: send the same request again.',
    { cause, retryAfterSeconds: 1 },
  );
}

/** A newer version has changed the tables under this server, which would read and write them wrongly. */
export function storeOfNewerVersion(migrations: readonly string[]): Fault {
  return new Fault(
    'store_unavailable',
    `A newer version of Kanda has changed the tables (${migrations.join(', ')}), so this server is too old for them. ` +
      'Stop it, and start the newer version.',
    { retryAfterSeconds: 5 },
  );
}

/** This machine's clock and the database's are too far apart: nothing was judged, and nothing was changed. */
export function clockOutOfStep(cause: unknown): Fault {
  return new Fault(
    'store_unavailable',
    "This server's clock differs too much from the database's, so it judges nothing until one of them is set. " +
      'Nothing was changed and nothing was accepted: send the same request to another node, or again later.',
    { cause, retryAfterSeconds: 5 },
  );
}

/** The store went back under this server, or is another one: what was used since could be used again. */
export function storeWentBack(): Fault {
  return new Fault(
    'store_unavailable',
    'The store is older than this server has seen it, or another one, so the server judges nothing. ' +
      'Nothing was changed and nothing was accepted. The log of the server says what its operator has to do.',
    { retryAfterSeconds: 5 },
  );
}

/**
 * The store has committed, or may have, and could not confirm it. The same code as `storeUnavailable`, since a caller
 * that knows only the code must refuse the login either way; what to do next is another thing, and `detail` says it.
 */
export function outcomeUnknown(cause: unknown): Fault {
  return new Fault(
    'store_unavailable',
    'Kanda could not confirm that this was saved, and it may have been. No code counts as accepted by this answer, ' +
      'but it may be used up: ask for the next one. Before you repeat a change, read whether it was made.',
    { cause, retryAfterSeconds: 1 },
  );
}
