from __future__ import annotations

from types import TracebackType

import httpx

from ._calls import (
    AsyncAuthenticatorCalls,
    AsyncClientCalls,
    AsyncDeviceCalls,
    AsyncLinkCalls,
    AsyncLogCalls,
    AsyncPolicyCalls,
    AsyncReceiptCalls,
    AsyncRecoveryCodeCalls,
    AsyncUserCalls,
    AuthenticatorCalls,
    ClientCalls,
    DeviceCalls,
    LinkCalls,
    LogCalls,
    PolicyCalls,
    ReceiptCalls,
    RecoveryCodeCalls,
    UserCalls,
)
from ._io import AsyncIo, BlockingIo
from ._pages import AsyncSender, Sender
from ._settings import read_settings
from ._transport import Transport


class Kanda(UserCalls):
    """A Kanda server, as the account of an API key. Threads may share it.

    Make one and keep it: it holds the token that the key was exchanged for. Where a server forks, make it in each
    process. Every call sends an Idempotency-Key, the same in all its tries, so that a retry never uses up a code.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout: float = 10.0,
        retries: int = 3,
        max_retry_after: float = 10.0,
        http_client: httpx.Client | None = None,
    ) -> None:
        """Raises InvalidArgument for settings that cannot be meant.

        url: where Kanda is, such as `https://kanda.example.com`; a path is kept
        api_key: an API key (`kan_…`), which belongs on a server, never into a page or an app
        timeout: how long one try may take until the whole answer is there, seconds
        retries: how many more times a call is sent when no answer came or Kanda asks for patience
        max_retry_after: a `Retry-After` of more than this is not waited for, seconds
        http_client: in place of one of its own, such as one with a proxy; you close it
        """
        settings = read_settings(url, api_key, timeout, retries, max_retry_after)
        self._own = httpx.Client() if http_client is None else None
        sender = Sender(Transport(settings, BlockingIo(http_client or self._own or httpx.Client())))
        super().__init__(sender)
        self.clients = ClientCalls(sender)
        self.authenticators = AuthenticatorCalls(sender)
        self.recovery_codes = RecoveryCodeCalls(sender)
        self.devices = DeviceCalls(sender)
        self.receipts = ReceiptCalls(sender)
        self.links = LinkCalls(sender)
        self.logs = LogCalls(sender)
        self.policy = PolicyCalls(sender)

    def close(self) -> None:
        """Closes its connections."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Kanda:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncKanda(AsyncUserCalls):
    """`Kanda` for asyncio: each call is awaited. It belongs to the event loop that first uses it."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout: float = 10.0,
        retries: int = 3,
        max_retry_after: float = 10.0,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """As `Kanda`."""
        settings = read_settings(url, api_key, timeout, retries, max_retry_after)
        self._own = httpx.AsyncClient() if http_client is None else None
        sender = AsyncSender(Transport(settings, AsyncIo(http_client or self._own or httpx.AsyncClient())))
        super().__init__(sender)
        self.clients = AsyncClientCalls(sender)
        self.authenticators = AsyncAuthenticatorCalls(sender)
        self.recovery_codes = AsyncRecoveryCodeCalls(sender)
        self.devices = AsyncDeviceCalls(sender)
        self.receipts = AsyncReceiptCalls(sender)
        self.links = AsyncLinkCalls(sender)
        self.logs = AsyncLogCalls(sender)
        self.policy = AsyncPolicyCalls(sender)

    async def aclose(self) -> None:
        """Closes its connections."""
        if self._own is not None:
            await self._own.aclose()

    async def __aenter__(self) -> AsyncKanda:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
