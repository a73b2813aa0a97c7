"""Connections that wait for a request, or for their end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False, slots=True)
class Waiting:
    """A connection that no thread works on.

    `received`: of its next request. `ends_at`: when its time is over, on the monotonic clock. `has_go_ahead`: whether
    its client may send the body. `is_lingering`: whether all was answered, and only its end is waited for.
    """

    conn: Any
    ends_at: float
    received: bytearray = field(default_factory=bytearray)
    has_go_ahead: bool = False
    is_lingering: bool = False


class WaitingList:
    """In the order in which they began to wait."""

    def __init__(self) -> None:
        self._all: dict[Waiting, None] = {}

    def add(self, conn: Any, received: bytes, ends_at: float, *, is_lingering: bool = False) -> Waiting:
        one = Waiting(conn, ends_at, bytearray(received), is_lingering=is_lingering)
        self._all[one] = None
        return one

    def __contains__(self, one: object) -> bool:
        return one in self._all

    def remove(self, one: Waiting) -> None:
        self._all.pop(one, None)

    def oldest(self) -> Waiting | None:
        """The one to close where there is no room: a lingering one, else the one that waits longest."""
        return next((one for one in self._all if one.is_lingering), next(iter(self._all), None))

    def ended(self, now: float) -> list[Waiting]:
        return [one for one in self._all if one.ends_at <= now]

    def all(self) -> list[Waiting]:
        return list(self._all)
