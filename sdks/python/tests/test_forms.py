"""The forms of scenarios.json, which the SDKs of all languages answer alike."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Answering, Clients
from test_second_factor import CONFIRMED, ENROLMENT, Shop

FORMS = json.loads((Path(__file__).parents[2] / "scenarios.json").read_text(encoding="utf8"))["forms"]


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _named(value: Any) -> Any:
    return {_snake(name): _named(one) for name, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("one", FORMS, ids=[one["name"] for one in FORMS])
def test_forms(clients: Clients, answering: Answering, one: dict[str, Any]) -> None:
    shop = Shop(clients)
    session: dict[str, Any] = {}
    if one.get("shown") == "code":
        assert shop.send("challenge", session, token="123456")
    answering.seen.clear()
    answering.plan = {"challenge": [], "confirm": [CONFIRMED]}.get(one["form"], [ENROLMENT])
    page = one.get("page", shop.page(session))
    if one.get("signedIn") is False:
        shop.signed_in_at = 0
    elif "waited" in one:
        shop.signed_in_at = 0 if one["waited"] is None else shop.now - one["waited"]
    outcome = shop.send(_snake(one["form"]), session, page, **_named(one["with"]))
    assert outcome.error == one.get("error"), outcome
    asked = [seen.body for seen in answering.seen]
    assert (asked == []) is ("asks" not in one)
    for name, value in one.get("asks", {}).items():
        assert asked[0].get(name) == value, name


def test_there_are_forms() -> None:
    assert len(FORMS) > 30
