"""The second factor in Flask: a decorator for views that need it, and the answer to a challenge."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import ParamSpec, TypeVar

import flask

from .second_factor import Outcome, SecondFactor, ShownMethod, User, forget, lacking

__all__ = ["Outcome", "SecondFactor", "User", "forget", "require_second_factor", "response_of"]

P = ParamSpec("P")
R = TypeVar("R")


def require_second_factor(
    user: Callable[[], User | None],
    *,
    if_on: bool = False,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    redirect_to: str | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R | flask.Response]]:
    """Lets a request reach the view only when its session has shown the second factor.

    Otherwise it answers 401 `not_signed_in`, or 403 `second_factor_required`.

    user: gives the `User` who is signed in with the first factor, or None
    if_on: lets users through whose `two_factor` is not on
    max_age: seconds since a code was accepted, at most; any time in this session unless set
    methods: accepted ways; phones and recovery codes unless set
    redirect_to: where a browser is sent that lacks it, in place of 403
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R | flask.Response]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | flask.Response:
            error = lacking(flask.session, user(), if_on=if_on, max_age=max_age, methods=methods)
            if error is None:
                return view(*args, **kwargs)
            if error == "not_signed_in":
                return _answer(401, {"error": error}, {})
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
