"""Messages of webhooks: `kanda.webhooks.verify` says whether Kanda sent one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import KandaError

__all__ = ["WebhookInvalid", "WebhookMessage", "verify"]

_PREFIX = "whsec_"


class WebhookInvalid(KandaError):
    """A message that Kanda did not send, or not now: answer 400, and do nothing with it."""


@dataclass(frozen=True)
class WebhookMessage:
    """What a webhook sends."""

    id: str
    """The same for the same event, however often it is sent."""
    type: str
    """What happened, as `client.locked`; `webhook.test` for a test message."""
    timestamp: str
    """When, RFC 3339."""
    data: Mapping[str, Any]
    """The event as `GET /api/logs` has it, and `sequence`, its place there. A test message has only `webhookId`."""


def verify(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance: float = 300,
    now: float | None = None,
) -> WebhookMessage:
    """The message in a request to your webhook, once it is sure that Kanda sent it.

    Give the body as it came, before anything has parsed it. `tolerance` is how many seconds old a message may be, or
    ahead of your clock; `now` is that clock, in seconds since the epoch. Raises `WebhookInvalid`.
    """
    found = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (
        _header(found, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    at = int(timestamp) if timestamp.isascii() and timestamp.isdigit() else None
    if at is None or abs((time.time() if now is None else now) - at) > tolerance:
        raise WebhookInvalid("webhook-timestamp is too old, or ahead of this clock.")
    content = body.encode() if isinstance(body, str) else bytes(body)
    signed = f"{message_id}.{timestamp}.".encode() + content
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise WebhookInvalid("The secret is not base64.") from None
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    for one in signatures.split(" "):
        version, _, signature = one.partition(",")
        if version == "v1" and hmac.compare_digest(signature.encode(), expected):
            read = json.loads(content)
            return WebhookMessage(message_id, read["type"], read["timestamp"], read["data"])
    raise WebhookInvalid("No signature of the message is of this secret.")


def _header(found: Mapping[str, str], name: str) -> str:
    value = found.get(name)
    if not value:
        raise WebhookInvalid(f"The header {name} is missing.")
    return value
