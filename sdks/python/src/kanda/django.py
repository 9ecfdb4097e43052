"""The second factor in Django: a middleware, a decorator for views that need it, and an authentication backend.

The setting `KANDA` is a dictionary: `url`, `api_key`, and `user`, a function of a request and a user of Django's that gives
the `kanda.second_factor.User`, or the dotted path of one.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.utils.module_loading import import_string

from ._client import Kanda
from .second_factor import Outcome, SecondFactor, ShownMethod, User, lacking

__all__ = ["RequestSecondFactor", "SecondFactorBackend", "SecondFactorMiddleware", "require_second_factor", "response_of"]

View = Callable[..., HttpResponseBase]
_kept: dict[int, Kanda] = {}
_lock = threading.Lock()


def kanda() -> Kanda:
    """The client of this process. A worker that was forked has one of its own."""
    with _lock:
        process = os.getpid()
        if process not in _kept:
            _kept.clear()
            _kept[process] = Kanda(settings.KANDA["url"], settings.KANDA["api_key"])
        return _kept[process]


def shown_by(request: HttpRequest, user: Any) -> User:
    """The user of the second factor, by the setting."""
    chosen = settings.KANDA["user"]
    named = import_string(chosen) if isinstance(chosen, str) else chosen
    found: User = named(request, user)
    return found


class RequestSecondFactor:
    """`request.second_factor`: the second factor of a request's session."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def form(self, user: Any = None) -> str:
        """A key for a form that is about to be shown; the form sends it back as `page`.

        user: who is to show a code, where no one is logged in yet; the request's user unless set
        """
        return SecondFactor(kanda()).form(self._session, self._shown_by(user))

    def challenge(self, fields: Mapping[str, Any], user: Any = None) -> Outcome:
        """Checks the `token` or `recovery_code` that a form sent, with its `page`."""
        return SecondFactor(kanda()).challenge(self._session, self._shown_by(user), fields)

    def confirm(self, fields: Mapping[str, Any]) -> Outcome:
        """Confirms an enrolment with the first code, `token`."""
        return SecondFactor(kanda()).confirm(self._session, self._shown_by(None), fields)

    def is_fresh(self, *, max_age: float | None = None, methods: Collection[ShownMethod] | None = None) -> bool:
        """Whether this session has shown it: within `max_age` seconds, by one of these `methods`."""
        return self.lacking(max_age=max_age, methods=methods) is None

    def lacking(
        self,
        *,
        if_on: bool = False,
        max_age: float | None = None,
        methods: Collection[ShownMethod] | None = None,
    ) -> Literal["not_signed_in", "second_factor_required"] | None:
        """What this request lacks, as `kanda.second_factor.lacking` has it; None: nothing."""
        user = self._request.user
        who = shown_by(self._request, user) if user.is_authenticated else None
        return lacking(self._session, who, if_on=if_on, max_age=max_age, methods=methods)

    @property
    def _session(self) -> Any:
        return self._request.session

    def _shown_by(self, user: Any) -> User:
        who = self._request.user if user is None else user
        if not who.is_authenticated:
            raise ValueError("No one is logged in: name the user who is to show a code.")
        return shown_by(self._request, who)


class SecondFactorMiddleware:
    """Gives each request its `second_factor`. After those of sessions and authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        setattr(request, "second_factor", RequestSecondFactor(request))
        return self._get_response(request)


class SecondFactorBackend(ModelBackend):
    """`authenticate(request, user=user, fields=request.POST)`: the user, if Kanda accepts what the form sent.

    For the second step of a log-in: `user` is who showed the password before, and `fields` has `page` and `token` or
    `recovery_code`. None is a code that is not accepted; where Kanda gave no answer, its error is raised.
    """

    def authenticate(self, request: HttpRequest | None, user: Any, fields: Mapping[str, Any]) -> Any:  # type: ignore[override]
        if request is None or not self.user_can_authenticate(user):
            return None
        outcome = RequestSecondFactor(request).challenge(fields, user)
        if outcome.cause is not None:
            raise outcome.cause
        return user if outcome else None


def require_second_factor(
    *,
    if_on: bool = False,
    max_age: float | None = None,
    methods: Collection[ShownMethod] | None = None,
    redirect_to: str | None = None,
) -> Callable[[View], View]:
    """Lets a request reach the view only when its session has shown the second factor.

    Otherwise it answers 401 `not_signed_in`, or 403 `second_factor_required`.

    if_on: lets users through whose `two_factor` is not on
    max_age: seconds since a code was accepted, at most; any time in this session unless set
    methods: accepted ways; phones and recovery codes unless set
    redirect_to: where a browser is sent that lacks it, in place of 403
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            error = RequestSecondFactor(request).lacking(if_on=if_on, max_age=max_age, methods=methods)
            if error is None:
                return view(request, *args, **kwargs)
            if error == "not_signed_in":
                return _answer(401, {"error": error}, {})
            if redirect_to is not None:
                return HttpResponseRedirect(redirect_to, headers={"cache-control": "no-store"})
            return _answer(403, {"error": "second_factor_required"}, {})

        return guarded

    return decorate


def response_of(outcome: Outcome) -> JsonResponse:
    """The answer to the page that sent the form."""
    return _answer(outcome.status, outcome.body, outcome.headers)


def _answer(status: int, body: dict[str, object], headers: dict[str, str]) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"cache-control": "no-store", **headers})
