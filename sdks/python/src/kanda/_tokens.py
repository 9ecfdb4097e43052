from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Final

from ._errors import KandaError, UnexpectedAnswer
from ._exchange import Outgoing, read_reply
from ._io import Io
from ._secret import Secret
from ._settings import Settings
from ._version import USER_AGENT

# Of a token's life, at most this is left when it is renewed, seconds: a call needs some of it.
_MAX_MARGIN: Final = 60.0
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


@dataclass(frozen=True)
class _Token:
    text: Secret[str]
    renew_at: float
    """When to get the next one; by the monotonic clock, seconds, as `ends_at`."""
    ends_at: float


class TokenKeeper:
    """Exchanges the API key for a token and keeps that; however many callers wait, there is one exchange at a time."""

    def __init__(self, settings: Settings, io: Io) -> None:
        self._settings = settings
        self._io = io
        self._token: _Token | None = None

    async def get(self) -> Secret[str]:
        """A token that is good for a while. Raises KandaError when there is none and no new one could be had."""
        kept = self._token
        now = time.monotonic()
        if kept is not None and now < kept.renew_at:
            return kept.text
        try:
            return await self._io.once(lambda: self._renew(kept))
        except KandaError:
            # Kanda is away for a moment, and what is kept has not ended.
            if kept is not None and kept is self._token and now < kept.ends_at:
                return kept.text
            raise

    def drop(self, token: Secret[str]) -> None:
        """Drops this token, which Kanda refused; one that was exchanged since stays."""
        kept = self._token
        if kept is not None and kept.text is token:
            self._token = None

    async def _renew(self, seen: _Token | None) -> Secret[str]:
        kept = self._token
        if kept is not None and kept is not seen:
            # Another caller has renewed it since this one looked.
            return kept.text
        # The life counts from when it was asked for: not a moment longer than Kanda thinks.
        asked_at = time.monotonic()
        outgoing = Outgoing(
            "POST",
            f"{self._settings.base_url}/api/auth/token",
            {"accept": "application/json", "content-type": "application/json", "user-agent": USER_AGENT},
            json.dumps({"apiKey": self._settings.api_key.reveal()}).encode(),
        )
        answer = read_reply(await self._io.send(outgoing, self._settings.timeout))
        token, life = _token_answer(answer)
        ends_at = asked_at + life
        fresh = _Token(Secret(token), ends_at - min(_MAX_MARGIN, life / 5), ends_at)
        self._token = fresh
        return fresh.text


def _token_answer(answer: object) -> tuple[str, float]:
    """The token, and how long it is good, seconds."""
    fields = answer if isinstance(answer, dict) else {}
    token, expires_in = fields.get("token"), fields.get("expiresIn")
    if isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token) and isinstance(expires_in, str):
        seconds = fields.get("expiresInSeconds")
        # Older servers send only `expiresIn`.
        if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
            return token, float(seconds)
        return token, _duration(expires_in)
    raise UnexpectedAnswer("The answer to the exchange of the key has no token: it is not Kanda's.", status=200)


def _duration(text: str) -> float:
    """`1h`, `15m`, `90s` in seconds; of anything else a minute, the shortest life of a token."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    return 60.0 if found is None else int(found[1]) * _UNITS[found[2]]
