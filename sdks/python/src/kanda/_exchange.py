"""One try of one request: what came back, or which error says that nothing of Kanda's did."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeGuard

from ._errors import Problem, UnexpectedAnswer
from .problems import PROBLEM_CLASSES


_JSON: Final = re.compile(r"application/(?:problem\+)?json\b", re.IGNORECASE)
_TEXT_FIELDS: Final = ("code", "detail", "requestId", "title", "type")
_NOT_JSON: Final = object()


@dataclass(frozen=True)
class Outgoing:
    """A request; what may be secret in it is not printed."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    status: int
    content_type: str
    retry_after: str | None
    body: bytes = field(repr=False)


def read_reply(reply: Reply) -> object:
    """The answer's JSON; None for 204. Raises Problem, UnexpectedAnswer."""
    if reply.status == 204:
        return None
    document = _parse(reply.body) if _JSON.match(reply.content_type) else _NOT_JSON
    if 200 <= reply.status < 300 and document is not _NOT_JSON:
        return document
    if _is_problem(document, reply.status):
        kind = PROBLEM_CLASSES.get(document["code"], Problem)
        raise kind(document, retry_after_seconds(reply.retry_after))
    raise unexpected(reply)


def unexpected(reply: Reply) -> UnexpectedAnswer:
    """An error of something that is not Kanda, and must not pass as a verdict."""
    advice = (
        "it redirects; set `url` to the address that Kanda itself answers at"
        if 300 <= reply.status < 400
        else "it is from something between here and Kanda, or something else is at this address"
    )
    return UnexpectedAnswer(
        f"The answer with status {reply.status} is not Kanda's: {advice}.",
        status=reply.status,
        retry_after_seconds=retry_after_seconds(reply.retry_after),
    )


def retry_after_seconds(text: str | None) -> int | None:
    """Whole seconds of `Retry-After`, which may also be a date (RFC 9110 §10.2.3); None: none, or not to be read."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return max(0, math.ceil((at - datetime.now(timezone.utc)).total_seconds()))


def _parse(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _is_problem(document: object, status: int) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(document, dict)
        and type(document.get("status")) is int
        and document["status"] == status
        and all(isinstance(document.get(name), str) and document[name] for name in _TEXT_FIELDS)
    )
