"""A class for each error code. Written by tools/write-sdk.ts."""

from __future__ import annotations

from typing import Final

from ._errors import Problem

__all__ = [
    "AccountNotFound",
    "AuthenticatorLast",
    "AuthenticatorNotFound",
    "AuthenticatorOdds",
    "AuthenticatorQuotaExceeded",
    "BodyInvalid",
    "BodyMalformed",
    "BodyTooLarge",
    "CheckpointPending",
    "ClientExists",
    "ClientNotFound",
    "ClientQuotaExceeded",
    "ContentTypeUnsupported",
    "CredentialsInvalid",
    "CredentialsMissing",
    "CrossSiteRequest",
    "CursorInvalid",
    "DeviceNotFound",
    "DiskAlmostFull",
    "DriftNotFollowed",
    "EmailTaken",
    "EventNotFound",
    "EventQuotaExceeded",
    "HeadersTooLarge",
    "HttpsRequired",
    "IdempotencyKeyInUse",
    "IdempotencyKeyInvalid",
    "IdempotencyKeyReused",
    "Internal",
    "KeyInvalid",
    "KeyNotFound",
    "KeyQuotaExceeded",
    "LabelTooLong",
    "LinkNotFound",
    "LinkQuotaExceeded",
    "LinkResultRedeemed",
    "LinkResultUnknown",
    "LoginRequired",
    "MethodNotAllowed",
    "ModeMismatch",
    "ParamsInvalid",
    "PasswordTooCommon",
    "PasswordTooShort",
    "PolicyInvalid",
    "ProofInvalid",
    "QueryInvalid",
    "RateLimited",
    "ReceiptAudienceWrong",
    "ReceiptExpired",
    "ReceiptForeign",
    "ReceiptMalformed",
    "ReceiptRedeemed",
    "ReceiptUnknown",
    "RecentLoginRequired",
    "RecoveryCodeInvalid",
    "RegistrationClosed",
    "RequestMalformed",
    "RequestTimeout",
    "ReturnUrlRefused",
    "RouteNotFound",
    "ScopeMissing",
    "SecondFactorRequired",
    "SecretExportOff",
    "SecretInvalid",
    "SecretUnreadable",
    "SessionNotFound",
    "Stopping",
    "StorageQuotaExceeded",
    "StoreUnavailable",
    "TestClockSpent",
    "TokenExpired",
    "TokenInvalid",
    "TotpCodeMalformed",
    "TotpInvalid",
    "TotpLocked",
    "TotpRequired",
    "TrustedDevicesOff",
    "TwoFactorOff",
    "TwoFactorOn",
    "WebhookNotFound",
    "WebhookQuotaExceeded",
    "WebhookUrlRefused",
]


class AccountNotFound(Problem):
    """404: No such account."""


class AuthenticatorLast(Problem):
    """409: The only confirmed authenticator."""


class AuthenticatorNotFound(Problem):
    """404: No such authenticator."""


class AuthenticatorOdds(Problem):
    """409: Codes would be guessed too easily."""


class AuthenticatorQuotaExceeded(Problem):
    """409: The user may have no more authenticators."""


class BodyInvalid(Problem):
    """400: The body has wrong fields."""


class BodyMalformed(Problem):
    """400: The body is not JSON."""


class BodyTooLarge(Problem):
    """413: The body is too large."""


class CheckpointPending(Problem):
    """409: No checkpoint covers this yet."""


class ClientExists(Problem):
    """409: The user is already enrolled."""


class ClientNotFound(Problem):
    """404: No such user."""


class ClientQuotaExceeded(Problem):
    """403: The account may have no more users."""


class ContentTypeUnsupported(Problem):
    """415: The body is not declared as JSON."""


class CredentialsInvalid(Problem):
    """401: Wrong e-mail or password."""


class CredentialsMissing(Problem):
    """401: No bearer token."""


class CrossSiteRequest(Problem):
    """403: Not from a page of this server."""


class CursorInvalid(Problem):
    """400: The cursor is not valid."""


class DeviceNotFound(Problem):
    """404: No such trusted device."""


class DiskAlmostFull(Problem):
    """507: The disk is almost full."""


class DriftNotFollowed(Problem):
    """409: The policy does not follow drift."""


class EmailTaken(Problem):
    """409: The e-mail address is taken."""


class EventNotFound(Problem):
    """404: No such event."""


class EventQuotaExceeded(Problem):
    """429: The account has too many events today."""


class HeadersTooLarge(Problem):
    """431: The headers are too large."""


class HttpsRequired(Problem):
    """403: HTTPS is needed."""


class IdempotencyKeyInUse(Problem):
    """409: The same request is under way."""


class IdempotencyKeyInvalid(Problem):
    """400: The Idempotency-Key cannot be used."""


class IdempotencyKeyReused(Problem):
    """422: The Idempotency-Key belongs to another request."""


class Internal(Problem):
    """500: Something went wrong in Kanda."""


class KeyInvalid(Problem):
    """401: The API key is not valid."""


class KeyNotFound(Problem):
    """404: No such API key."""


class KeyQuotaExceeded(Problem):
    """403: The account may have no more API keys."""


class LabelTooLong(Problem):
    """400: The QR code would be too large to scan."""


class LinkNotFound(Problem):
    """404: No such link."""


class LinkQuotaExceeded(Problem):
    """403: The account may have no more links."""


class LinkResultRedeemed(Problem):
    """409: The result was redeemed already."""


class LinkResultUnknown(Problem):
    """404: No such result."""


class LoginRequired(Problem):
    """403: Only a log-in may do this."""


class MethodNotAllowed(Problem):
    """405: Another method is needed."""


class ModeMismatch(Problem):
    """403: The key belongs to the other half."""


class ParamsInvalid(Problem):
    """400: The path has a wrong part."""


class PasswordTooCommon(Problem):
    """400: The password is too easy to guess."""


class PasswordTooShort(Problem):
    """400: The password is too short."""


class PolicyInvalid(Problem):
    """400: The policy goes beyond what is allowed."""


class ProofInvalid(Problem):
    """403: The proof was not accepted."""


class QueryInvalid(Problem):
    """400: The query has wrong parameters."""


class RateLimited(Problem):
    """429: Too many requests."""


class ReceiptAudienceWrong(Problem):
    """403: The receipt is for another audience."""


class ReceiptExpired(Problem):
    """409: The receipt has expired."""


class ReceiptForeign(Problem):
    """403: The receipt belongs to another account."""


class ReceiptMalformed(Problem):
    """400: This is not a receipt."""


class ReceiptRedeemed(Problem):
    """409: The receipt was redeemed already."""


class ReceiptUnknown(Problem):
    """404: No such receipt."""


class RecentLoginRequired(Problem):
    """403: Only a log-in of the last few minutes may do this."""


class RecoveryCodeInvalid(Problem):
    """401: The recovery code is not right."""


class RegistrationClosed(Problem):
    """403: Registration is closed."""


class RequestMalformed(Problem):
    """400: The request cannot be understood."""


class RequestTimeout(Problem):
    """408: The request took too long."""


class ReturnUrlRefused(Problem):
    """400: The return URL is not allowed."""


class RouteNotFound(Problem):
    """404: No such path."""


class ScopeMissing(Problem):
    """403: The bearer may not do this."""


class SecondFactorRequired(Problem):
    """403: Only a log-in with a second factor may do this."""


class SecretExportOff(Problem):
    """403: This server gives no secrets away."""


class SecretInvalid(Problem):
    """400: The secret cannot be imported."""


class SecretUnreadable(Problem):
    """500: The secret cannot be read."""


class SessionNotFound(Problem):
    """404: No such log-in."""


class Stopping(Problem):
    """503: The server is stopping."""


class StorageQuotaExceeded(Problem):
    """403: The account may store no more."""


class StoreUnavailable(Problem):
    """503: The store cannot save."""


class TestClockSpent(Problem):
    """409: The test clock cannot go further."""


class TokenExpired(Problem):
    """401: The token has expired."""


class TokenInvalid(Problem):
    """401: The token is not valid."""


class TotpCodeMalformed(Problem):
    """400: The code is not a code."""


class TotpInvalid(Problem):
    """401: The code is not right."""


class TotpLocked(Problem):
    """429: Too many wrong codes."""


class TotpRequired(Problem):
    """401: The second factor is missing."""


class TrustedDevicesOff(Problem):
    """409: The policy has no trusted devices."""


class TwoFactorOff(Problem):
    """409: Two-factor login is off."""


class TwoFactorOn(Problem):
    """409: Two-factor login is on."""


class WebhookNotFound(Problem):
    """404: No such webhook."""


class WebhookQuotaExceeded(Problem):
    """403: The account may have no more webhooks."""


class WebhookUrlRefused(Problem):
    """400: Nothing is sent to this URL."""


PROBLEM_CLASSES: Final[dict[str, type[Problem]]] = {
    "account_not_found": AccountNotFound,
    "authenticator_last": AuthenticatorLast,
    "authenticator_not_found": AuthenticatorNotFound,
    "authenticator_odds": AuthenticatorOdds,
    "authenticator_quota_exceeded": AuthenticatorQuotaExceeded,
    "body_invalid": BodyInvalid,
    "body_malformed": BodyMalformed,
    "body_too_large": BodyTooLarge,
    "checkpoint_pending": CheckpointPending,
    "client_exists": ClientExists,
    "client_not_found": ClientNotFound,
    "client_quota_exceeded": ClientQuotaExceeded,
    "content_type_unsupported": ContentTypeUnsupported,
    "credentials_invalid": CredentialsInvalid,
    "credentials_missing": CredentialsMissing,
    "cross_site_request": CrossSiteRequest,
    "cursor_invalid": CursorInvalid,
    "device_not_found": DeviceNotFound,
    "disk_almost_full": DiskAlmostFull,
    "drift_not_followed": DriftNotFollowed,
    "email_taken": EmailTaken,
    "event_not_found": EventNotFound,
    "event_quota_exceeded": EventQuotaExceeded,
    "headers_too_large": HeadersTooLarge,
    "https_required": HttpsRequired,
    "idempotency_key_in_use": IdempotencyKeyInUse,
    "idempotency_key_invalid": IdempotencyKeyInvalid,
    "idempotency_key_reused": IdempotencyKeyReused,
    "internal": Internal,
    "key_invalid": KeyInvalid,
    "key_not_found": KeyNotFound,
    "key_quota_exceeded": KeyQuotaExceeded,
    "label_too_long": LabelTooLong,
    "link_not_found": LinkNotFound,
    "link_quota_exceeded": LinkQuotaExceeded,
    "link_result_redeemed": LinkResultRedeemed,
    "link_result_unknown": LinkResultUnknown,
    "login_required": LoginRequired,
    "method_not_allowed": MethodNotAllowed,
    "mode_mismatch": ModeMismatch,
    "params_invalid": ParamsInvalid,
    "password_too_common": PasswordTooCommon,
    "password_too_short": PasswordTooShort,
    "policy_invalid": PolicyInvalid,
    "proof_invalid": ProofInvalid,
    "query_invalid": QueryInvalid,
    "rate_limited": RateLimited,
    "receipt_audience_wrong": ReceiptAudienceWrong,
    "receipt_expired": ReceiptExpired,
    "receipt_foreign": ReceiptForeign,
    "receipt_malformed": ReceiptMalformed,
    "receipt_redeemed": ReceiptRedeemed,
    "receipt_unknown": ReceiptUnknown,
    "recent_login_required": RecentLoginRequired,
    "recovery_code_invalid": RecoveryCodeInvalid,
    "registration_closed": RegistrationClosed,
    "request_malformed": RequestMalformed,
    "request_timeout": RequestTimeout,
    "return_url_refused": ReturnUrlRefused,
    "route_not_found": RouteNotFound,
    "scope_missing": ScopeMissing,
    "second_factor_required": SecondFactorRequired,
    "secret_export_off": SecretExportOff,
    "secret_invalid": SecretInvalid,
    "secret_unreadable": SecretUnreadable,
    "session_not_found": SessionNotFound,
    "stopping": Stopping,
    "storage_quota_exceeded": StorageQuotaExceeded,
    "store_unavailable": StoreUnavailable,
    "test_clock_spent": TestClockSpent,
    "token_expired": TokenExpired,
    "token_invalid": TokenInvalid,
    "totp_code_malformed": TotpCodeMalformed,
    "totp_invalid": TotpInvalid,
    "totp_locked": TotpLocked,
    "totp_required": TotpRequired,
    "trusted_devices_off": TrustedDevicesOff,
    "two_factor_off": TwoFactorOff,
    "two_factor_on": TwoFactorOn,
    "webhook_not_found": WebhookNotFound,
    "webhook_quota_exceeded": WebhookQuotaExceeded,
    "webhook_url_refused": WebhookUrlRefused,
}
"""The class of each code."""
