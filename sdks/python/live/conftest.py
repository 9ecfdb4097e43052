"""A live Kanda, at KANDA_URL with KANDA_API_KEY, and a user with a hardware token: its codes need no waiting."""

from __future__ import annotations

import math
import os
import sys
import uuid
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from kanda import Kanda
from kanda.second_factor import User

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


@pytest.fixture(scope="session")
def kanda() -> Iterator[Kanda]:
    with Kanda(os.environ["KANDA_URL"], os.environ["KANDA_API_KEY"]) as made:
        yield made


class Phone:
    def __init__(self, kanda: Kanda, client_id: str, confirm: bool = False) -> None:
        enrolment = kanda.register(
            client_id=client_id, label="alice@example.com", issuer="MyApp", type="hotp", confirm=confirm, qr="none"
        )
        self.client_id = client_id
        self._secret = enrolment.secret.reveal()
        self._counters = count()

    @property
    def user(self) -> User:
        """Has just signed in, by any clock of a test."""
        return User(self.client_id, signed_in_at=math.inf)

    def code(self) -> str:
        """The next one."""
        from scenario_values import hotp

        return hotp(self._secret, next(self._counters))

    def wrong_code(self) -> str:
        from scenario_values import hotp

        right = {hotp(self._secret, counter) for counter in range(200)}
        return next(code for code in (f"{number:06}" for number in range(300)) if code not in right)


@pytest.fixture
def phone(kanda: Kanda) -> Phone:
    return Phone(kanda, f"user-{uuid.uuid4()}")
