"""For test suites: a Kanda of their own, in test mode. In pytest the fixture `kanda_server` has one."""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import queue
import subprocess
import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import IO, Any, Final

from . import _wire
from ._client import Kanda
from ._errors import InvalidArgument, KandaError

_STOP_SECONDS: Final = 30.0


class Phone:
    """The phone or hardware token of a made-up user."""

    def __init__(self, test_mode: TestMode, client_id: str, authenticator_id: str | None) -> None:
        self._test_mode = test_mode
        self._client_id = client_id
        self._authenticator_id = authenticator_id

    def code(self) -> str:
        """What it shows now, by the clock of the test half. Nothing is used up by looking."""
        return str(self._shown()["code"])

    def next_code(self) -> str:
        """What it shows next: for a phone the clock goes on to the step after this one first."""
        ends_at = self._shown()["stepEndsAt"]
        if ends_at is not None:
            left = _time(ends_at) - self._test_mode.now()
            self._test_mode.advance(max(1, math.ceil(left.total_seconds())))
        return self.code()

    def _shown(self) -> dict[str, Any]:
        path = _wire.path("/api/test/clients/{}/code", self._client_id)
        return self._test_mode._send("GET", path, {"authenticatorId": self._authenticator_id}, "code")


class TestMode:
    """The test half of an account: its users, and the clock that codes, locks and tokens of that half go by."""

    # No class of tests, whatever its name says.
    __test__ = False

    def __init__(self, url: str, api_key: str, *, timeout: float = 10.0, retries: int = 3) -> None:
        """Raises InvalidArgument for a key that is not a test key, `kan_test_...`: a test must not meet real users."""
        if not api_key.startswith("kan_test_"):
            raise InvalidArgument('api_key must be a test key: text that begins with "kan_test_".')
        self.kanda = Kanda(url, api_key, timeout=timeout, retries=retries)

    def phone(self, client_id: str, authenticator_id: str | None = None) -> Phone:
        """The phone of a user whom your application has enrolled. `authenticator_id`: which one, of several."""
        return Phone(self, client_id, authenticator_id)

    def now(self) -> datetime:
        """What the clock of the test half shows."""
        return _time(self._send("GET", "/api/test/clock", None, "now")["now"])

    def advance(self, seconds: int) -> datetime:
        """Sets the clock forward by whole seconds: past a lock, a token's end, a code's step. It never goes back."""
        return _time(self._send("POST", "/api/test/clock", {"advanceSeconds": seconds}, "now")["now"])

    def delete_clients(self) -> None:
        """Deletes all users of the test half; its log and its clock stay."""
        self.kanda._sender.send(_wire.Call("DELETE", "/api/test/clients", _wire.nothing), None)

    def close(self) -> None:
        """Closes its connections."""
        self.kanda.close()

    def _send(
        self, method: _wire.Method, path: str, fields: dict[str, object] | None, deciding: str
    ) -> dict[str, Any]:
        def read(answer: object) -> dict[str, Any]:
            if isinstance(answer, dict) and isinstance(answer.get(deciding), str):
                return answer
            raise _wire.Unfit(f"It has no `{deciding}`.")

        return self.kanda._sender.send(_wire.Call(method, path, read, fields), None)


class StartedKanda:
    """A server that runs; `with` stops it."""

    def __init__(self, process: subprocess.Popen[str], url: str, api_key: str) -> None:
        self._process = process
        self.url = url
        self.api_key = api_key
        """A test key with every scope."""
        self.test_mode = TestMode(url, api_key)

    @property
    def kanda(self) -> Kanda:
        """A client with that key."""
        return self.test_mode.kanda

    def stop(self) -> None:
        """Ends it, and with it all that it kept."""
        self.test_mode.close()
        _end(self._process)

    def __enter__(self) -> StartedKanda:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def start_kanda(command: Sequence[str] = ("kanda",), *, start_timeout: float = 60.0) -> StartedKanda:
    """Starts a Kanda that is thrown away (`kanda serve --test`), on a free port.

    command: how `kanda` is run, the program and its first arguments
    start_timeout: how long the start may take, seconds
    Raises KandaError with what it printed, when it does not start.
    """
    try:
        process = subprocess.Popen(
            [*command, "serve", "--test", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise KandaError(f"Kanda did not start: {error}") from error
    # A suite may end without `stop`, as after a failure.
    atexit.register(process.kill)
    output, errors = _Lines(process.stdout), _Lines(process.stderr)
    try:
        line = output.first(start_timeout)
        said = _announced(line)
        if said is None:
            process.kill()
            process.wait()
            raise KandaError(f"Kanda did not start: {_why(line)}\n{line or ''}{errors.all()}")
        return StartedKanda(process, *said)
    except BaseException:
        _end(process)
        raise


class _Lines:
    """Reads a stream to its end, so that its writer never waits."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._first: queue.Queue[str | None] = queue.Queue()
        self._kept: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def first(self, timeout: float) -> str | None:
        """The first line; "" when the stream ended without one, None when nothing came in time."""
        try:
            return self._first.get(timeout=timeout) or ""
        except queue.Empty:
            return None

    def all(self) -> str:
        """What came, of a stream that has ended."""
        self._thread.join(5)
        return "".join(self._kept)

    def _read(self, stream: IO[str] | None) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in stream or ():
                if not self._kept:
                    self._first.put(line)
                if len(self._kept) < 100:
                    self._kept.append(line)
        self._first.put(None)


def _announced(line: str | None) -> tuple[str, str] | None:
    try:
        said = json.loads(line or "")
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    url, api_key = said.get("url"), said.get("apiKey")
    return (url, api_key) if isinstance(url, str) and isinstance(api_key, str) else None


def _why(line: str | None) -> str:
    if line is None:
        return "it said nothing in time."
    return "it ended." if line == "" else "this is not what `kanda serve --test --json` prints:"


def _end(process: subprocess.Popen[str]) -> None:
    atexit.unregister(process.kill)
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _time(text: str) -> datetime:
    # Before 3.11, `fromisoformat` does not know Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
