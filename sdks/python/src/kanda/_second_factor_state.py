"""What the application's session keeps of a user's second factor, as plain JSON, and what a user must be for it."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

ShownMethod = Literal["totp", "hotp", "recovery_code"]
"""How a user showed it."""
TwoFactor = Literal["off", "on", "ending"]
"""Whether a user has two-factor login, in your records. `ending`: it is off, and the secret may still be with Kanda; the
next enrolment replaces it."""
NextStep = Literal["sign_in", "code", "enrol", "done"]
"""What a log-in needs next: the password, a code, a new phone after a recovery code, or nothing."""

PHONES: Final[tuple[ShownMethod, ...]] = ("totp", "hotp")
"""What is not a recovery code, which shows that the phone is lost."""
RECOVERY_CODE: Final[tuple[ShownMethod, ...]] = ("recovery_code",)
_KEPT_AS: Final = "kanda_second_factor"
_METHODS: Final = (*PHONES, *RECOVERY_CODE)
# Forms that may be open at once, such as in several tabs.
_MAX_FORMS: Final = 8
_FORM_LIFE: Final = 3_600


class Session(Protocol):
    """The application's session: whatever holds data of one browser that the browser cannot write, nor set back."""

    def get(self, key: str, /) -> Any: ...

    def __setitem__(self, key: str, value: Any, /) -> None: ...


@dataclass(frozen=True)
class User:
    """The application's user whom the first factor named."""

    client_id: str
    label: str = ""
    """What the authenticator app shows, such as the e-mail address."""
    two_factor: TwoFactor | None = None
    """What `on_change` got last, and `off` before. Unless set, the user is taken to have it on."""
    signed_in_at: float = field(kw_only=True)
    """When the first factor was shown, seconds since 1970: keep it in the session. A user who has it on and shows no code
    within `half_open` seconds is not signed in any more."""
    half_open: float = 900
    """How many seconds after `signed_in_at` a user who has it on may take to show a code."""
    login_id: str | None = None
    """Text that changes with each log-in: a second factor that was shown counts in its log-in alone. Unless set, a log-out
    must begin a new session or call `forget`."""
    two_factor_ended_at: float | None = None
    """When two-factor login was last turned off, seconds since 1970: set it where `on_change` gets `ending` or `off`, and
    where you turn it off yourself. What any session showed or began by then counts no more; unless set, it would count
    again once the user turns it on anew."""

    @property
    def is_on(self) -> bool:
        """Without a record of the application's, it is asked of everyone."""
        return self.two_factor in (None, "on")


def system_clock() -> float:
    return time.time()


class Kept:
    """A session's second factor of one user. Read anew for each question: another request may have changed it."""

    def __init__(self, session: Session, user: User) -> None:
        self._session = session
        self._user = user

    def read(self) -> dict[str, Any]:
        """What is kept of this user in this log-in, and counts still; of another user, whose session it was, or log-in,
        nothing."""
        kept = self._session.get(_KEPT_AS)
        named = (self._user.client_id, self._user.login_id)
        if isinstance(kept, dict) and (kept.get("client_id"), kept.get("login_id")) == named:
            return self._since_end(kept)
        bound = {} if named[1] is None else {"login_id": named[1]}
        return {"client_id": named[0], **bound, "at": None, "method": None, "forms": [], "accepted": []}

    def _since_end(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Without what is from before two-factor login was last turned off: someone else may have shown it.
        A form goes too, or it would get its kept answer once more, and what it showed would count anew."""
        ended_at = self._user.two_factor_ended_at
        if ended_at is None:
            return kept
        since = {**kept, "forms": [form for form in kept["forms"] if form[1] > ended_at]}
        if kept["at"] is None or kept["at"] <= ended_at:
            since.update(at=None, method=None)
        since["accepted"] = [one for one in kept["accepted"] if one[1] > ended_at]
        begun = kept.get("begun")
        if isinstance(begun, dict) and begun.get("at", 0) <= ended_at:
            since["begun"] = None
        return since

    def _change(self, **changed: Any) -> None:
        self._session[_KEPT_AS] = {**self.read(), **changed}

    def clear(self) -> None:
        """The forms that were shown are used up, too."""
        self._session[_KEPT_AS] = None

    def add_form(self, key: str, now: float) -> None:
        self._change(forms=[*self.read()["forms"], [key, now]][-_MAX_FORMS:])

    def showed_form(self, key: object, now: float) -> bool:
        return any(key == one and now - shown_at < _FORM_LIFE for one, shown_at in self.read()["forms"])

    def has_accepted(self, key: str) -> bool:
        """Whether Kanda accepted what was sent with this Idempotency-Key, in this session."""
        return any(key == one for one, _ in self.read()["accepted"])

    def accept(self, key: str, method: ShownMethod, now: float) -> None:
        # The answer that was kept for a form that came again: nothing was shown anew.
        if self.has_accepted(key):
            return
        # By age and not by count: a form that may come again must find its own. It was shown before it was accepted.
        live = [one for one in self.read()["accepted"] if now - one[1] < _FORM_LIFE]
        self._change(at=now, method=method, accepted=[*live, [key, now]])

    def begin(self, authenticator_id: str, page: object, now: float) -> None:
        """The enrolment that this session has begun last, and the form that did it."""
        confirmed = self.has_confirmed(authenticator_id)
        self._change(begun={"authenticator_id": authenticator_id, "page": page, "confirmed": confirmed, "at": now})

    @property
    def begun(self) -> dict[str, Any]:
        found = self.read().get("begun")
        return found if isinstance(found, dict) else {}

    def confirmed(self, authenticator_id: str | None, now: float) -> None:
        self._change(begun={"authenticator_id": authenticator_id, "page": None, "confirmed": True, "at": now})

    def has_confirmed(self, authenticator_id: object) -> bool:
        begun = self.begun
        return begun.get("confirmed") is True and begun.get("authenticator_id") == authenticator_id

    def is_fresh(self, max_age: float | None, methods: Collection[ShownMethod] | None, now: float) -> bool:
        state = self.read()
        at, method = state["at"], state["method"]
        if at is None or method not in (_METHODS if methods is None else methods):
            return False
        # A time in the future, of a clock that was set back, is not fresh.
        return max_age is None or 0 <= now - at <= max_age

    def is_signed_in(self, now: float) -> bool:
        """Whether the log-in still counts: one that has waited too long for its code does not."""
        user = self._user
        return now - user.signed_in_at <= user.half_open or not user.is_on or self.is_fresh(None, PHONES, now)


def is_fresh(
    session: Session,
    user: User,
    *,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    now: float | None = None,
) -> bool:
    """Whether this session has shown the user's second factor.

    max_age: seconds since a code was accepted, at most; any time in this session unless set
    methods: accepted ways; phones and recovery codes unless set
    now: seconds since 1970; the system's clock unless set
    """
    return Kept(session, user).is_fresh(max_age, methods, system_clock() if now is None else now)


def lacking(
    session: Session,
    user: User | None,
    *,
    if_on: bool = False,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    now: float | None = None,
) -> Literal["not_signed_in", "second_factor_required"] | None:
    """What a request lacks before it may go on; None: nothing.

    user: who is signed in with the first factor; None: no one
    if_on: lets users through whose `two_factor` is not on
    max_age, methods, now: as for `is_fresh`
    """
    at = system_clock() if now is None else now
    if user is None or not Kept(session, user).is_signed_in(at):
        return "not_signed_in"
    if (if_on and not user.is_on) or Kept(session, user).is_fresh(max_age, methods, at):
        return None
    return "second_factor_required"


def next_step(session: Session, user: User | None, *, now: float | None = None) -> NextStep:
    """What this log-in needs next: for the answer to a password, and for which page to show."""
    error = lacking(session, user, if_on=True, methods=PHONES, now=now)
    if user is None or error == "not_signed_in":
        return "sign_in"
    if error is None:
        return "done"
    return "enrol" if Kept(session, user).read()["method"] == "recovery_code" else "code"


def forget(session: Session) -> None:
    """Drops what this session has shown: for a log-out that goes on with the same session."""
    session[_KEPT_AS] = None
