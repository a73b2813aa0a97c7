"""Plays the made-up user's life: writes each event when its time has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exporter.demo.clock import DemoClock
from exporter.demo.events import Event
from exporter.demo.folder import Folder

MAX_WAIT_S = 0.5
"""Between looks whether to stop."""


class Player:
    """Takes the events one after another. `clock`: the real time, ms."""

    def __init__(self, events: Iterator[Event], folder: Folder, clock: Callable[[], int]) -> None:
        self._events, self._folder, self._clock = events, folder, clock
        self._next: Event = next(events)

    def write_history(self, end: int, progress: Callable[[int], None]) -> int:
        """Write what happened before `end` (ms). `progress` gets the time (ms) of an event now and then.

        Returns the number of events.
        """
        return self._folder.write_history(self._until(end, progress))

    def play(self, shown: DemoClock, is_over: Callable[[float], bool]) -> None:
        """Write what happens until `is_over`, which waits for the seconds it is given."""
        while True:
            seconds = shown.seconds_until(self._next.at, self._clock())
            if is_over(min(seconds, MAX_WAIT_S)):
                return
            if seconds <= MAX_WAIT_S:
                self._folder.write(self._next)
                self._next = next(self._events)

    def _until(self, end: int, progress: Callable[[int], None]) -> Iterator[Event]:
        number = 0
        while self._next.at < end:
            yield self._next
            self._next = next(self._events)
            number += 1
            if number % 1_000 == 0:
                progress(self._next.at)
