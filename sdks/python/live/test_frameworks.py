"""The parts for FastAPI, Flask and Django, each in an application of a few routes."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import django
import flask
import pytest
from conftest import Phone
from django.conf import settings
from fastapi import Body, Depends, FastAPI, Request
from fastapi.testclient import TestClient
from kanda import AsyncKanda, Kanda
from kanda import fastapi as for_fastapi
from kanda import flask as for_flask
from kanda.second_factor import User
from starlette.middleware.sessions import SessionMiddleware

#: Seconds that a code is fresh for the route `/money`.
MAX_AGE = 300
Ask = Callable[..., tuple[int, Any]]


def user_in(session: Any) -> Any:
    """Who showed the password in this session; None: no one."""
    if "user" not in session:
        return None
    return User(session["user"], login_id=session["login"], signed_in_at=session["at"])


def in_fastapi(_: Kanda) -> Ask:
    app = FastAPI()
    app.add_middleware(SessionMiddleware, secret_key="kept on the server")
    factor = for_fastapi.AsyncSecondFactor(AsyncKanda(os.environ["KANDA_URL"], os.environ["KANDA_API_KEY"]))

    def signed_in(request: Request) -> Any:
        return user_in(request.session)

    @app.post("/login")
    async def login(request: Request, fields: dict[str, Any] = Body()) -> dict[str, str]:
        request.session.update(user=fields["user"], login=str(uuid.uuid4()), at=time.time())
        return {"page": factor.form(request.session, signed_in(request))}

    @app.post("/code")
    async def code(request: Request, fields: dict[str, Any] = Body()) -> Any:
        return for_fastapi.response_of(await factor.challenge(request.session, signed_in(request), fields))

    @app.get("/account")
    async def account(user: User = Depends(for_fastapi.require_second_factor(signed_in))) -> dict[str, str]:
        return {"user": user.client_id}

    @app.get("/money")
    async def money(
        user: User = Depends(
            for_fastapi.require_second_factor(signed_in, max_age=MAX_AGE, methods=["totp", "hotp"])
        ),
    ) -> dict[str, str]:
        return {"user": user.client_id}

    client = TestClient(app)
    client.__enter__()

    def ask(method: str, path: str, fields: Any = None) -> tuple[int, Any]:
        answer = client.request(method, path, json=fields)
        body = answer.json()
        return answer.status_code, body.get("detail", body)

    return ask


def in_flask(kanda: Kanda) -> Ask:
    app = flask.Flask("shop")
    app.secret_key = "kept on the server"
    factor = for_flask.SecondFactor(kanda)

    def signed_in() -> Any:
        return user_in(flask.session)

    @app.post("/login")
    def login() -> Any:
        flask.session.update(user=flask.request.json["user"], login=str(uuid.uuid4()), at=time.time())
        return {"page": factor.form(flask.session, signed_in())}

    @app.post("/code")
    def code() -> Any:
        return for_flask.response_of(factor.challenge(flask.session, signed_in(), flask.request.json))

    @app.get("/account")
    @for_flask.require_second_factor(signed_in)
    def account() -> Any:
        return {"user": flask.session["user"]}

    @app.get("/money")
    @for_flask.require_second_factor(signed_in, max_age=MAX_AGE, methods=["totp", "hotp"])
    def money() -> Any:
        return {"user": flask.session["user"]}

    client = app.test_client()

    def ask(method: str, path: str, fields: Any = None) -> tuple[int, Any]:
        answer = client.open(path, method=method, json=fields)
        return answer.status_code, answer.get_json()

    return ask


def in_django(_: Kanda) -> Ask:
    from django.contrib.auth import get_user_model
    from django.test import Client

    get_user_model().objects.all().delete()
    client = Client()

    def ask(method: str, path: str, fields: Any = None) -> tuple[int, Any]:
        answer = client.generic(method, path, json.dumps(fields), content_type="application/json")
        return answer.status_code, answer.json()

    return ask


@pytest.fixture(scope="module", autouse=True)
def _django() -> None:
    settings.configure(
        SECRET_KEY="kept on the server",
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "kanda.django.SecondFactorMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["kanda.django.SecondFactorBackend"],
        ROOT_URLCONF="shop_in_django",
        KANDA={
            "url": os.environ["KANDA_URL"],
            "api_key": os.environ["KANDA_API_KEY"],
            "user": "shop_in_django.second_factor_user",
        },
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


@pytest.fixture(params=[in_fastapi, in_flask, in_django], ids=["FastAPI", "Flask", "Django"])
def ask(request: pytest.FixtureRequest, kanda: Kanda) -> Ask:
    made: Ask = request.param(kanda)
    return made


def test_a_route_asks_for_the_second_factor_and_for_a_recent_one(
    ask: Ask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask("GET", "/account") == (401, {"error": "not_signed_in"})
    status, login = ask("POST", "/login", {"user": phone.client_id})
    assert status == 200
    assert ask("GET", "/account")[0] in (401, 403)
    page = login["page"]
    assert ask("POST", "/code", {"page": page, "token": phone.wrong_code()}) == (401, {"error": "wrong_code"})
    assert ask("GET", "/account")[0] in (401, 403)
    right = {"page": page, "token": phone.code()}
    status, body = ask("POST", "/code", right)
    assert (status, body["done"]) == (200, True)
    assert ask("GET", "/account") == (200, {"user": phone.client_id})
    assert ask("GET", "/money") == (200, {"user": phone.client_id})
    # The sessions of the frameworks themselves go by the real clock.
    later = SimpleNamespace(time=lambda: time.time() + MAX_AGE + 1)
    monkeypatch.setattr("kanda._second_factor_state.time", later)
    assert ask("GET", "/account")[0] == 200
    assert ask("GET", "/money") == (403, {"error": "second_factor_required"})
    # The form of before gets its answer of before, and makes nothing fresh.
    assert ask("POST", "/code", right)[0] == 200
    assert ask("GET", "/money") == (403, {"error": "second_factor_required"})


def test_a_recovery_code_does_not_open_what_asks_for_a_phone(ask: Ask, kanda: Kanda, phone: Phone) -> None:
    paper = kanda.recovery_codes.create(phone.client_id).codes.reveal()
    page = ask("POST", "/login", {"user": phone.client_id})[1]["page"]
    status, body = ask("POST", "/code", {"page": page, "recovery_code": paper[0]})
    assert (status, body["done"]) == (200, True)
    assert ask("GET", "/account")[0] == 200
    assert ask("GET", "/money") == (403, {"error": "second_factor_required"})


def test_another_user_of_the_session_has_shown_nothing(ask: Ask, kanda: Kanda, phone: Phone) -> None:
    page = ask("POST", "/login", {"user": phone.client_id})[1]["page"]
    assert ask("POST", "/code", {"page": page, "token": phone.code()})[0] == 200
    other = Phone(kanda, f"{phone.client_id}-other")
    ask("POST", "/login", {"user": other.client_id})
    assert ask("GET", "/account") != (200, {"user": other.client_id})
    assert ask("GET", "/money")[0] in (401, 403)


# Seen to fail when `is_signed_in` was true for any time.
def test_a_log_in_that_waits_for_its_code_ends(
    ask: Ask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask("POST", "/login", {"user": phone.client_id})[1]["page"]
    later = SimpleNamespace(time=lambda: time.time() + 901)
    monkeypatch.setattr("kanda._second_factor_state.time", later)
    status, body = ask("POST", "/code", {"page": page, "token": phone.code()})
    assert (status, body["error"]) in ((401, "not_signed_in"), (401, "wrong_code"))
    assert ask("GET", "/account") == (401, {"error": "not_signed_in"})


# Seen to fail without the look at the type: with this setting, as in FastAPI before 0.132, bytes without one are read.
def test_fastapi_takes_no_form_without_its_type(phone: Phone) -> None:
    app = FastAPI(strict_content_type=False)
    factor = for_fastapi.AsyncSecondFactor(AsyncKanda(os.environ["KANDA_URL"], os.environ["KANDA_API_KEY"]))
    session: dict[str, Any] = {}
    user = phone.user
    app.include_router(for_fastapi.two_factor_routes(factor, lambda: user, session=lambda _: session), prefix="/2fa")
    with TestClient(app) as client:
        right = json.dumps({"page": client.get("/2fa/page").json()["page"], "token": phone.code()}).encode()
        for kind in ({}, {"content-type": "text/plain"}):
            answer = client.post("/2fa/challenge", content=right, headers=kind)
            assert (answer.status_code, answer.json()) == (409, {"error": "page_expired"})
        answer = client.post("/2fa/challenge", content=right, headers={"content-type": "application/json"})
        assert answer.json()["done"] is True


# Seen to fail when `_state` did not compare `login_id`.
def test_a_log_in_that_follows_in_the_session_has_shown_nothing(
    ask: Ask, phone: Phone, request: pytest.FixtureRequest
) -> None:
    if "Django" in request.node.name:
        return  # Its `login` and `logout` begin sessions.
    page = ask("POST", "/login", {"user": phone.client_id})[1]["page"]
    assert ask("POST", "/code", {"page": page, "token": phone.code()})[0] == 200
    assert ask("GET", "/account")[0] == 200
    ask("POST", "/login", {"user": phone.client_id})
    assert ask("GET", "/account")[0] == 403
