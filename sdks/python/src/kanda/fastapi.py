"""The second factor in FastAPI: a dependency for routes that need it, and the answer to a challenge."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from fastapi import Depends, HTTPException, Request
from fastapi.responses import JSONResponse

from .second_factor import AsyncSecondFactor, Outcome, Session, ShownMethod, forget, is_fresh

__all__ = ["AsyncSecondFactor", "Outcome", "forget", "require_second_factor", "response_of"]


def _session_of(request: Request) -> Session:
    session: Session = request.session
    return session


def _no_login_id() -> None:
    return None


def require_second_factor(
    user: Callable[..., Any],
    *,
    login_id: Callable[..., Any] | None = None,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    session: Callable[[Request], Session] = _session_of,
) -> Callable[..., Any]:
    """A dependency that gives the client id of a user whose session has shown the second factor.

    Otherwise it answers 401 `not_signed_in`, or 403 `second_factor_required`.

    user: a dependency that gives the client id of who is signed in with the first factor, or None
    login_id: a dependency that gives the text that changes with each log-in, as `challenge` got it; none unless set
    max_age: seconds since a code was accepted, at most; any time in this session unless set
    methods: accepted ways; all of them unless set
    session: the session of a request; `request.session` unless set
    """

    def required(
        request: Request, client_id: str | None = Depends(user), login: str | None = Depends(login_id or _no_login_id)
    ) -> str:
        if client_id is None:
            raise HTTPException(401, {"error": "not_signed_in"})
        if not is_fresh(session(request), client_id, login_id=login, max_age=max_age, methods=methods):
            raise HTTPException(403, {"error": "second_factor_required"})
        return client_id

    return required


def response_of(outcome: Outcome) -> JSONResponse:
    """The answer to the page that sent the form."""
    return JSONResponse(outcome.body, outcome.status, outcome.headers)
