"""Challenges and their freshness, without a framework."""

from __future__ import annotations

import asyncio
import copy
import os
import socket
from dataclasses import replace
from typing import Any

import pytest
from conftest import Phone
from kanda import AsyncKanda, Kanda
from kanda.second_factor import AsyncSecondFactor, Outcome, SecondFactor, User, forget, is_fresh


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["sync", "async"])
def factor(request: pytest.FixtureRequest, kanda: Kanda) -> Any:
    clock = Clock()
    if request.param == "sync":
        made: Any = SecondFactor(kanda, now=clock)
    else:
        loop = asyncio.new_event_loop()
        asynchronous = AsyncSecondFactor(AsyncKanda(os.environ["KANDA_URL"], os.environ["KANDA_API_KEY"]), now=clock)

        class Waiting:
            form = staticmethod(asynchronous.form)

            def challenge(self, *args: Any, **named: Any) -> Outcome:
                return loop.run_until_complete(asynchronous.challenge(*args, **named))

            def confirm(self, *args: Any, **named: Any) -> Outcome:
                return loop.run_until_complete(asynchronous.confirm(*args, **named))

        made = Waiting()
    made.clock = clock
    return made


def test_a_code_makes_the_session_fresh_for_as_long_as_is_asked(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    page = factor.form(session, phone.user)
    assert not is_fresh(session, phone.user)
    outcome = factor.challenge(session, phone.user, {"page": page, "token": phone.code()})
    said = {"done": True, "method": "hotp", "remaining_recovery_codes": 0}
    assert outcome and (outcome.status, outcome.body) == (200, said)
    now = factor.clock.now
    assert is_fresh(session, phone.user, now=now + 10**6)
    assert is_fresh(session, phone.user, max_age=300, now=now + 300)
    assert not is_fresh(session, phone.user, max_age=300, now=now + 301)
    # A clock that was set back.
    assert not is_fresh(session, phone.user, max_age=300, now=now - 1)
    assert is_fresh(session, phone.user, methods=["hotp"])
    assert not is_fresh(session, phone.user, methods=["totp", "recovery_code"])
    # Another user takes the session over.
    assert not is_fresh(session, User("someone-else", signed_in_at=0))


# Seen to fail when `_state` did not compare `login_id`.
def test_a_code_counts_in_the_log_in_that_it_was_shown_in(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    first, second = (replace(phone.user, login_id=login_id) for login_id in ("first", "second"))
    sent = {"page": factor.form(session, first), "token": phone.code()}
    assert factor.challenge(session, second, sent).error == "page_expired"
    assert factor.challenge(session, first, sent)
    assert is_fresh(session, first)
    assert not is_fresh(session, second)
    assert not is_fresh(session, phone.user)


# Seen to fail when `forget` kept what the session had.
def test_what_is_forgotten_was_not_shown(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    sent = {"page": factor.form(session, phone.user), "token": phone.code()}
    assert factor.challenge(session, phone.user, sent)
    forget(session)
    assert not is_fresh(session, phone.user)
    assert factor.challenge(session, phone.user, sent).error == "page_expired"


def test_a_wrong_code_does_not(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    page = factor.form(session, phone.user)
    outcome = factor.challenge(session, phone.user, {"page": page, "token": phone.wrong_code()})
    assert not outcome and (outcome.status, outcome.body) == (401, {"error": "wrong_code"})
    assert not is_fresh(session, phone.user)
    # The same form with the right one.
    assert factor.challenge(session, phone.user, {"page": page, "token": phone.code()})


# Seen to fail without `accepted` in kanda.second_factor: the second answer made the session fresh again.
def test_a_form_that_comes_twice_gets_one_verdict_and_makes_nothing_fresh_again(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    sent = {"page": factor.form(session, phone.user), "token": phone.code()}
    assert factor.challenge(session, phone.user, sent)
    begun = factor.clock.now
    factor.clock.now += 200
    assert factor.challenge(session, phone.user, sent)
    assert not is_fresh(session, phone.user, max_age=100, now=begun + 200)
    # In another form, and from another session, the code is used up.
    other: dict[str, Any] = {}
    for where in (session, other):
        again = {**sent, "page": factor.form(where, phone.user)}
        assert factor.challenge(where, phone.user, again).error == "wrong_code"
    assert not is_fresh(other, phone.user)


# Seen to fail without the look at `forms` in kanda.second_factor: another session got the kept answer, and was fresh.
def test_a_form_of_another_session_or_user_or_of_long_ago_is_refused(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    sent = {"page": factor.form(session, phone.user), "token": phone.code()}
    assert factor.challenge(session, phone.user, sent)
    other: dict[str, Any] = {}
    assert factor.challenge(other, phone.user, sent).error == "page_expired"
    assert not is_fresh(other, phone.user)
    assert factor.challenge(session, User("someone-else", signed_in_at=factor.clock.now), sent).error == "page_expired"
    factor.clock.now += 3_600
    assert factor.challenge(session, phone.user, sent).error == "page_expired"
    pages: list[Any] = [None, "", [], {}, 7]
    for page in pages:
        assert factor.challenge(session, phone.user, {**sent, "page": page}).error == "page_expired"


def test_what_is_no_code_is_refused_unasked(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    page = factor.form(session, phone.user)
    no_codes: list[dict[str, Any]] = [
        {},
        {"token": "12 34"},
        {"token": 123456},
        {"token": "1234567"},
        {"token": "１２３４５６"},
        {"token": "123456", "recovery_code": "x"},
        {"recovery_code": "x" * 65},
        {"recovery_code": ["x"]},
    ]
    for fields in no_codes:
        assert factor.challenge(session, phone.user, {"page": page, **fields}).error == "not_a_code"
    code = phone.code()
    assert factor.challenge(session, phone.user, {"page": page, "token": f" {code[:3]} {code[3:]}\n"})


def test_a_recovery_code_counts_where_it_may(factor: Any, kanda: Kanda, phone: Phone) -> None:
    session: dict[str, Any] = {}
    paper = kanda.recovery_codes.create(phone.client_id).codes.reveal()
    page = factor.form(session, phone.user)
    outcome = factor.challenge(session, phone.user, {"page": page, "recovery_code": paper[0], "token": ""})
    assert (outcome.method, outcome.remaining_recovery_codes) == ("recovery_code", 9)
    assert is_fresh(session, phone.user)
    assert not is_fresh(session, phone.user, methods=["totp", "hotp"])


def test_a_locked_user_learns_when_to_come_again(factor: Any, phone: Phone) -> None:
    session: dict[str, Any] = {}
    for _ in range(5):
        page = factor.form(session, phone.user)
        factor.challenge(session, phone.user, {"page": page, "token": phone.wrong_code()})
    page = factor.form(session, phone.user)
    outcome = factor.challenge(session, phone.user, {"page": page, "token": phone.code()})
    assert outcome.error == "locked" and outcome.status == 429
    assert int(outcome.headers["retry-after"]) == outcome.retry_after
    assert not is_fresh(session, phone.user)


def test_a_first_code_is_a_second_factor_shown(factor: Any, kanda: Kanda, phone: Phone) -> None:
    session: dict[str, Any] = {}
    new = Phone(kanda, f"{phone.client_id}-new", confirm=True)
    page = factor.form(session, new.user)
    wrong = factor.confirm(session, new.user, {"page": page, "token": new.wrong_code()})
    assert (wrong.error, wrong.attempts_left) == ("wrong_code", 4)
    assert not is_fresh(session, new.user)
    right = factor.confirm(session, new.user, {"page": page, "token": new.code()})
    assert right and right.authenticator_id
    assert is_fresh(session, new.user, max_age=60, now=factor.clock.now)
    unknown = User("unknown", signed_in_at=factor.clock.now)
    page = factor.form(session, unknown)
    assert factor.confirm(session, unknown, {"page": page, "token": "123456"}).error == "not_enrolled"


def test_an_answer_that_does_not_come_is_no_wrong_code(phone: Phone) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    away = SecondFactor(Kanda(url, "kan_test", retries=0))
    session: dict[str, Any] = {}
    page = away.form(session, phone.user)
    outcome = away.challenge(session, phone.user, {"page": page, "token": "123456"})
    assert (outcome.error, outcome.status) == ("unavailable", 503)
    assert outcome.cause is not None and "kan_test" not in repr(outcome)
    assert not is_fresh(session, phone.user)


@pytest.mark.parametrize("kept", [None, "x", [], {"client_id": "a"}, {"at": 1e18}])
def test_what_others_kept_in_the_session_is_nothing(kept: Any) -> None:
    assert not is_fresh({"kanda_second_factor": copy.deepcopy(kept)}, User("b", signed_in_at=0))
