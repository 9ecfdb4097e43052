"""The second factor of an application, without a framework: challenges, first codes, and how recent a code is.

Whether a code is right, used or locked is Kanda's to say, in the one call that each challenge makes. The application's
session only keeps when that was, and which forms it showed.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeVar

from ._client import AsyncKanda, Kanda
from ._errors import KandaError, OutcomeUnknown
from ._io import run_blocking
from ._verdict import is_valid
from .problems import AuthenticatorNotFound, BodyInvalid, ClientNotFound, TotpCodeMalformed

__all__ = ["AsyncSecondFactor", "Outcome", "SecondFactor", "Session", "ShownMethod", "forget", "is_fresh"]

T = TypeVar("T")
ShownMethod = Literal["totp", "hotp", "recovery_code"]
"""How a user showed it."""
OutcomeError = Literal[
    "page_expired",
    "not_a_code",
    "wrong_code",
    "locked",
    "disabled",
    "not_enrolled",
    "start_again",
    "outcome_unknown",
    "unavailable",
]
_STATUSES: Final[dict[OutcomeError, int]] = {
    "page_expired": 409,
    "not_a_code": 400,
    "wrong_code": 401,
    "locked": 429,
    "disabled": 403,
    "not_enrolled": 409,
    "start_again": 409,
    "outcome_unknown": 503,
    "unavailable": 503,
}

_KEPT_AS: Final = "kanda_second_factor"
# Forms that may be open at once, such as in several tabs.
_MAX_FORMS: Final = 8
_FORM_LIFE: Final = 3_600


class Session(Protocol):
    """The application's session: whatever holds data of one browser that the browser cannot write, nor set back."""

    def get(self, key: str, /) -> Any: ...

    def __setitem__(self, key: str, value: Any, /) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """What became of a challenge. True to an `if` only when the code was accepted."""

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
    """What made it `outcome_unknown` or `unavailable`, for your log."""

    def __bool__(self) -> bool:
        return self.error is None

    @property
    def status(self) -> int:
        """The HTTP status that says so to a page."""
        return 200 if self.error is None else _STATUSES[self.error]

    @property
    def headers(self) -> dict[str, str]:
        """It is true for one session at one moment."""
        more = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return {"cache-control": "no-store", **more}

    @property
    def body(self) -> dict[str, object]:
        """The JSON that says so to a page."""
        said: dict[str, object] = {"done": True} if self.error is None else {"error": self.error}
        for name in ("method", "remaining_recovery_codes", "authenticator_id", "retry_after", "attempts_left"):
            if getattr(self, name) is not None:
                said[name] = getattr(self, name)
        return said


def _system_clock() -> float:
    return time.time()


def is_fresh(
    session: Session,
    client_id: str,
    *,
    login_id: str | None = None,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    now: float | None = None,
) -> bool:
    """Whether this session has shown the user's second factor.

    login_id: text that changes with each log-in, as it was given to `form` and `challenge`: a second factor that was
        shown counts in its log-in alone. Unless set, a log-out must begin a new session or call `forget`
    max_age: seconds since a code was accepted, at most; any time in this session unless set
    methods: accepted ways; all of them unless set
    now: seconds since 1970; the system's clock unless set
    """
    state = _state(session, client_id, login_id)
    at, method = state["at"], state["method"]
    if at is None or (methods is not None and method not in methods):
        return False
    # A time in the future, of a clock that was set back, is not fresh.
    age = (_system_clock() if now is None else now) - at
    return max_age is None or 0 <= age <= max_age


def forget(session: Session) -> None:
    """Drops what this session has shown: for a log-out that goes on with the same session."""
    session[_KEPT_AS] = None


class SecondFactor:
    """Challenges of a blocking application."""

    def __init__(self, kanda: Kanda, *, now: Callable[[], float] = _system_clock) -> None:
        self._core = _Core(kanda, now)

    def form(self, session: Session, client_id: str, *, login_id: str | None = None) -> str:
        """A key for a form that is about to be shown to this user; the form sends it back as `page`."""
        return self._core.form(session, client_id, login_id)

    def challenge(
        self, session: Session, client_id: str, fields: Mapping[str, Any], *, login_id: str | None = None
    ) -> Outcome:
        """Checks the `token` or `recovery_code` that a form sent, with its `page`.

        A form that comes twice gets one verdict, and makes nothing fresh again.
        """
        return run_blocking(self._core.challenge(session, client_id, fields, login_id))

    def confirm(
        self, session: Session, client_id: str, fields: Mapping[str, Any], *, login_id: str | None = None
    ) -> Outcome:
        """Confirms an enrolment with the first code, `token`, and `authenticator_id` where the form has one."""
        return run_blocking(self._core.confirm(session, client_id, fields, login_id))


class AsyncSecondFactor:
    """Challenges of an application on asyncio."""

    def __init__(self, kanda: AsyncKanda, *, now: Callable[[], float] = _system_clock) -> None:
        self._core = _Core(kanda, now)

    def form(self, session: Session, client_id: str, *, login_id: str | None = None) -> str:
        """As `SecondFactor.form`."""
        return self._core.form(session, client_id, login_id)

    async def challenge(
        self, session: Session, client_id: str, fields: Mapping[str, Any], *, login_id: str | None = None
    ) -> Outcome:
        """As `SecondFactor.challenge`."""
        return await self._core.challenge(session, client_id, fields, login_id)

    async def confirm(
        self, session: Session, client_id: str, fields: Mapping[str, Any], *, login_id: str | None = None
    ) -> Outcome:
        """As `SecondFactor.confirm`."""
        return await self._core.confirm(session, client_id, fields, login_id)


class _Core:
    def __init__(self, kanda: Kanda | AsyncKanda, now: Callable[[], float]) -> None:
        self._kanda = kanda
        self._now = now

    def form(self, session: Session, client_id: str, login_id: str | None) -> str:
        state = _state(session, client_id, login_id)
        key = str(uuid.uuid4())
        session[_KEPT_AS] = {**state, "forms": [*state["forms"], [key, self._now()]][-_MAX_FORMS:]}
        return key

    async def challenge(
        self, session: Session, client_id: str, fields: Mapping[str, Any], login_id: str | None
    ) -> Outcome:
        shown = _shown_factor(fields)
        if shown is None:
            return Outcome("not_a_code")

        async def ask(key: str) -> Outcome:
            verdict = await _settled(
                self._kanda.validate(
                    client_id=client_id,
                    token=shown.get("token"),
                    recovery_code=shown.get("recovery_code"),
                    details=True if "token" in shown else None,
                    idempotency_key=key,
                )
            )
            if not is_valid(verdict):
                return _refused(verdict.reason, verdict.retry_after, None)
            method: ShownMethod = "hotp" if verdict.method == "hotp" else "totp"
            if "recovery_code" in shown:
                method = "recovery_code"
            return Outcome(method=method, remaining_recovery_codes=verdict.remaining_recovery_codes)

        return await self._visit(session, client_id, login_id, fields, ["challenge", shown], ask)

    async def confirm(
        self, session: Session, client_id: str, fields: Mapping[str, Any], login_id: str | None
    ) -> Outcome:
        token = _code(fields.get("token"))
        if token is None:
            return Outcome("not_a_code")
        named = fields.get("authenticator_id")
        authenticator_id = named if isinstance(named, str) else None

        async def ask(key: str) -> Outcome:
            answer = await _settled(
                self._kanda.confirm(
                    client_id=client_id, token=token, authenticator_id=authenticator_id, idempotency_key=key
                )
            )
            if answer.confirmed is not True:
                return _refused(answer.reason, answer.retry_after, answer.attempts_left)
            return Outcome(method="totp", authenticator_id=answer.authenticator_id)

        return await self._visit(session, client_id, login_id, fields, ["confirm", token, authenticator_id], ask)

    async def _visit(
        self,
        session: Session,
        client_id: str,
        login_id: str | None,
        fields: Mapping[str, Any],
        shown: object,
        ask: Callable[[str], Coroutine[Any, Any, Outcome]],
    ) -> Outcome:
        """Asks Kanda for a form that this session showed within the last hour, and keeps that it accepted it."""
        page, now = fields.get("page"), self._now()
        forms = _state(session, client_id, login_id)["forms"]
        if not any(key == page and 0 <= now - shown_at < _FORM_LIFE for key, shown_at in forms):
            return Outcome("page_expired")
        # The same for a form that comes again, and another for another input. The form's key is known to its session
        # alone, so no one else gets the answer that is kept under this.
        key = hashlib.sha256(json.dumps([client_id, page, shown]).encode()).hexdigest()
        try:
            outcome = await ask(key)
        except KandaError as error:
            return _refusal_of(error)
        if outcome:
            # Read anew: another request of this session may have changed it while Kanda was asked.
            state = _state(session, client_id, login_id)
            if key not in state["accepted"]:
                accepted = [*state["accepted"], key][-_MAX_FORMS:]
                session[_KEPT_AS] = {**state, "at": self._now(), "method": outcome.method, "accepted": accepted}
        return outcome


async def _settled(made: T | Awaitable[T]) -> T:
    """The answer of a call, whichever client made it."""
    if inspect.isawaitable(made):
        answer: T = await made
        return answer
    return made


def _state(session: Session, client_id: str, login_id: str | None) -> dict[str, Any]:
    """What the session keeps of this user in this log-in; of another user, whose session it was, or log-in, nothing."""
    kept = session.get(_KEPT_AS)
    if isinstance(kept, dict) and kept.get("client_id") == client_id and kept.get("login_id") == login_id:
        return kept
    bound = {} if login_id is None else {"login_id": login_id}
    return {"client_id": client_id, **bound, "at": None, "method": None, "forms": [], "accepted": []}


def _shown_factor(fields: Mapping[str, Any]) -> dict[str, str] | None:
    """The code or the recovery code that a form sent; None: neither, or both."""
    token, recovery_code = fields.get("token") or None, fields.get("recovery_code") or None
    if (token is None) == (recovery_code is None):
        return None
    if token is not None:
        code = _code(token)
        return None if code is None else {"token": code}
    fits = isinstance(recovery_code, str) and 0 < len(recovery_code) <= 64
    return {"recovery_code": recovery_code} if fits and isinstance(recovery_code, str) else None


def _code(typed: object) -> str | None:
    """The digits of a code as apps show it, with spaces; None: it is none."""
    digits = re.sub(r"[\s-]", "", typed) if isinstance(typed, str) else ""
    return digits if re.fullmatch(r"[0-9]{6}|[0-9]{8}", digits) else None


def _refused(reason: str | None, retry_after: int | None, attempts_left: int | None) -> Outcome:
    if reason == "locked":
        return Outcome("locked", retry_after, attempts_left)
    if reason == "disabled":
        return Outcome("disabled", retry_after, attempts_left)
    if reason == "pending":
        return Outcome("not_enrolled")
    return Outcome("start_again" if attempts_left == 0 else "wrong_code", retry_after, attempts_left)


def _refusal_of(error: KandaError) -> Outcome:
    if isinstance(error, (TotpCodeMalformed, BodyInvalid)):
        return Outcome("not_a_code")
    if isinstance(error, ClientNotFound):
        return Outcome("not_enrolled")
    if isinstance(error, AuthenticatorNotFound):
        return Outcome("start_again")
    # The same form, sent again, gets the answer that was lost.
    return Outcome("outcome_unknown" if isinstance(error, OutcomeUnknown) else "unavailable", cause=error)
