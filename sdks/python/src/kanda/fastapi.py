"""The second factor in FastAPI: its routes, a dependency for routes that need it, and the answer to a form."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from fastapi.responses import JSONResponse

from .second_factor import AsyncSecondFactor, Outcome, Session, ShownMethod, User, forget, lacking

__all__ = ["AsyncSecondFactor", "Outcome", "User", "forget", "require_second_factor", "response_of", "two_factor_routes"]

_log = logging.getLogger("kanda")


def _session_of(request: Request) -> Session:
    session: Session = request.session
    return session


def require_second_factor(
    user: Callable[..., Any],
    *,
    if_on: bool = False,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    session: Callable[[Request], Session] = _session_of,
) -> Callable[..., Any]:
    """A dependency that gives the user whose session has shown the second factor.

    Otherwise it answers 401 `not_signed_in`, or 403 `second_factor_required`.

    user: a dependency that gives the `User` who is signed in with the first factor, or None
    if_on: lets a `User` through whose `two_factor` is not on
    max_age: seconds since a code was accepted, at most; any time in this session unless set
    methods: accepted ways; phones and recovery codes unless set
    session: the session of a request; `request.session` unless set
    """

    def required(request: Request, found: Any = Depends(user)) -> Any:
        error = lacking(session(request), found, if_on=if_on, max_age=max_age, methods=methods)
        if error is not None:
            raise HTTPException(401 if error == "not_signed_in" else 403, {"error": error})
        return found

    return required


def response_of(outcome: Outcome) -> JSONResponse:
    """The answer to the page that sent the form."""
    return JSONResponse(outcome.body, outcome.status, outcome.headers)


def _is_json(request: Request) -> bool:
    """A browser sends text of other types, and bytes of none, from any site without asking this one. FastAPI before 0.132
    reads the latter as JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def two_factor_routes(
    factor: AsyncSecondFactor,
    user: Callable[..., Any],
    *,
    session: Callable[[Request], Session] = _session_of,
) -> APIRouter:
    """The routes that the pages of a second factor need: `GET /page`, `POST /challenge`, `/enrol`, `/confirm`,
    `/recovery-codes`, and `DELETE` of the prefix, under which they must be included. Errors of Kanda go to the logger `kanda`.

    user: a dependency that gives the `User` who is signed in with the first factor, or None
    session: the session of a request; `request.session` unless set
    """
    router = APIRouter()

    def answer(outcome: Outcome) -> JSONResponse:
        if outcome.cause is not None:
            _log.error("The second factor: %s", outcome.cause, exc_info=outcome.cause)
        return response_of(outcome)

    @router.get("/page")
    async def page(request: Request, who: Any = Depends(user)) -> JSONResponse:
        kept = session(request)
        if who is None or lacking(kept, who) == "not_signed_in":
            return response_of(Outcome("not_signed_in"))
        return JSONResponse({"page": factor.form(kept, who)}, headers={"cache-control": "no-store"})

    def form(method: str, path: str, work: Callable[[Session, User, dict[str, Any]], Awaitable[Outcome]]) -> None:
        async def handle(request: Request, who: Any = Depends(user), sent: Any = Body(None)) -> JSONResponse:
            if who is None:
                return response_of(Outcome("not_signed_in"))
            return answer(await work(session(request), who, sent if _is_json(request) and isinstance(sent, dict) else {}))

        router.add_api_route(path, handle, methods=[method])

    form("POST", "/challenge", factor.challenge)
    form("POST", "/enrol", factor.enrol)
    form("POST", "/confirm", factor.confirm)
    form("POST", "/recovery-codes", factor.recovery_codes)
    form("DELETE", "", factor.turn_off)
    return router
