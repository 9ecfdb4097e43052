from __future__ import annotations

import inspect

from ._errors import InvalidArgument
from .types import Verdict


def is_valid(verdict: object) -> bool:
    """Whether a verdict of `validate` lets the user in: only when it is one, and its `valid` is True itself.

    Anything else, such as an error, a dictionary, `"true"` or None, is no. Raises InvalidArgument for a coroutine:
    `is_valid(kanda.validate(…))` lacks an `await`.
    """
    if inspect.isawaitable(verdict):
        raise InvalidArgument("is_valid() was given a coroutine: await the verdict first.")
    return isinstance(verdict, Verdict) and verdict.valid is True
