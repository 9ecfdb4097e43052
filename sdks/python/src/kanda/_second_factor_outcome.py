"""What became of a form, and how a page learns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ._errors import InvalidArgument, KandaError, OutcomeUnknown, Problem, UnexpectedAnswer
from ._retries import judge_failure
from ._second_factor_state import ShownMethod
from ._secret import Secret
from .problems import (
    AuthenticatorNotFound,
    AuthenticatorOdds,
    AuthenticatorQuotaExceeded,
    BodyInvalid,
    ClientExists,
    ClientNotFound,
    ProofInvalid,
    SecretUnreadable,
    TotpCodeMalformed,
)
from .types import Enrolment, Verdict

OutcomeError = Literal[
    "not_signed_in",
    "second_factor_required",
    "page_expired",
    "not_a_code",
    "wrong_code",
    "locked",
    "disabled",
    "not_enrolled",
    "proof_needed",
    "start_again",
    "too_many_phones",
    "outcome_unknown",
    "unavailable",
    "failed",
]
STATUSES: Final[dict[OutcomeError, int]] = {
    "not_signed_in": 401,
    "second_factor_required": 403,
    "page_expired": 409,
    "not_a_code": 400,
    "wrong_code": 401,
    "locked": 429,
    "disabled": 403,
    "not_enrolled": 409,
    "proof_needed": 409,
    "start_again": 409,
    "too_many_phones": 409,
    "outcome_unknown": 503,
    "unavailable": 503,
    "failed": 500,
}


@dataclass(frozen=True)
class Outcome:
    """What became of a form. True to an `if` only when it was accepted."""

    error: OutcomeError | None = None
    """None: it was accepted."""
    retry_after: int | None = None
    """Of `locked`, seconds until the next attempt is looked at."""
    attempts_left: int | None = None
    """Of a first code that was wrong."""
    method: ShownMethod | None = None
    remaining_recovery_codes: int | None = None
    authenticator_id: str | None = None
    """Of a first code that was right: the authenticator that counts now."""
    cause: KandaError | None = field(default=None, repr=False)
    """What made it `outcome_unknown`, `unavailable` or `failed`, or left a secret behind, for your log."""
    enrolment: Enrolment | None = None
    """What to show: it counts once `confirm` got a first right code."""
    codes: Secret[list[str]] | None = None
    """New recovery codes."""
    off: bool | None = None
    """Two-factor login is off."""

    def __bool__(self) -> bool:
        return self.error is None

    @property
    def status(self) -> int:
        """The HTTP status that says so to a page."""
        return 200 if self.error is None else STATUSES[self.error]

    @property
    def headers(self) -> dict[str, str]:
        """It is true for one session at one moment."""
        more = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return {"cache-control": "no-store", **more}

    @property
    def body(self) -> dict[str, object]:
        """The JSON that says so to a page. That of an enrolment and of recovery codes has their secrets."""
        if self.enrolment is not None:
            return _shown(self.enrolment)
        if self.codes is not None:
            return {"codes": self.codes.reveal()}
        if self.off is not None:
            return {"off": self.off}
        said: dict[str, object] = {"done": True} if self.error is None else {"error": self.error}
        for name in ("method", "remaining_recovery_codes", "authenticator_id", "retry_after", "attempts_left"):
            if getattr(self, name) is not None:
                said[name] = getattr(self, name)
        return said


def _shown(enrolment: Enrolment) -> dict[str, object]:
    qr = enrolment.qr_data_url
    return {
        "authenticator_id": enrolment.authenticator_id,
        "secret": enrolment.secret.reveal(),
        "otpauth_url": enrolment.otpauth_url.reveal(),
        "qr_data_url": None if qr is None else qr.reveal(),
        "expires_at": enrolment.expires_at,
    }


def refused(reason: str | None, retry_after: int | None, attempts_left: int | None) -> Outcome:
    if reason == "locked":
        return Outcome("locked", retry_after, attempts_left)
    if reason == "disabled":
        return Outcome("disabled", retry_after, attempts_left)
    if reason == "pending":
        return Outcome("not_enrolled")
    return Outcome("start_again") if attempts_left == 0 else Outcome("wrong_code", retry_after, attempts_left)


def method_of(verdict: Verdict, shown: Mapping[str, str]) -> ShownMethod:
    """How the user showed it, by what was sent. Raises UnexpectedAnswer for a method that no code of a phone has."""
    if "recovery_code" in shown:
        return "recovery_code"
    if verdict.method is None:
        return "totp"
    if verdict.method == "totp" or verdict.method == "hotp":
        return verdict.method
    raise UnexpectedAnswer("The verdict on a code names a method that is not a phone's.", status=200)


def refusal_of(error: KandaError, shows_code: bool) -> Outcome:
    """shows_code: whether the form sent a code; without one, what Kanda refuses is not the user's doing"""
    if isinstance(error, TotpCodeMalformed) or (isinstance(error, BodyInvalid) and shows_code):
        return Outcome("not_a_code")
    if isinstance(error, ProofInvalid):
        retry_after = error.retry_after_seconds
        return Outcome("wrong_code" if retry_after is None else "locked", retry_after)
    if isinstance(error, ClientNotFound):
        return Outcome("not_enrolled")
    if isinstance(error, ClientExists):
        return Outcome("proof_needed")
    if isinstance(error, AuthenticatorNotFound):
        return Outcome("start_again")
    if isinstance(error, (AuthenticatorQuotaExceeded, AuthenticatorOdds)):
        return Outcome("too_many_phones")
    # The same form, sent again, gets the answer that was lost.
    if isinstance(error, OutcomeUnknown):
        return Outcome("outcome_unknown", cause=error)
    return Outcome("unavailable" if _may_pass(error) else "failed", cause=error)


def _may_pass(error: KandaError) -> bool:
    """Whether it may pass by itself: a label that is too long, a key that was revoked or a wrong address will not."""
    if isinstance(error, (InvalidArgument, SecretUnreadable)):
        return False
    status = error.status if isinstance(error, (Problem, UnexpectedAnswer)) else 503
    return status >= 500 or judge_failure(error).again
