"""What a failed try means: whether the call may be sent again, when, and whether it may have taken effect."""

from __future__ import annotations

from typing import Final, NamedTuple

from ._errors import ConnectionFailed, KandaError, Problem, TimedOut, UnexpectedAnswer


class Failure(NamedTuple):
    again: bool
    """Whether another try with the same Idempotency-Key can help."""
    unknown: bool
    """Whether the request may have taken effect although this was the answer."""
    after_seconds: int | None
    """Seconds that the answer asks to wait; None: none."""
    under_way: bool = False
    """Whether the first request with this key is still under way: its answer comes to a later one."""


_FINAL: Final = Failure(again=False, unknown=False, after_seconds=None)
# Refused before the request was looked at, or before anything of it was carried out.
_NOT_CARRIED_OUT: Final = frozenset({"stopping", "disk_almost_full", "secret_unreadable"})
_GATEWAY_STATUSES: Final = frozenset({408, 429, 502, 503, 504})

_FIRST_DELAY: Final = 0.25
_MAX_DELAY: Final = 4.0


def judge_failure(error: KandaError) -> Failure:
    """Judges the error of one try."""
    if isinstance(error, ConnectionFailed):
        return Failure(again=True, unknown=error.sent, after_seconds=None)
    if isinstance(error, TimedOut):
        return Failure(again=True, unknown=True, after_seconds=None)
    if isinstance(error, UnexpectedAnswer):
        # 2xx: something answered in Kanda's place, or changed what it answered.
        unknown = error.status >= 500 or 200 <= error.status < 300
        return Failure(error.status in _GATEWAY_STATUSES, unknown, error.retry_after_seconds)
    if isinstance(error, Problem):
        under_way = error.code == "idempotency_key_in_use"
        again = under_way or error.status in (503, 429, 408)
        unknown = under_way or (error.status >= 500 and error.code not in _NOT_CARRIED_OUT)
        return Failure(again, unknown, error.retry_after_seconds, under_way)
    return _FINAL


def settles(error: KandaError) -> bool:
    """Whether this refusal answers for the earlier tries too, whose fate was unknown.

    Kanda would have refused those for the same reason, or this is the first one's kept answer. A bearer that ended
    and a limit say nothing of them.
    """
    failure = judge_failure(error)
    return isinstance(error, Problem) and error.status != 401 and not failure.again and not failure.unknown


def delay_seconds(failed: int, after_seconds: int | None, random: float) -> float:
    """How long to wait before the next try.

    Twice as long each time, less up to half by chance, so that callers that failed together do not come back
    together; never less than the answer asked for.

    failed: how many tries have failed, from 1
    random: from 0 to 1
    """
    longest: float = min(_MAX_DELAY, _FIRST_DELAY * 2.0 ** (failed - 1))
    back_off = longest * (1 - random / 2)
    return back_off if after_seconds is None else after_seconds + back_off * random
