"""Lockouts: from a refused request until work goes on, or could.

A lockout starts with a reported hit. It ends with the first of: the reset; an answer, of a model that the window holds,
to a request sent after the hit; any such answer more than a minute later (earlier ones may have been under way); a
reading below 100 %, or with another reset. A report after that starts another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import msgspec

from exporter.domain.calendar.timestamp import HOUR, MINUTE
from exporter.domain.limits.hit import FULL
from exporter.domain.limits.reading import SAME_RESET_MS, SEVEN_DAY

T = TypeVar("T")

UNDER_WAY_MS = MINUTE
WITHOUT_RESET_MS = HOUR
"""How long a lockout without a known reset may run; without any sign until then, its length is not known."""


class Answer(msgspec.Struct, frozen=True):
    """A response. `prompted_at`: when its prompt was sent; None if not known. Times in ms."""

    at: int
    prompted_at: int | None


class Said(msgspec.Struct, frozen=True):
    """What the service said of the window. Times in ms."""

    at: int
    utilization: float
    resets_at: int | None


class Lockout(msgspec.Struct, frozen=True):
    """`[start, end)` in ms. `end`: None while it runs. `by_answer`: work went on before the limit was reset."""

    start: int
    end: int | None
    by_answer: bool = False


def find_lockouts(
    reports: Sequence[int], resets_at: int | None, answers: Iterable[Answer], said: Iterable[Said], now: int
) -> list[Lockout]:
    """The lockouts of one hit until `now`, from the times of its reports. All in order of time, in ms.

    Those without a known reset and without a sign within an hour are left out. Of the answers only as many are read
    as needed: there may be thousands until the reset.
    """
    later_answers, later_said = _Remembered(answers), _Remembered(said)
    found: list[Lockout] = []
    for start in reports:
        if found and (found[-1].end is None or start < found[-1].end):
            continue
        if (resets_at is not None and start >= resets_at) or start > now:
            break
        lockout = _lockout_from(start, resets_at, later_answers, later_said, now)
        if lockout is not None:
            found.append(lockout)
    return found


class _Remembered(Generic[T]):
    """An iterable that can be iterated again, without asking its source for more than was needed."""

    def __init__(self, source: Iterable[T]) -> None:
        self._source = iter(source)
        self._seen: list[T] = []

    def __iter__(self) -> Iterator[T]:
        yield from self._seen
        for one in self._source:
            self._seen.append(one)
            yield one


def _lockout_from(
    start: int, resets_at: int | None, answers: Iterable[Answer], said: Iterable[Said], now: int
) -> Lockout | None:
    latest = start + WITHOUT_RESET_MS if resets_at is None else resets_at
    answered = next((one.at for one in answers if _is_sign(one, start)), latest)
    lowered = next((one.at for one in said if one.at > start and _is_lowered(one, resets_at)), latest)
    end = min(answered, lowered, latest)
    if end > now:
        return Lockout(start, None)
    if end == latest and resets_at is None:
        return None
    return Lockout(start, end, by_answer=answered == end < min(lowered, latest))


def _is_sign(answer: Answer, start: int) -> bool:
    prompted_later = answer.prompted_at is not None and answer.prompted_at > start
    return answer.at > start and (prompted_later or answer.at > start + UNDER_WAY_MS)


def _is_lowered(said: Said, resets_at: int | None) -> bool:
    if said.utilization < FULL:
        return True
    return None not in (said.resets_at, resets_at) and abs((said.resets_at or 0) - (resets_at or 0)) > SAME_RESET_MS


def holds_model(window: str, family: str) -> bool:
    """Whether answers of a model family count towards a window: all do, unless it is the week of one family."""
    return not is_of_family(window) or window == f"{SEVEN_DAY}_{family}"


def is_of_family(window: str) -> bool:
    """Whether it is the week of one model family: work can go on with another model."""
    return window.startswith(f"{SEVEN_DAY}_")
