"""What the forms of a page send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final


def shown_factor(fields: Mapping[str, Any]) -> dict[str, str] | None:
    """The code or the recovery code that a form sent; None: neither, both, or what is none."""
    token, recovery_code = fields.get("token"), fields.get("recovery_code")
    if _is_absent(token) == _is_absent(recovery_code):
        return None
    if _is_absent(recovery_code):
        code = code_of(token)
        return None if code is None else {"token": code}
    fits = isinstance(recovery_code, str) and len(recovery_code) <= 64
    return {"recovery_code": str(recovery_code)} if fits else None


def _is_absent(value: object) -> bool:
    """An empty field of a form is sent as no text, or not at all."""
    return value is None or value == ""


# White space of any script, as it comes with a code that was copied, and hyphens. The SDKs have one list.
_SPACES: Final = re.compile("[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff-]")


def code_of(typed: object) -> str | None:
    """The digits of a code as apps show it, with spaces; None: it is none."""
    digits = _SPACES.sub("", typed) if isinstance(typed, str) else ""
    return digits if re.fullmatch(r"[0-9]{6}|[0-9]{8}", digits) else None


def name_of(typed: object) -> str:
    """The name of a phone, without what an `otpauth://` URL takes for the end of the issuer; "": none."""
    return typed.replace(":", " ").strip()[:64].strip() if isinstance(typed, str) else ""
