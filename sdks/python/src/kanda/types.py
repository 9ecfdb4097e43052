"""What calls take and answer. Written by tools/write-sdk.ts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from ._secret import Secret

__all__ = [
    "TrustDevice",
    "ReceiptAction",
    "Proof",
    "ImportRecord",
    "LoggedEventName",
    "EventName",
    "Enrolment",
    "ClockWarning",
    "Confirmation",
    "Verdict",
    "ImportResult",
    "Client",
    "Diagnosis",
    "Authenticator",
    "Resync",
    "RecoveryCodes",
    "RecoveryCodeStatus",
    "Device",
    "ApprovedAction",
    "RedeemedReceipt",
    "MadeLink",
    "RedeemedLink",
    "LoggedEvent",
    "Policy",
    "Range",
    "Allowed",
    "PolicySettings",
]


class _TrustDeviceRequired(TypedDict):
    label: str


class TrustDevice(_TrustDeviceRequired, total=False):
    """Asks for a token with which this browser is trusted."""

    days: int


class _ReceiptActionRequired(TypedDict):
    type: str
    reference: str


class ReceiptAction(_ReceiptActionRequired, total=False):
    """What the user approves with the code. The answer to an accepted one has a receipt."""

    digest: str


class Proof(TypedDict, total=False):
    """What the user shows, which Kanda checks before it rotates."""

    token: str
    recovery_code: str


class _ImportRecordRequired(TypedDict):
    client_id: str
    issuer: str
    secret: str


class ImportRecord(_ImportRecordRequired, total=False):
    """One user of another program. Names as in a file of records, such as `clientId`, are understood, too."""

    kanda: Literal[1]
    label: str
    type: str
    algorithm: str
    digits: int
    period: int
    counter: int
    last_used_step: int
    drift_steps: int
    recovery_codes: Sequence[str]
    created_at: str
    confirmed: bool
    name: str
    additional: bool
    disabled: bool
    source: str


LoggedEventName = Literal[
    "account.registered",
    "account.login",
    "account.password_changed",
    "token.issued",
    "key.created",
    "key.revoked",
    "key.expiring",
    "client.registered",
    "client.rotated",
    "client.disabled",
    "client.enabled",
    "client.locked",
    "client.unlocked",
    "client.deleted",
    "totp.validated",
    "account.policy_changed",
    "client.clock_reset",
    "client.recovery_codes_created",
    "client.recovery_codes_deleted",
    "client.recovery_code_used",
    "authenticator.added",
    "authenticator.confirmed",
    "authenticator.removed",
    "authenticator.renamed",
    "authenticator.expired",
    "authenticator.resynced",
    "client.updated",
    "client.diagnosed",
    "client.device_trusted",
    "client.device_used",
    "client.devices_ended",
    "client.secret_exported",
    "alarm.secret_unreadable",
    "masterkey.rotated",
    "masterkey.retired",
    "store.restored",
    "account.two_factor_started",
    "account.two_factor_enabled",
    "account.two_factor_disabled",
    "account.recovery_code_used",
    "account.recovery_codes_replaced",
    "account.session_ended",
    "account.secrets_exported",
    "account.disabled",
    "account.enabled",
    "account.email_changed",
    "account.deleted",
    "account.operator_granted",
    "account.operator_revoked",
    "test.created",
    "test.clock_advanced",
    "receipt.redeemed",
    "signingkey.rotated",
    "webhook.created",
    "webhook.updated",
    "webhook.deleted",
    "webhook.secret_rotated",
    "webhook.switched_off",
    "link.created",
    "link.opened",
    "link.completed",
    "link.cancelled",
    "link.expired",
    "link.redeemed",
    "account.hosted_pages_changed",
    "account.code_requested",
    "account.getting_started_changed",
    "unknown",
]


EventName = Literal[
    "account.registered",
    "account.login",
    "account.password_changed",
    "token.issued",
    "key.created",
    "key.revoked",
    "key.expiring",
    "client.registered",
    "client.rotated",
    "client.disabled",
    "client.enabled",
    "client.locked",
    "client.unlocked",
    "client.deleted",
    "totp.validated",
    "account.policy_changed",
    "client.clock_reset",
    "client.recovery_codes_created",
    "client.recovery_codes_deleted",
    "client.recovery_code_used",
    "authenticator.added",
    "authenticator.confirmed",
    "authenticator.removed",
    "authenticator.renamed",
    "authenticator.expired",
    "authenticator.resynced",
    "client.updated",
    "client.diagnosed",
    "client.device_trusted",
    "client.device_used",
    "client.devices_ended",
    "client.secret_exported",
    "alarm.secret_unreadable",
    "masterkey.rotated",
    "masterkey.retired",
    "store.restored",
    "account.two_factor_started",
    "account.two_factor_enabled",
    "account.two_factor_disabled",
    "account.recovery_code_used",
    "account.recovery_codes_replaced",
    "account.session_ended",
    "account.secrets_exported",
    "account.disabled",
    "account.enabled",
    "account.email_changed",
    "account.deleted",
    "account.operator_granted",
    "account.operator_revoked",
    "test.created",
    "test.clock_advanced",
    "receipt.redeemed",
    "signingkey.rotated",
    "webhook.created",
    "webhook.updated",
    "webhook.deleted",
    "webhook.secret_rotated",
    "webhook.switched_off",
    "link.created",
    "link.opened",
    "link.completed",
    "link.cancelled",
    "link.expired",
    "link.redeemed",
    "account.hosted_pages_changed",
    "account.code_requested",
    "account.getting_started_changed",
]


@dataclass(frozen=True)
class Enrolment:
    """A secret as it is shown to the user: once."""

    _SECRETS: ClassVar[tuple[str, ...]] = ("secret", "otpauth_url", "qr_data_url")

    client_id: str
    secret: Secret[str]
    otpauth_url: Secret[str]
    qr_data_url: Secret[str] | None
    authenticator_id: str | None = None
    status: Literal["pending", "active"] | None = None
    expires_at: str | None = None


@dataclass(frozen=True)
class ClockWarning:
    """It is confirmed, but `validate` refuses codes whose clock is as far off (`skew` of the policy): ask the user to set the clock of the phone. Absent: `validate` accepts them."""

    steps: int


@dataclass(frozen=True)
class Confirmation:
    """What a first code led to. True to an `if` only when `confirmed` is True."""

    _NESTED: ClassVar[dict[str, type[object]]] = {"clock_warning": ClockWarning}

    confirmed: bool
    authenticator_id: str | None = None
    clock_warning: ClockWarning | None = None
    reason: Literal["invalid_code", "code_already_used", "locked", "disabled", "pending"] | None = None
    attempts_left: int | None = None
    retry_after: int | None = None

    def __bool__(self) -> bool:
        return self.confirmed is True


@dataclass(frozen=True)
class Verdict:
    """Whether the user may be let in, and if not, why. True to an `if` only when `valid` is True."""

    _SECRETS: ClassVar[tuple[str, ...]] = ("device_token",)

    valid: bool
    method: Literal["totp", "hotp", "recovery_code", "trusted_device"] | None = None
    authenticator_id: str | None = None
    remaining_recovery_codes: int | None = None
    last_recovery_code: Literal[True] | None = None
    device_token: Secret[str] | None = None
    device_id: str | None = None
    expires_at: str | None = None
    reason: Literal["invalid_code", "code_already_used", "locked", "disabled", "pending", "device_unknown"] | None = None
    receipt: str | None = None
    retry_after: int | None = None

    def __bool__(self) -> bool:
        return self.valid is True


@dataclass(frozen=True)
class ImportResult:
    """What became of one record of an import."""

    client_id: str | None
    result: Literal["enrolled", "added", "unchanged", "replaced", "conflict", "refused"]
    authenticator_id: str | None = None
    detail: str | None = None
    field: str | None = None
    notes: list[str] | None = None


@dataclass(frozen=True)
class Client:
    """An enrolled user."""

    client_id: str
    label: str
    issuer: str
    status: Literal["active", "pending", "locked", "disabled"]
    locked_until: str | None
    clock_ahead_until: str | None
    expires_at: str | None
    authenticators: int
    weak_secret: bool
    failures: int
    failures_today: int
    algorithm: Literal["SHA1", "SHA256", "SHA512"]
    digits: Literal[6, 8]
    period: int | None
    created_at: str
    rotated_at: str | None
    last_accepted_at: str | None


@dataclass(frozen=True)
class Diagnosis:
    """What a code that does not work is."""

    finding: Literal["right_now", "behind", "ahead", "already_used", "previous_secret", "other_authenticator", "wrong_algorithm", "wrong_digits", "wrong_period", "no_match", "pending", "locked", "disabled"]
    steps: int | None = None
    authenticator_id: str | None = None
    retry_after: int | None = None


@dataclass(frozen=True)
class Authenticator:
    """A phone or hardware token of a user."""

    id: str
    name: str | None
    type: Literal["totp", "hotp"]
    status: Literal["pending", "active"]
    expires_at: str | None
    attempts_left: int | None
    replaces: str | None
    weak_secret: bool
    drift: int
    counter: int | None
    algorithm: Literal["SHA1", "SHA256", "SHA512"]
    digits: Literal[6, 8]
    period: int | None
    created_at: str
    rotated_at: str | None
    last_accepted_at: str | None


@dataclass(frozen=True)
class Resync:
    """Whether two codes were found. True to an `if` only when `resynced` is True."""

    resynced: bool
    reason: Literal["invalid_code", "code_already_used", "locked", "disabled", "pending", "drift_too_large"] | None = None
    retry_after: int | None = None
    drift: int | None = None

    def __bool__(self) -> bool:
        return self.resynced is True


@dataclass(frozen=True)
class RecoveryCodes:
    """New recovery codes, to be shown to the user once."""

    _SECRETS: ClassVar[tuple[str, ...]] = ("codes",)

    codes: Secret[list[str]]
    generation: int


@dataclass(frozen=True)
class RecoveryCodeStatus:
    """How many recovery codes a user has left."""

    remaining: int
    generation: int
    created_at: str | None


@dataclass(frozen=True)
class Device:
    """A browser that a user trusts."""

    id: str
    label: str
    created_at: str
    last_used_at: str | None
    expires_at: str


@dataclass(frozen=True)
class ApprovedAction:
    """What the user approves with the code. The answer to an accepted one has a receipt."""

    type: str
    reference: str
    digest: str | None = None


@dataclass(frozen=True)
class RedeemedReceipt:
    """The receipt was valid and is used up."""

    _NESTED: ClassVar[dict[str, type[object]]] = {"action": ApprovedAction}

    redeemed: Literal[True]
    client_id: str
    action: ApprovedAction
    audience: str
    method: Literal["totp", "hotp", "recovery_code"]
    event: int
    issued_at: str

    def __bool__(self) -> bool:
        return self.redeemed is True


@dataclass(frozen=True)
class MadeLink:
    """A link to send to its user."""

    id: str
    url: str
    expires_at: str


@dataclass(frozen=True)
class RedeemedLink:
    """The user showed a right code on the page of this link; the result is used up."""

    redeemed: Literal[True]
    link_id: str
    client_id: str
    purpose: Literal["enrol", "replace", "challenge"]
    confirmed_at: str

    def __bool__(self) -> bool:
        return self.redeemed is True


@dataclass(frozen=True)
class LoggedEvent:
    """An event of the access log."""

    id: int
    event: LoggedEventName
    outcome: Literal["success", "failure"]
    reason: str | None
    client_id: str | None
    actor: str
    ip: str | None
    user_agent: str | None
    request_id: str | None
    created_at: str


@dataclass(frozen=True)
class Policy:
    """The rules about codes; openapi.json has what each field means."""

    skew: int
    free_failures: int
    first_delay_seconds: int
    max_delay_seconds: int
    daily_failures: int
    tell_replays: bool
    confirm_skew: int
    max_authenticators: int
    look_ahead: int
    follow_drift: bool
    trusted_devices: bool


@dataclass(frozen=True)
class Range:
    """The least and the greatest value that a setting may have."""

    from_: int
    to: int


@dataclass(frozen=True)
class Allowed:
    """What the settings of the policy may be."""

    _NESTED: ClassVar[dict[str, type[object]]] = {"skew": Range, "free_failures": Range, "first_delay_seconds": Range, "max_delay_seconds": Range, "daily_failures": Range, "confirm_skew": Range, "max_authenticators": Range, "look_ahead": Range}

    skew: Range
    free_failures: Range
    first_delay_seconds: Range
    max_delay_seconds: Range
    daily_failures: Range
    confirm_skew: Range
    max_authenticators: Range
    look_ahead: Range


@dataclass(frozen=True)
class PolicySettings:
    """The policy of the account."""

    _NESTED: ClassVar[dict[str, type[object]]] = {"policy": Policy, "defaults": Policy, "allowed": Allowed}

    policy: Policy
    defaults: Policy
    allowed: Allowed
