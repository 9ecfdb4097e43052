"""What a call can raise.

All are `KandaError`; none of them means that a code was wrong, which is an answer (`valid=False`) and never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class KandaError(Exception):
    """A call that gave no answer of Kanda's to what was asked."""


class InvalidArgument(KandaError, ValueError):
    """Refused before anything was sent: an argument that no server could take."""


class ConnectionFailed(KandaError):
    """No answer came: the server was not reached, or the connection broke."""

    sent: bool
    """Whether the request, or a part of it, may have reached the server."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class TimedOut(KandaError):
    """The whole answer was not there within `timeout`."""


class UnexpectedAnswer(KandaError):
    """An answer that is not Kanda's: a gateway's own page or JSON, a redirect, something else at that address."""

    status: int
    retry_after_seconds: int | None
    """From `Retry-After`; None: there was none."""

    def __init__(self, message: str, *, status: int, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(KandaError):
    """All tries failed, and one of them may have taken effect: a code may have been used up, a change made.

    It does not mean that a code was wrong. Calling again with the same `idempotency_key` and the same arguments gets
    the answer that was lost, within 10 minutes for a code and 24 hours for anything else.
    """

    idempotency_key: str
    cause: KandaError
    """What ended the last try."""

    def __init__(self, message: str, *, idempotency_key: str, cause: KandaError) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key
        self.cause = cause


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with one field of the request."""

    path: str
    """A JSON pointer such as `/clientId`."""
    message: str


class Problem(KandaError):
    """An error answer of Kanda's (RFC 9457).

    Each `code` has a class of its own in `kanda.problems`, such as `ClientNotFound`; a code that this version does
    not know is a `Problem` itself.
    """

    code: str
    """The cause, for programs."""
    status: int
    title: str
    detail: str
    """What was wrong this time, and what to do, for a person."""
    request_id: str
    """The same as in the server's log."""
    type: str
    """The address of the page that explains it."""
    errors: tuple[FieldError, ...]
    """What was wrong with which field; empty when it was not about fields."""
    retry_after_seconds: int | None
    """From `Retry-After`; None: there was none."""
    same_secret: bool | None
    """Of `ClientExists`, when a secret was brought along: whether the client has it already."""

    def __init__(self, document: Mapping[str, Any], retry_after_seconds: int | None = None) -> None:
        self.code = document["code"]
        self.status = document["status"]
        self.title = document["title"]
        self.detail = document["detail"]
        self.request_id = document["requestId"]
        self.type = document["type"]
        self.errors = _field_errors(document.get("errors"))
        self.retry_after_seconds = retry_after_seconds
        self.same_secret = document.get("sameSecret")
        super().__init__(f"{self.status} {self.code}: {self.detail} ({self.request_id})")


def _field_errors(listed: object) -> tuple[FieldError, ...]:
    if not isinstance(listed, list):
        return ()
    return tuple(
        FieldError(str(one.get("path", "")), str(one.get("message", ""))) for one in listed if isinstance(one, dict)
    )
