"""A server that answers as it is asked to, and both clients before it."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from kanda import AsyncKanda, Kanda


@dataclass
class Planned:
    """One answer; or, `instead` of it, a connection that is `cut` or a caller that has to `wait`."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    instead: str | None = None
    #: Seconds before the head of the answer, and before each byte of its body.
    late: float = 0
    drip: float | None = None


@dataclass
class Seen:
    path: str
    headers: dict[str, str]
    body: Any = None


class Answering:
    """What the server answers next, and what it has seen. Without a plan each answer is a valid verdict."""

    def __init__(self) -> None:
        self.url = ""
        self.plan: list[Planned] = []
        self.seen: list[Seen] = []
        self.exchanged = 0
        self.exchanges: list[Planned] = []
        self.life: dict[str, object] = {"expiresIn": "1h"}
        self.released = threading.Event()
        self._lock = threading.Lock()

    @property
    def keys(self) -> list[str | None]:
        return [one.headers.get("idempotency-key") for one in self.seen]

    def next(self, path: str, headers: dict[str, str], body: bytes) -> Planned:
        with self._lock:
            if path.endswith("/api/auth/token"):
                self.exchanged += 1
                if self.exchanges:
                    return self.exchanges.pop(0)
                return Planned({"token": f"token-{self.exchanged}", **self.life})
            self.seen.append(Seen(path, headers, json.loads(body or b"{}")))
            return self.plan.pop(0) if self.plan else Planned({"valid": True})


def problem(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> Planned:
    body = {"type": f"/docs/errors/{code}", "title": "T", "status": status, "detail": "D."}
    body |= {"code": code, "requestId": "req_1", **more}
    return Planned(body, status, {"content-type": "application/problem+json; charset=utf-8", **(headers or {})})


def _handler(answering: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            pass

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            planned = answering.next(self.path, {name.lower(): text for name, text in self.headers.items()}, body)
            if planned.instead is not None:
                if planned.instead == "wait":
                    answering.released.wait(30)
                self.close_connection = True
                return
            answering.released.wait(planned.late)
            text = planned.body if isinstance(planned.body, str) else json.dumps(planned.body)
            data = text.encode()
            headers = {"content-type": "application/json", "content-length": str(len(data)), **planned.headers}
            self.send_response(planned.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if planned.drip is None:
                self.wfile.write(data)
                return
            for byte in data:
                if answering.released.wait(planned.drip):
                    return
                self.wfile.write(bytes([byte]))

        do_GET = do_POST = do_DELETE = do_PATCH = answer

    return Handler


@pytest.fixture
def answering() -> Iterator[Answering]:
    made = Answering()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.released.set()
    server.shutdown()
    server.server_close()


class Clients:
    """One of the two clients, whose calls are made alike."""

    def __init__(self, url: str, asynchronous: bool) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop() if asynchronous else None
        self._made: list[Kanda | AsyncKanda] = []

    def make(self, **options: Any) -> Any:
        options = {"url": self._url, "api_key": "kan_test", **options}
        made = Kanda(**options) if self._loop is None else AsyncKanda(**options)
        self._made.append(made)
        return made

    def result(self, made: Any) -> Any:
        if not inspect.isawaitable(made):
            return made
        assert self._loop is not None
        return self._loop.run_until_complete(made)

    def at_once(self, call: Callable[[], Any], count: int) -> list[Any]:
        """What each of this number of concurrent callers gets."""
        if self._loop is None:
            results: list[Any] = []
            threads = [threading.Thread(target=lambda: results.append(call())) for _ in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return results

        async def gather() -> list[Any]:
            return await asyncio.gather(*(call() for _ in range(count)))

        gathered: list[Any] = self.result(gather())
        return gathered

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.result(work)

    def close(self) -> None:
        for made in self._made:
            if isinstance(made, Kanda):
                made.close()
            else:
                self.result(made.aclose())
        if self._loop is not None:
            self._loop.close()


@pytest.fixture(params=["sync", "async"])
def clients(request: pytest.FixtureRequest, answering: Answering) -> Iterator[Clients]:
    made = Clients(answering.url, request.param == "async")
    yield made
    made.close()
