from __future__ import annotations

from typing import Any, Final, Generic, NoReturn, TypeVar

T = TypeVar("T")

_REDACTED: Final = "[redacted]"


class Secret(Generic[T]):
    """Something that must not get into a log: it prints as `[redacted]`, also within other objects.

    Only `reveal()` gives it away, so that a search for that word finds each place that does. It is not pickled, and
    JSON has no form for it.
    """

    # Without a dictionary: nothing that walks over attributes, such as `vars`, finds the value.
    __slots__ = ("__value",)

    def __init__(self, value: T) -> None:
        self.__value = value

    def reveal(self) -> T:
        """The value itself: to show it to the user whom it belongs to, once."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({_REDACTED})"

    def __str__(self) -> str:
        return _REDACTED

    def __format__(self, spec: str) -> str:
        return format(_REDACTED, spec)

    def __copy__(self) -> Secret[T]:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret[T]:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret is not pickled: reveal() it where it is needed.")
