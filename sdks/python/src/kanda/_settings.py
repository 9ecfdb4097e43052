from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ._errors import InvalidArgument
from ._secret import Secret

_API_KEY: Final = re.compile(r"kan_[\x21-\x7e]+")
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


@dataclass(frozen=True)
class Settings:
    base_url: str
    """Without a slash at its end."""
    api_key: Secret[str] = field(repr=False)
    timeout: float
    retries: int
    max_retry_after: float


def read_settings(url: str, api_key: str, timeout: float, retries: int, max_retry_after: float) -> Settings:
    """The settings of a client. Raises InvalidArgument for one that cannot be meant."""
    if not isinstance(api_key, str) or not _API_KEY.fullmatch(api_key):
        raise InvalidArgument('api_key must be an API key of Kanda: text that begins with "kan_".')
    if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= 20:
        raise InvalidArgument("retries must be a whole number from 0 to 20.")
    return Settings(
        base_url=_base_url(url),
        api_key=Secret(api_key),
        timeout=seconds("timeout", timeout),
        retries=retries,
        max_retry_after=seconds("max_retry_after", max_retry_after),
    )


def seconds(name: str, value: float) -> float:
    """Raises InvalidArgument for a number of seconds that no one can wait."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and 0 < value <= 86_400:
        return float(value)
    raise InvalidArgument(f"{name} must be a number of seconds above 0, a day at most.")


def check_idempotency_key(key: str) -> str:
    """Raises InvalidArgument for text that no header can carry."""
    if isinstance(key, str) and _IDEMPOTENCY_KEY.fullmatch(key):
        return key
    raise InvalidArgument("idempotency_key must be 1 to 255 printable ASCII characters, with no space at an end.")


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port >= 0)
    except (ValueError, AttributeError, TypeError):
        usable = False
    if not usable:
        raise InvalidArgument('url must be where Kanda is, such as "https://kanda.example.com".')
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise InvalidArgument("url must have neither credentials nor a query nor a fragment.")
    return text.strip().rstrip("/")
