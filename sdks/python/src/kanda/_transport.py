from __future__ import annotations

import json
import random
import time
import uuid
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from ._errors import KandaError, OutcomeUnknown, UnexpectedAnswer
from ._exchange import Outgoing, read_reply
from ._io import Io
from ._retries import delay_seconds, judge_failure, settles
from ._secret import Secret
from ._settings import Settings, check_idempotency_key, seconds
from ._tokens import TokenKeeper
from ._version import USER_AGENT
from ._wire import Call, Unfit
from .problems import TokenExpired, TokenInvalid

T = TypeVar("T")


@dataclass(frozen=True)
class _Answered(Generic[T]):
    answer: T


@dataclass(frozen=True)
class _Failed:
    error: KandaError
    sent: bool
    """Whether the call itself was sent, and not only the exchange of the key."""


class Transport:
    """Sends calls: with a token, again where that helps, and with one Idempotency-Key over all tries of a call."""

    def __init__(self, settings: Settings, io: Io) -> None:
        self._settings = settings
        self._io = io
        self._tokens = TokenKeeper(settings, io)

    async def send(self, call: Call[T], timeout: float | None, idempotency_key: str | None) -> T:
        """Tries until there is an answer that stays.

        Raises Problem, OutcomeUnknown, UnexpectedAnswer, ConnectionFailed, TimedOut, InvalidArgument.
        """
        key: str | None = None
        if call.method != "GET":
            key = str(uuid.uuid4()) if idempotency_key is None else check_idempotency_key(idempotency_key)
        limit = self._settings.timeout if timeout is None else seconds("timeout", timeout)
        may_have_taken_effect = False
        failed = 0
        waits_until: float | None = None
        while True:
            tried = await self._try(call, key, limit)
            if isinstance(tried, _Answered):
                return tried.answer
            error = tried.error
            failure = judge_failure(error)
            # A copy waits for the first request as long as one try may take. That is no try of its own.
            if failure.under_way and waits_until is None:
                waits_until = time.monotonic() + limit
            waits = failure.under_way and self._settings.retries > 0 and time.monotonic() < (waits_until or 0)
            failed += 0 if waits else 1
            may_have_taken_effect = may_have_taken_effect or (tried.sent and failure.unknown)
            patient = (failure.after_seconds or 0) <= self._settings.max_retry_after
            if not failure.again or not patient or failed > self._settings.retries:
                if key is not None and may_have_taken_effect and not settles(error):
                    raise _outcome_unknown(key, failed, error) from error
                raise error
            await self._io.sleep(delay_seconds(max(1, failed), failure.after_seconds, random.random()))

    async def _try(self, call: Call[T], key: str | None, timeout: float) -> _Answered[T] | _Failed:
        """One try; with a new token, and once more, when Kanda says that the token has ended."""
        sent = False
        try:
            token = await self._tokens.get()
            sent = True
            try:
                return _Answered(await self._exchange(call, token, key, timeout))
            except (TokenExpired, TokenInvalid):
                # It reached its end, or the password changed, or its key was revoked.
                self._tokens.drop(token)
            sent = False
            renewed = await self._tokens.get()
            sent = True
            return _Answered(await self._exchange(call, renewed, key, timeout))
        except KandaError as error:
            return _Failed(error, sent)

    async def _exchange(self, call: Call[T], token: Secret[str], key: str | None, timeout: float) -> T:
        answer = read_reply(await self._io.send(self._outgoing(call, token, key), timeout))
        try:
            return call.read(answer)
        except Unfit as unfit:
            raise UnexpectedAnswer(
                f"The answer does not have what this call answers: it is not Kanda's. {unfit}", status=200
            ) from None

    def _outgoing(self, call: Call[T], token: Secret[str], key: str | None) -> Outgoing:
        headers = {
            "accept": "application/json",
            "authorization": f"Bearer {token.reveal()}",
            "user-agent": USER_AGENT,
        }
        if key is not None:
            headers["idempotency-key"] = key
        url = f"{self._settings.base_url}{call.path}"
        fields = call.sent_fields()
        if fields is None:
            return Outgoing(call.method, url, headers, None)
        if call.method == "GET":
            query = urlencode({name: _query_text(value) for name, value in fields.items()})
            return Outgoing(call.method, f"{url}?{query}" if query else url, headers, None)
        headers["content-type"] = "application/json"
        return Outgoing(call.method, url, headers, json.dumps(fields).encode())


def _query_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _outcome_unknown(key: str, tries: int, cause: KandaError) -> OutcomeUnknown:
    times = "one try" if tries == 1 else f"{tries} tries"
    return OutcomeUnknown(
        f"Whether this took effect is not known after {times}; it does not mean that a code was wrong. "
        f"The last one: {cause}",
        idempotency_key=key,
        cause=cause,
    )
