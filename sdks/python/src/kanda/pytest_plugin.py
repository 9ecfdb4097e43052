"""The fixture `kanda_server` for pytest, which finds this by itself once `kanda` is installed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import StartedKanda


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("kanda_command", "how `kanda` is run for the fixture kanda_server", default="kanda")


@pytest.fixture(scope="session")
def kanda_server(pytestconfig: pytest.Config) -> Iterator[StartedKanda]:
    """A Kanda that is thrown away after the last test, in test mode: `url`, `api_key`, `kanda` and `test_mode`."""
    # Not with the plugin, which every run of pytest loads.
    from .testing import start_kanda

    with start_kanda(shlex.split(str(pytestconfig.getini("kanda_command")))) as server:
        yield server
