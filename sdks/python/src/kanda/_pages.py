"""How a call is sent by each of the clients, and lists that come a page at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from typing import Generic, TypeVar

from ._io import run_blocking
from ._transport import Transport
from ._wire import Call, Page

T = TypeVar("T")


class Sender:
    """Sends calls and waits for their answers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, call: Call[T], timeout: float | None, idempotency_key: str | None = None) -> T:
        return run_blocking(self._transport.send(call, timeout, idempotency_key))


class AsyncSender:
    """Sends calls on an event loop."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, call: Call[T], timeout: float | None, idempotency_key: str | None = None) -> T:
        return await self._transport.send(call, timeout, idempotency_key)


class Pages(Generic[T]):
    """A list that comes a page at a time: `for client in kanda.clients.list(): ...`

    A page is asked for when it is needed, so leaving the loop early asks for no more.
    """

    def __init__(self, sender: Sender, call: Call[Page[T]], timeout: float | None) -> None:
        self._sender = sender
        self._call = call
        self._timeout = timeout

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.data

    def pages(self, cursor: str | None = None) -> Iterator[Page[T]]:
        """The pages as Kanda gives them. `cursor` is a `next_cursor` to go on from."""
        while True:
            page = self._sender.send(_at(self._call, cursor), self._timeout)
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return


class AsyncPages(Generic[T]):
    """A list that comes a page at a time: `async for client in kanda.clients.list(): ...`"""

    def __init__(self, sender: AsyncSender, call: Call[Page[T]], timeout: float | None) -> None:
        self._sender = sender
        self._call = call
        self._timeout = timeout

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for one in page.data:
                yield one

    async def pages(self, cursor: str | None = None) -> AsyncIterator[Page[T]]:
        """The pages as Kanda gives them. `cursor` is a `next_cursor` to go on from."""
        while True:
            page = await self._sender.send(_at(self._call, cursor), self._timeout)
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return


def _at(call: Call[Page[T]], cursor: str | None) -> Call[Page[T]]:
    return dataclasses.replace(call, fields={**(call.fields or {}), "cursor": cursor})
