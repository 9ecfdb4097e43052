"""The routes of test_frameworks.py in Django: a log-in of two steps, the second by the authentication backend."""

from __future__ import annotations

import json
import time
from typing import Any

from django.contrib.auth import authenticate, get_user_model, login, logout
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path
from kanda.django import require_second_factor, response_of
from kanda.second_factor import Outcome, User


def second_factor_user(request: HttpRequest, user: Any) -> User:
    return User(user.get_username(), signed_in_at=request.session["at"])


def begin(request: Any) -> HttpResponseBase:
    """As after the password: no one is logged in before the code."""
    logout(request)
    user, _ = get_user_model().objects.get_or_create(username=json.loads(request.body)["user"])
    request.session.update({"half": user.pk, "at": time.time()})
    return JsonResponse({"page": request.second_factor.form(user)})


def code(request: Any) -> HttpResponseBase:
    fields = json.loads(request.body)
    if request.user.is_authenticated:
        return response_of(request.second_factor.challenge(fields))
    user = authenticate(request, user=get_user_model().objects.get(pk=request.session["half"]), fields=fields)
    if user is None:
        return response_of(Outcome("wrong_code"))
    login(request, user)
    return JsonResponse({"done": True})


@require_second_factor()
def account(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"user": request.user.get_username()})


@require_second_factor(max_age=300, methods=["totp", "hotp"])
def money(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"user": request.user.get_username()})


urlpatterns = [path("login", begin), path("code", code), path("account", account), path("money", money)]
