/** A class for each error code. Written by tools/write-sdk.ts. */
import { Problem } from './errors.ts';

/** 404: No such account. */
export class AccountNotFound extends Problem<'account_not_found'> {}
/** 409: The only confirmed authenticator. */
export class AuthenticatorLast extends Problem<'authenticator_last'> {}
/** 404: No such authenticator. */
export class AuthenticatorNotFound extends Problem<'authenticator_not_found'> {}
/** 409: Codes would be guessed too easily. */
export class AuthenticatorOdds extends Problem<'authenticator_odds'> {}
/** 409: The user may have no more authenticators. */
export class AuthenticatorQuotaExceeded extends Problem<'authenticator_quota_exceeded'> {}
/** 400: The body has wrong fields. */
export class BodyInvalid extends Problem<'body_invalid'> {}
/** 400: The body is not JSON. */
export class BodyMalformed extends Problem<'body_malformed'> {}
/** 413: The body is too large. */
export class BodyTooLarge extends Problem<'body_too_large'> {}
/** 409: No checkpoint covers this yet. */
export class CheckpointPending extends Problem<'checkpoint_pending'> {}
/** 409: The user is already enrolled. */
export class ClientExists extends Problem<'client_exists'> {}
/** 404: No such user. */
export class ClientNotFound extends Problem<'client_not_found'> {}
/** 403: The account may have no more users. */
export class ClientQuotaExceeded extends Problem<'client_quota_exceeded'> {}
/** 415: The body is not declared as JSON. */
export class ContentTypeUnsupported extends Problem<'content_type_unsupported'> {}
/** 401: Wrong e-mail or password. */
export class CredentialsInvalid extends Problem<'credentials_invalid'> {}
/** 401: No bearer token. */
export class CredentialsMissing extends Problem<'credentials_missing'> {}
/** 403: Not from a page of this server. */
export class CrossSiteRequest extends Problem<'cross_site_request'> {}
/** 400: The cursor is not valid. */
export class CursorInvalid extends Problem<'cursor_invalid'> {}
/** 404: No such trusted device. */
export class DeviceNotFound extends Problem<'device_not_found'> {}
/** 507: The disk is almost full. */
export class DiskAlmostFull extends Problem<'disk_almost_full'> {}
/** 409: The policy does not follow drift. */
export class DriftNotFollowed extends Problem<'drift_not_followed'> {}
/** 409: The e-mail address is taken. */
export class EmailTaken extends Problem<'email_taken'> {}
/** 404: No such event. */
export class EventNotFound extends Problem<'event_not_found'> {}
/** 429: The account has too many events today. */
export class EventQuotaExceeded extends Problem<'event_quota_exceeded'> {}
/** 431: The headers are too large. */
export class HeadersTooLarge extends Problem<'headers_too_large'> {}
/** 403: HTTPS is needed. */
export class HttpsRequired extends Problem<'https_required'> {}
/** 409: The same request is under way. */
export class IdempotencyKeyInUse extends Problem<'idempotency_key_in_use'> {}
/** 400: The Idempotency-Key cannot be used. */
export class IdempotencyKeyInvalid extends Problem<'idempotency_key_invalid'> {}
/** 422: The Idempotency-Key belongs to another request. */
export class IdempotencyKeyReused extends Problem<'idempotency_key_reused'> {}
/** 500: Something went wrong in Kanda. */
export class Internal extends Problem<'internal'> {}
/** 401: The API key is not valid. */
export class KeyInvalid extends Problem<'key_invalid'> {}
/** 404: No such API key. */
export class KeyNotFound extends Problem<'key_not_found'> {}
/** 403: The account may have no more API keys. */
export class KeyQuotaExceeded extends Problem<'key_quota_exceeded'> {}
/** 400: The QR code would be too large to scan. */
export class LabelTooLong extends Problem<'label_too_long'> {}
/** 404: No such link. */
export class LinkNotFound extends Problem<'link_not_found'> {}
/** 403: The account may have no more links. */
export class LinkQuotaExceeded extends Problem<'link_quota_exceeded'> {}
/** 409: The result was redeemed already. */
export class LinkResultRedeemed extends Problem<'link_result_redeemed'> {}
/** 404: No such result. */
export class LinkResultUnknown extends Problem<'link_result_unknown'> {}
/** 403: Only a log-in may do this. */
export class LoginRequired extends Problem<'login_required'> {}
/** 405: Another method is needed. */
export class MethodNotAllowed extends Problem<'method_not_allowed'> {}
/** 403: The key belongs to the other half. */
export class ModeMismatch extends Problem<'mode_mismatch'> {}
/** 400: The path has a wrong part. */
export class ParamsInvalid extends Problem<'params_invalid'> {}
/** 400: The password is too easy to guess. */
export class PasswordTooCommon extends Problem<'password_too_common'> {}
/** 400: The password is too short. */
export class PasswordTooShort extends Problem<'password_too_short'> {}
/** 400: The policy goes beyond what is allowed. */
export class PolicyInvalid extends Problem<'policy_invalid'> {}
/** 403: The proof was not accepted. */
export class ProofInvalid extends Problem<'proof_invalid'> {}
/** 400: The query has wrong parameters. */
export class QueryInvalid extends Problem<'query_invalid'> {}
/** 429: Too many requests. */
export class RateLimited extends Problem<'rate_limited'> {}
/** 403: The receipt is for another audience. */
export class ReceiptAudienceWrong extends Problem<'receipt_audience_wrong'> {}
/** 409: The receipt has expired. */
export class ReceiptExpired extends Problem<'receipt_expired'> {}
/** 403: The receipt belongs to another account. */
export class ReceiptForeign extends Problem<'receipt_foreign'> {}
/** 400: This is not a receipt. */
export class ReceiptMalformed extends Problem<'receipt_malformed'> {}
/** 409: The receipt was redeemed already. */
export class ReceiptRedeemed extends Problem<'receipt_redeemed'> {}
/** 404: No such receipt. */
export class ReceiptUnknown extends Problem<'receipt_unknown'> {}
/** 403: Only a log-in of the last few minutes may do this. */
export class RecentLoginRequired extends Problem<'recent_login_required'> {}
/** 401: The recovery code is not right. */
export class RecoveryCodeInvalid extends Problem<'recovery_code_invalid'> {}
/** 403: Registration is closed. */
export class RegistrationClosed extends Problem<'registration_closed'> {}
/** 400: The request cannot be understood. */
export class RequestMalformed extends Problem<'request_malformed'> {}
/** 408: The request took too long. */
export class RequestTimeout extends Problem<'request_timeout'> {}
/** 400: The return URL is not allowed. */
export class ReturnUrlRefused extends Problem<'return_url_refused'> {}
/** 404: No such path. */
export class RouteNotFound extends Problem<'route_not_found'> {}
/** 403: The bearer may not do this. */
export class ScopeMissing extends Problem<'scope_missing'> {}
/** 403: Only a log-in with a second factor may do this. */
export class SecondFactorRequired extends Problem<'second_factor_required'> {}
/** 403: This server gives no secrets away. */
export class SecretExportOff extends Problem<'secret_export_off'> {}
/** 400: The secret cannot be imported. */
export class SecretInvalid extends Problem<'secret_invalid'> {}
/** 500: The secret cannot be read. */
export class SecretUnreadable extends Problem<'secret_unreadable'> {}
/** 404: No such log-in. */
export class SessionNotFound extends Problem<'session_not_found'> {}
/** 503: The server is stopping. */
export class Stopping extends Problem<'stopping'> {}
/** 403: The account may store no more. */
export class StorageQuotaExceeded extends Problem<'storage_quota_exceeded'> {}
/** 503: The store cannot save. */
export class StoreUnavailable extends Problem<'store_unavailable'> {}
/** 409: The test clock cannot go further. */
export class TestClockSpent extends Problem<'test_clock_spent'> {}
/** 401: The token has expired. */
export class TokenExpired extends Problem<'token_expired'> {}
/** 401: The token is not valid. */
export class TokenInvalid extends Problem<'token_invalid'> {}
/** 400: The code is not a code. */
export class TotpCodeMalformed extends Problem<'totp_code_malformed'> {}
/** 401: The code is not right. */
export class TotpInvalid extends Problem<'totp_invalid'> {}
/** 429: Too many wrong codes. */
export class TotpLocked extends Problem<'totp_locked'> {}
/** 401: The second factor is missing. */
export class TotpRequired extends Problem<'totp_required'> {}
/** 409: The policy has no trusted devices. */
export class TrustedDevicesOff extends Problem<'trusted_devices_off'> {}
/** 409: Two-factor login is off. */
export class TwoFactorOff extends Problem<'two_factor_off'> {}
/** 409: Two-factor login is on. */
export class TwoFactorOn extends Problem<'two_factor_on'> {}
/** 404: No such webhook. */
export class WebhookNotFound extends Problem<'webhook_not_found'> {}
/** 403: The account may have no more webhooks. */
export class WebhookQuotaExceeded extends Problem<'webhook_quota_exceeded'> {}
/** 400: Nothing is sent to this URL. */
export class WebhookUrlRefused extends Problem<'webhook_url_refused'> {}

/** The class of each code. */
export const PROBLEM_CLASSES = {
  account_not_found: AccountNotFound,
  authenticator_last: AuthenticatorLast,
  authenticator_not_found: AuthenticatorNotFound,
  authenticator_odds: AuthenticatorOdds,
  authenticator_quota_exceeded: AuthenticatorQuotaExceeded,
  body_invalid: BodyInvalid,
  body_malformed: BodyMalformed,
  body_too_large: BodyTooLarge,
  checkpoint_pending: CheckpointPending,
  client_exists: ClientExists,
  client_not_found: ClientNotFound,
  client_quota_exceeded: ClientQuotaExceeded,
  content_type_unsupported: ContentTypeUnsupported,
  credentials_invalid: CredentialsInvalid,
  credentials_missing: CredentialsMissing,
  cross_site_request: CrossSiteRequest,
  cursor_invalid: CursorInvalid,
  device_not_found: DeviceNotFound,
  disk_almost_full: DiskAlmostFull,
  drift_not_followed: DriftNotFollowed,
  email_taken: EmailTaken,
  event_not_found: EventNotFound,
  event_quota_exceeded: EventQuotaExceeded,
  headers_too_large: HeadersTooLarge,
  https_required: HttpsRequired,
  idempotency_key_in_use: IdempotencyKeyInUse,
  idempotency_key_invalid: IdempotencyKeyInvalid,
  idempotency_key_reused: IdempotencyKeyReused,
  internal: Internal,
  key_invalid: KeyInvalid,
  key_not_found: KeyNotFound,
  key_quota_exceeded: KeyQuotaExceeded,
  label_too_long: LabelTooLong,
  link_not_found: LinkNotFound,
  link_quota_exceeded: LinkQuotaExceeded,
  link_result_redeemed: LinkResultRedeemed,
  link_result_unknown: LinkResultUnknown,
  login_required: LoginRequired,
  method_not_allowed: MethodNotAllowed,
  mode_mismatch: ModeMismatch,
  params_invalid: ParamsInvalid,
  password_too_common: PasswordTooCommon,
  password_too_short: PasswordTooShort,
  policy_invalid: PolicyInvalid,
  proof_invalid: ProofInvalid,
  query_invalid: QueryInvalid,
  rate_limited: RateLimited,
  receipt_audience_wrong: ReceiptAudienceWrong,
  receipt_expired: ReceiptExpired,
  receipt_foreign: ReceiptForeign,
  receipt_malformed: ReceiptMalformed,
  receipt_redeemed: ReceiptRedeemed,
  receipt_unknown: ReceiptUnknown,
  recent_login_required: RecentLoginRequired,
  recovery_code_invalid: RecoveryCodeInvalid,
  registration_closed: RegistrationClosed,
  request_malformed: RequestMalformed,
  request_timeout: RequestTimeout,
  return_url_refused: ReturnUrlRefused,
  route_not_found: RouteNotFound,
  scope_missing: ScopeMissing,
  second_factor_required: SecondFactorRequired,
  secret_export_off: SecretExportOff,
  secret_invalid: SecretInvalid,
  secret_unreadable: SecretUnreadable,
  session_not_found: SessionNotFound,
  stopping: Stopping,
  storage_quota_exceeded: StorageQuotaExceeded,
  store_unavailable: StoreUnavailable,
  test_clock_spent: TestClockSpent,
  token_expired: TokenExpired,
  token_invalid: TokenInvalid,
  totp_code_malformed: TotpCodeMalformed,
  totp_invalid: TotpInvalid,
  totp_locked: TotpLocked,
  totp_required: TotpRequired,
  trusted_devices_off: TrustedDevicesOff,
  two_factor_off: TwoFactorOff,
  two_factor_on: TwoFactorOn,
  webhook_not_found: WebhookNotFound,
  webhook_quota_exceeded: WebhookQuotaExceeded,
  webhook_url_refused: WebhookUrlRefused,
} as const;

/** Every code that this version knows. */
export type ProblemCode = keyof typeof PROBLEM_CLASSES;
