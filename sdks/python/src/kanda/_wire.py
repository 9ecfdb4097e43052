"""Calls as they go over the wire: paths, bodies, and how an answer's JSON is read."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import quote

from ._errors import InvalidArgument
from ._secret import Secret

T = TypeVar("T")
Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


class Unset(enum.Enum):
    """In place of an argument that was not given, where None means something."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
_NULL: Final = object()


def nullable(value: object) -> object:
    """For a field that JSON may have as null: None is sent, and UNSET is not."""
    if value is UNSET:
        return None
    return _NULL if value is None else value


class Unfit(Exception):
    """The JSON of a success is not what the call answers."""


@dataclasses.dataclass(frozen=True)
class Call(Generic[T]):
    """One call of the API. `fields` is the body, or the query of a GET; what is None in it is not sent."""

    method: Method
    path: str
    read: Callable[[object], T]
    """Makes the answer of its JSON; None is an answer without any. Raises Unfit."""
    fields: Mapping[str, object] | None = dataclasses.field(default=None, repr=False)

    def sent_fields(self) -> dict[str, object] | None:
        if self.fields is None:
            return None
        return {name: to_json(value) for name, value in self.fields.items() if value is not None}


@dataclasses.dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list."""

    data: tuple[T, ...]
    next_cursor: str | None
    """None on the last page."""


def path(pattern: str, *parts: str | int) -> str:
    """Fills the ids into a path, each percent-encoded to one part of it.

    Raises InvalidArgument for a part that would lead to another path: an empty one, `.` and `..`, and for what is no
    string.
    """
    return pattern.format(*(_encode(part) for part in parts))


def _encode(part: object) -> str:
    if isinstance(part, int) and not isinstance(part, bool):
        return str(part)
    if not isinstance(part, str):
        raise InvalidArgument(f"An id must be a string; this one is {type(part).__name__}.")
    if part == "":
        raise InvalidArgument("An id must not be empty.")
    if part in (".", ".."):
        raise InvalidArgument(f'"{part}" cannot be an id: it is a step in a path.')
    try:
        return quote(part, safe="")
    except UnicodeEncodeError:
        raise InvalidArgument("An id must be well-formed Unicode.") from None


def to_camel(name: str) -> str:
    """`client_id` as JSON has it: `clientId`. What is in that form stays."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def to_json(value: object) -> object:
    """A value of an argument, with the names of all fields within as JSON has them. A Secret is revealed."""
    if value is _NULL:
        return None
    if isinstance(value, Secret):
        return to_json(value.reveal())
    if isinstance(value, Mapping):
        return {to_camel(str(name)): to_json(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [to_json(one) for one in value]
    return value


def nothing(json: object) -> None:
    """Of a call that answers nothing."""


def record(kind: type[T], deciding: str | None = None, deciding_type: type = object) -> Callable[[object], T]:
    """Reads an answer into this dataclass. It is unfit without the field that decides, of that very type."""

    def read(json: object) -> T:
        if not isinstance(json, dict):
            raise Unfit("It is not an object.")
        if deciding is not None and type(json.get(deciding)) is not deciding_type:
            raise Unfit(f"It has no `{deciding}`.")
        return _filled(kind, json)

    return read


def records(kind: type[T], name: str) -> Callable[[object], tuple[T, ...]]:
    """Reads the list of this name out of an answer."""
    read_one = record(kind)

    def read(json: object) -> tuple[T, ...]:
        listed = json.get(name) if isinstance(json, dict) else None
        if not isinstance(listed, list):
            raise Unfit(f"It has no list `{name}`.")
        return tuple(read_one(one) for one in listed)

    return read


def page_of(kind: type[T]) -> Callable[[object], Page[T]]:
    """Reads a page of a list. Without its `nextCursor` an iteration would never end."""
    read_data = records(kind, "data")

    def read(json: object) -> Page[T]:
        data = read_data(json)
        cursor = json.get("nextCursor", UNSET) if isinstance(json, dict) else UNSET
        if cursor is not None and not isinstance(cursor, str):
            raise Unfit("It has no `nextCursor`.")
        return Page(data, cursor)

    return read


def _filled(kind: type[T], json: Mapping[str, Any]) -> T:
    secrets: tuple[str, ...] = getattr(kind, "_SECRETS", ())
    nested: dict[str, type[object]] = getattr(kind, "_NESTED", {})
    values: dict[str, object] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        name = to_camel(field.name)
        if name in json:
            value = json[name]
            if value is not None and field.name in secrets:
                value = Secret(value)
            elif field.name in nested:
                value = _within(nested[field.name], value)
            values[field.name] = value
        elif field.default is dataclasses.MISSING:
            raise Unfit(f"It has no `{name}`.")
    return kind(**values)


def _within(kind: type[object], value: object) -> object:
    """An object, or a list of objects, within an answer."""
    if isinstance(value, list):
        return [_within(kind, one) for one in value]
    return _filled(kind, value) if isinstance(value, dict) else value
