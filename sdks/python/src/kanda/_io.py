"""How requests go out and waiting is done: blocking, or on an event loop.

Everything above is written once, as coroutines. Those of `BlockingIo` never wait for anything but the thread itself,
so `run_blocking` carries such a coroutine out in one go.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, NoReturn, Protocol, TypeVar

import httpx

from ._errors import ConnectionFailed, KandaError, TimedOut
from ._exchange import Outgoing, Reply
from ._secret import Secret

T = TypeVar("T")
Flight = Callable[[], Coroutine[Any, Any, Secret[str]]]


class Io(Protocol):
    async def send(self, outgoing: Outgoing, timeout: float) -> Reply:
        """Sends a request once and reads the whole answer. Raises ConnectionFailed, TimedOut."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def once(self, work: Flight) -> Secret[str]:
        """Does this work, or waits for the one that is under way: for many callers at once it is done once."""
        ...


def run_blocking(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that uses BlockingIo."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        work.close()
    raise RuntimeError("A coroutine of the synchronous client waited for an event loop.")


class BlockingIo:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._flight: Future[Secret[str]] | None = None

    async def send(self, outgoing: Outgoing, timeout: float) -> Reply:
        deadline = time.monotonic() + timeout
        # httpx limits each phase of a request, and not the whole: each begins with what the ones before have left.
        phases = dict.fromkeys(("connect", "read", "write", "pool"), timeout)

        def begin_phase(name: str, info: object) -> None:
            left = max(0.001, deadline - time.monotonic())
            phases.update(dict.fromkeys(phases, left))

        try:
            request = self._client.build_request(
                outgoing.method,
                outgoing.url,
                headers=dict(outgoing.headers),
                content=outgoing.body,
                extensions={"timeout": phases, "trace": begin_phase},
            )
            # A redirect followed would carry the bearer to wherever it leads.
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() > deadline:
                        raise _timed_out(timeout)
            finally:
                response.close()
            return _reply(response, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _raise_failure(error, timeout)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def once(self, work: Flight) -> Secret[str]:
        with self._lock:
            flight = self._flight
            leads = flight is None
            if flight is None:
                flight = self._flight = Future()
        if not leads:
            return flight.result()
        try:
            result = await work()
        except BaseException as error:
            self._flight = None
            # An interrupt is the leader's alone.
            flight.set_exception(error if isinstance(error, KandaError) else _interrupted())
            raise
        self._flight = None
        flight.set_result(result)
        return result


class AsyncIo:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._flight: asyncio.Task[Secret[str]] | None = None

    async def send(self, outgoing: Outgoing, timeout: float) -> Reply:
        try:
            request = self._client.build_request(
                outgoing.method,
                outgoing.url,
                headers=dict(outgoing.headers),
                content=outgoing.body,
                timeout=timeout,
            )
            # A redirect followed would carry the bearer to wherever it leads.
            response = await asyncio.wait_for(self._client.send(request, follow_redirects=False), timeout)
            return _reply(response, response.content)
        except asyncio.TimeoutError as error:
            raise _timed_out(timeout) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _raise_failure(error, timeout)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def once(self, work: Flight) -> Secret[str]:
        if self._flight is None:
            self._flight = asyncio.create_task(work())
            self._flight.add_done_callback(self._land)
        # A caller that is cancelled ends its own waiting only.
        return await asyncio.shield(self._flight)

    def _land(self, flight: asyncio.Task[Secret[str]]) -> None:
        self._flight = None
        if not flight.cancelled():
            flight.exception()


def _reply(response: httpx.Response, body: bytes) -> Reply:
    headers = response.headers
    return Reply(response.status_code, headers.get("content-type", ""), headers.get("retry-after"), body)


def _timed_out(timeout: float) -> TimedOut:
    return TimedOut(f"There was no whole answer within {timeout:g} s.")


def _interrupted() -> ConnectionFailed:
    return ConnectionFailed("The exchange of the key was interrupted.", sent=False)


def _raise_failure(error: httpx.HTTPError | httpx.InvalidURL, timeout: float) -> NoReturn:
    if isinstance(error, httpx.TimeoutException):
        raise _timed_out(timeout) from error
    # Refused, no such host, or no TLS: nothing of the request was sent.
    if isinstance(error, (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol, httpx.InvalidURL)):
        raise ConnectionFailed("Kanda was not reached.", sent=False) from error
    raise ConnectionFailed("The connection to Kanda broke before the whole answer was there.", sent=True) from error
