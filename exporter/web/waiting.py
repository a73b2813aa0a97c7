"""Connections that wait for a request, or for their end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

GRACE_SECONDS = 0.05
"""How long a connection is kept at least: its request may still be on its way."""


@dataclass(eq=False, slots=True)
class Waiting:
    """A connection that no thread works on.

    `since`: when it began to wait, `ends_at`: when its time is over, both on the monotonic clock. `received`: of its
    next request. `has_go_ahead`: whether its client may send the body. `is_lingering`: whether all was answered, and
    only its end is waited for.
    """

    conn: Any
    since: float
    ends_at: float
    received: bytearray = field(default_factory=bytearray)
    has_go_ahead: bool = False
    is_lingering: bool = False


class WaitingList:
    """In the order in which they began to wait."""

    def __init__(self) -> None:
        self._all: dict[Waiting, None] = {}

    def add(self, conn: Any, received: bytes, now: float, seconds: float, *, is_lingering: bool = False) -> Waiting:
        one = Waiting(conn, now, now + seconds, bytearray(received), is_lingering=is_lingering)
        self._all[one] = None
        return one

    def __contains__(self, one: object) -> bool:
        return one in self._all

    def remove(self, one: Waiting) -> None:
        self._all.pop(one, None)

    def are_all_new(self, now: float) -> bool:
        """Whether there are some, and none that may be closed yet."""
        return bool(self._all) and self.to_close(now) is None

    def to_close(self, now: float) -> Waiting | None:
        """The one to close where there is no room: a lingering one, else the oldest half request, else the oldest.

        Half requests go first, as a client on this machine sends a whole one at once: a scrape that was just accepted
        outlasts them. None if all began a moment ago.
        """
        lingering = next((one for one in self._all if one.is_lingering), None)
        if lingering is not None:
            return lingering
        old = [one for one in self._all if now - one.since >= GRACE_SECONDS]
        return next((one for one in old if one.received), old[0] if old else None)

    def ended(self, now: float) -> list[Waiting]:
        return [one for one in self._all if one.ends_at <= now]

    def all(self) -> list[Waiting]:
        return list(self._all)
