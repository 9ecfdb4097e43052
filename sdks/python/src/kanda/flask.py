"""The second factor in Flask: a decorator for views that need it, and the answer to a challenge."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import ParamSpec, TypeVar

import flask

from .second_factor import Outcome, SecondFactor, ShownMethod, User, forget, is_fresh

__all__ = ["Outcome", "SecondFactor", "User", "forget", "require_second_factor", "response_of"]

P = ParamSpec("P")
R = TypeVar("R")


def require_second_factor(
    user: Callable[[], str | User | None],
    *,
    login_id: Callable[[], str | None] | None = None,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    redirect_to: str | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R | flask.Response]]:
    """Lets a request reach the view only when its session has shown the second factor.

    Otherwise it answers 401 `not_signed_in`, or 403 `second_factor_required`.

    user: gives the `User`, or only the client id, of who is signed in with the first factor, or None
    login_id: for a client id, gives the text that changes with each log-in, as `challenge` got it; none unless set
    max_age: seconds since a code was accepted, at most; any time in this session unless set
    methods: accepted ways; all of them unless set
    redirect_to: where a browser is sent that lacks it, in place of 403
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R | flask.Response]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | flask.Response:
            found = user()
            if found is None:
                return _answer(401, {"error": "not_signed_in"}, {})
            login = None if login_id is None else login_id()
            if is_fresh(flask.session, found, login_id=login, max_age=max_age, methods=methods):
                return view(*args, **kwargs)
            if redirect_to is not None:
                return _answer(303, {}, {"location": redirect_to})
            return _answer(403, {"error": "second_factor_required"}, {})

        return guarded

    return decorate


def response_of(outcome: Outcome) -> flask.Response:
    """The answer to the page that sent the form."""
    return _answer(outcome.status, outcome.body, outcome.headers)


def _answer(status: int, body: dict[str, object], headers: dict[str, str]) -> flask.Response:
    response = flask.jsonify(body)
    response.status_code = status
    response.headers.update({"cache-control": "no-store", **headers})
    return response
