"""The client of a Kanda server: two-factor codes (TOTP) for your application.

Everything that an application imports is here; a class for each error code in `kanda.problems`, too, and the types of
arguments and answers in `kanda.types`.
"""

from __future__ import annotations

from . import problems, types, webhooks
from ._client import AsyncKanda, Kanda
from ._errors import (
    ConnectionFailed,
    FieldError,
    InvalidArgument,
    KandaError,
    OutcomeUnknown,
    Problem,
    TimedOut,
    UnexpectedAnswer,
)
from ._pages import AsyncPages, Pages
from ._secret import Secret
from ._verdict import is_valid
from ._version import __version__
from ._wire import UNSET, Page
from .problems import *
from .types import *

__all__ = [
    "UNSET",
    "AsyncKanda",
    "AsyncPages",
    "ConnectionFailed",
    "FieldError",
    "InvalidArgument",
    "Kanda",
    "KandaError",
    "OutcomeUnknown",
    "Page",
    "Pages",
    "Problem",
    "Secret",
    "TimedOut",
    "UnexpectedAnswer",
    "__version__",
    "is_valid",
    "webhooks",
]
__all__ += problems.__all__
__all__ += types.__all__
