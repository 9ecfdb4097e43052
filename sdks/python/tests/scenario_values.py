"""The words for values in `sdks/scenarios.json`: filled in before a call, and held against what came back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import struct
import time
from typing import Any

from kanda import Secret

PERIOD = 30


def hotp(secret: str, factor: int) -> str:
    """The code of a base32 secret: SHA-1, 6 digits (RFC 4226 §5.3)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">q", factor), hashlib.sha1).digest()
    offset = mac[-1] & 15
    number: int = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def present_step() -> int:
    return int(time.time()) // PERIOD


def snake(name: str) -> str:
    """`clientId` as Python has it."""
    spelled = re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
    return f"{spelled}_" if spelled in ("from", "import") else spelled


class Names:
    """What one scenario has named so far: ids, keys, answers. Each name gets a value that no other run has."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}
        self._saved: dict[str, tuple[object, object]] = {}

    def save(self, name: str, answer: object, fields: object) -> None:
        """Keeps an answer, with the `with` of its step as `$with`."""
        self._saved[name] = (answer, fields)

    def fill(self, value: Any) -> Any:
        """The value with every word in it filled in."""
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$id" in value:
            return self._unique(f"id {value['$id']}", f"{value['$id']}-")
        if "$key" in value:
            return self._unique(f"key {value['$key']}", "key-")
        if "$text" in value:
            return value["$text"] * value["times"]
        if "$from" in value:
            return self._from(value["$from"])
        if "$code" in value:
            secret = self._from(f"{value['$code']}.secret")
            return hotp(secret, value["counter"] if "counter" in value else present_step() + value.get("step", 0))
        if "$wrong" in value:
            return self._wrong(self._from(f"{value['$wrong']}.secret"), value.get("nth", 0))
        return {name: self.fill(one) for name, one in value.items()}

    def _unique(self, what: str, prefix: str) -> str:
        return self._made.setdefault(what, f"{prefix}{secrets.token_hex(6)}")

    def _from(self, place: str) -> Any:
        name, *parts = place.split(".")
        value: Any
        value, fields = self._saved[name]
        for part in parts:
            value = fields if part == "$with" else field_of(value, part)
            if isinstance(value, Secret):
                value = value.reveal()
        return value

    def _wrong(self, secret: str, nth: int) -> str:
        """The `nth` code that is right neither near now nor for a counter below 100."""
        now = present_step()
        right = {hotp(secret, factor) for factor in [*range(now - 10, now + 11), *range(100)]}
        return [code for code in (f"{number:06}" for number in range(200)) if code not in right][nth]


def field_of(value: Any, name: str) -> Any:
    """A field by the name that the scenarios give it; of what has no such field, None."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, (list, tuple)):
        return value[int(name)]
    return getattr(value, snake(name), None)


def differences(expected: Any, found: Any, place: str = "the answer") -> list[str]:
    """What differs from what a step expects; empty when it is as expected. Words are filled in already."""

    def differs(what: str) -> list[str]:
        return [f"{place}: expected {what}, found {found!r}"]

    if isinstance(expected, list):
        if not isinstance(found, (list, tuple)) or len(found) != len(expected):
            return differs(f"{len(expected)} things")
        return [
            wrong
            for index, one in enumerate(expected)
            for wrong in differences(one, found[index], f"{place}.{index}")
        ]
    if not isinstance(expected, dict):
        return [] if found == expected and type(found) is type(expected) else differs(repr(expected))
    if "$is" in expected:
        return [] if kind_of(found) == expected["$is"] else differs(f"a {expected['$is']}")
    if "$count" in expected:
        is_list = isinstance(found, (list, tuple)) and len(found) == expected["$count"]
        return [] if is_list else differs(f"{expected['$count']} things")
    if "$oneOf" in expected:
        return [] if found in expected["$oneOf"] else differs(f"one of {expected['$oneOf']}")
    if found is None:
        return differs("an object")
    return [
        wrong
        for name, one in expected.items()
        for wrong in differences(one, field_of(found, name), f"{place}.{name}")
    ]


def kind_of(value: object) -> str:
    kinds = {bool: "boolean", int: "integer", str: "string", type(None): "absent", Secret: "secret"}
    return kinds.get(type(value), "object")
