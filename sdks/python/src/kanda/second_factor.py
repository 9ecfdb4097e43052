"""The second factor of an application, without a framework: challenges, enrolments, and how recent a code is.

Whether a code is right, used or locked is Kanda's to say, in the one call that each challenge makes. The application's
session only keeps when that was, and which forms it showed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ._client import AsyncKanda, Kanda
from ._io import run_blocking
from ._second_factor_core import Core, OnChange
from ._second_factor_outcome import Outcome
from ._second_factor_state import (
    PHONES,
    NextStep,
    Session,
    ShownMethod,
    TwoFactor,
    User,
    forget,
    is_fresh,
    lacking,
    next_step,
    system_clock,
)

__all__ = [
    "PHONES",
    "AsyncSecondFactor",
    "NextStep",
    "Outcome",
    "SecondFactor",
    "Session",
    "ShownMethod",
    "TwoFactor",
    "User",
    "forget",
    "is_fresh",
    "lacking",
    "next_step",
]

Fields = Mapping[str, Any]


class SecondFactor:
    """The forms of a blocking application. Each takes the session, the user, and what the form sent, with its `page`;
    a form that comes twice gets one answer, and makes nothing fresh again.

    issuer: what the authenticator app shows as the name of your application
    on_change: called with the user and `on`, `ending` or `off` when an authenticator was confirmed or two-factor login
        turned off: keep it with the user, and with `ending` and `off` the time as `two_factor_ended_at`. Set `off` only
        where the record is `ending`: it may come after another session has confirmed an authenticator
    recent: seconds that a code may be old for recovery codes, a further phone, and to turn it off
    """

    def __init__(
        self,
        kanda: Kanda,
        *,
        issuer: str = "",
        on_change: OnChange | None = None,
        recent: float = 300,
        now: Callable[[], float] = system_clock,
    ) -> None:
        self._core = Core(kanda, now, issuer, on_change, recent)

    def form(self, session: Session, user: User) -> str:
        """A key for a form that is about to be shown to this user; the form sends it back as `page`."""
        return self._core.form(session, user)

    def challenge(self, session: Session, user: User, fields: Fields) -> Outcome:
        """Checks the `token` or `recovery_code` that a form sent."""
        return run_blocking(self._core.challenge(session, user, fields))

    def enrol(self, session: Session, user: User, fields: Fields) -> Outcome:
        """Begins an enrolment: its `enrolment` counts once `confirm` got a first right code.

        The session that began it is shown the same QR code again; another session begins anew. A user who has an
        authenticator already sends `proof`, with `token` or `recovery_code`, or has shown a recovery code in this
        session, and keeps the old one until the new one is confirmed. With `add` it is a further one, with a `name`,
        for a session that has just shown a code.
        """
        return run_blocking(self._core.enrol(session, user, fields))

    def confirm(self, session: Session, user: User, fields: Fields) -> Outcome:
        """Confirms an enrolment with the first code, `token`, and `authenticator_id` where the form has one."""
        return run_blocking(self._core.confirm(session, user, fields))

    def recovery_codes(self, session: Session, user: User, fields: Fields) -> Outcome:
        """New recovery codes, to a session that has just shown a code."""
        return run_blocking(self._core.recovery_codes(session, user, fields))

    def turn_off(self, session: Session, user: User, fields: Fields) -> Outcome:
        """Turns two-factor login off, for a session that has just shown a code.

        It is off whatever becomes of the call to Kanda: a secret that is left behind there, with the reason as
        `cause`, is replaced by the next enrolment.
        """
        return run_blocking(self._core.turn_off(session, user, fields))


class AsyncSecondFactor:
    """The forms of an application on asyncio: as `SecondFactor`, whose `on_change` may be a coroutine function here."""

    def __init__(
        self,
        kanda: AsyncKanda,
        *,
        issuer: str = "",
        on_change: OnChange | None = None,
        recent: float = 300,
        now: Callable[[], float] = system_clock,
    ) -> None:
        self._core = Core(kanda, now, issuer, on_change, recent)

    def form(self, session: Session, user: User) -> str:
        """As `SecondFactor.form`."""
        return self._core.form(session, user)

    async def challenge(self, session: Session, user: User, fields: Fields) -> Outcome:
        """As `SecondFactor.challenge`."""
        return await self._core.challenge(session, user, fields)

    async def enrol(self, session: Session, user: User, fields: Fields) -> Outcome:
        """As `SecondFactor.enrol`."""
        return await self._core.enrol(session, user, fields)

    async def confirm(self, session: Session, user: User, fields: Fields) -> Outcome:
        """As `SecondFactor.confirm`."""
        return await self._core.confirm(session, user, fields)

    async def recovery_codes(self, session: Session, user: User, fields: Fields) -> Outcome:
        """As `SecondFactor.recovery_codes`."""
        return await self._core.recovery_codes(session, user, fields)

    async def turn_off(self, session: Session, user: User, fields: Fields) -> Outcome:
        """As `SecondFactor.turn_off`."""
        return await self._core.turn_off(session, user, fields)
