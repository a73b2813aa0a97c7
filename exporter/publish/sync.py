"""Keeps one target at the newest state: looks now and then, sends when it is due, and gives way to trouble."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from exporter.domain.calendar.timestamp import minute
from exporter.domain.sync import (
    Pace,
    SyncState,
    failed,
    free_at,
    has_all,
    is_due,
    resumed,
    succeeded,
    up_to_date,
    waits,
)
from exporter.errors import SyncError, TrackerError
from exporter.publish.document import essence_of
from exporter.publish.http import PermanentFailure, TransientFailure, backoff_s

log = logging.getLogger(__name__)

KEEP_MS = 300_000
"""So often it is written down that nothing is new."""


class States(Protocol):
    """Where a target's state is kept. Each may raise DatabaseError."""

    def load(self) -> SyncState: ...
    def keep(self, state: SyncState) -> None: ...

    def alone(self, *, waits: bool) -> AbstractContextManager[bool]:
        """Whether no other process sends to this target now, nor does meanwhile."""


class Source(Protocol):
    """What there is to send. Each may raise DatabaseError."""

    def version(self) -> object:
        """Changes with each commit, at almost no cost."""

    def current(self, now: int) -> dict[str, Any] | None:
        """The snapshot's JSON form at `now` (ms); None while there is none."""

    def data(self, now: int) -> dict[str, Any] | None:
        """All that the page shows."""


class Sync:
    """One target. `send` takes the page's data, and raises Passing or Refused. `to`: where and how it is sent, as a
    digest. `configured` tells of all that a user could change to mend a refusal: nothing is tried again before that is
    something else.
    """

    def __init__(
        self,
        pace: Pace,
        source: Source,
        send: Callable[[dict[str, Any]], None],
        states: States,
        clock: Callable[[], int],
        to: str = "",
        configured: Callable[[], object] = lambda: None,
    ) -> None:
        self._pace = pace
        self._source = source
        self._send = send
        self._states = states
        self._clock = clock
        self._to = to
        self._configured = configured
        self._refused: object = None
        self._seen: tuple[object, int | None] | None = None
        self._kept_at = 0
        self._is_blind = False
        self.state = resumed(states.load())
        """How it is, without asking the database."""

    def check(self) -> None:
        """Send what is due. What cannot be read is told once, until it can."""
        try:
            self._check(self._clock())
            self._is_blind = False
        except TrackerError as error:
            if not self._is_blind:
                log.error("%s: %s", self.state.target, error)
            self._is_blind = True

    def _check(self, now: int) -> None:
        if self.state.is_stopped:
            self._take_over()
            if self._refused != self._configured():
                self.state = resumed(self.state)
        if waits(self.state, now):
            return
        if self._nothing_happened(now):
            self._note_up_to_date(now)
            return
        version = self._source.version()
        current = self._source.current(now)
        if current is None:
            return
        found = essence_of(current)
        if is_due(self.state, self._pace, found, self._to, now):
            with self._states.alone(waits=False) as is_free:
                if is_free:
                    self._take_over()
                    if is_due(self.state, self._pace, found, self._to, now):
                        self._try(now, is_watched=True)
        elif has_all(self.state, found, self._to):
            self._seen = version, found.block_end
            self._note_up_to_date(now)

    def now(self, now: int) -> SyncState:
        """Send what there is at `now` (ms), whether its time has come or not; nothing where the target has it all.

        Raises DatabaseError; SyncError where the target would take no more.
        """
        with self._states.alone(waits=True):
            self._take_over()
            current = self._source.current(now)
            if current is None or has_all(self.state, essence_of(current), self._to):
                return self.state
            if (least := free_at(self.state, self._pace, now)) > now:
                raise SyncError(f"{self.state.target} takes no more before {minute(least)}: try again then")
            self._try(now, is_watched=self.state.is_watched)
        return self.state

    def _take_over(self) -> None:
        """Another process may have sent something since."""
        kept = self._states.load()
        if kept.runs > self.state.runs:
            self.state = kept

    def _try(self, now: int, *, is_watched: bool) -> None:
        data = self._source.data(now)
        if data is None:
            return
        self.state = msgspec.structs.replace(self.state, is_watched=is_watched)
        try:
            self._send(data)
        except PermanentFailure as error:
            self._refused = self._configured()
            log.error("%s: %s. Nothing is sent until the configuration changes", self.state.target, error)
            self._keep(failed(self.state, now, str(error), None, counts=False))
        except TransientFailure as error:
            if not self.state.failed:
                log.warning("%s: %s; it is tried again", self.state.target, error)
            self._note_failure(now, str(error), error.after_s, counts=error.took_part)
        except Exception as error:
            if not self.state.failed:
                log.warning("%s cannot be sent anything; it is tried again", self.state.target, exc_info=error)
            self._note_failure(now, f"it cannot be sent anything: {type(error).__name__}", 0.0, counts=True)
        else:
            if self.state.failed:
                log.info("%s: sent again, after %d failures", self.state.target, self.state.failed)
            self._keep(succeeded(self.state, essence_of(data["current"]), self._to, now))

    def _note_failure(self, now: int, problem: str, asked_s: float, *, counts: bool) -> None:
        """Later and later; later still where the target asks for it."""
        wait_s = max(backoff_s(self.state.failed), asked_s)
        self._keep(failed(self.state, now, problem, now + round(1_000 * wait_s), counts=counts))

    def _nothing_happened(self, now: int) -> bool:
        """Since the state was last found to be the one that was sent."""
        if self._seen is None or self.state.failed:
            return False
        version, block_end = self._seen
        return version == self._source.version() and (block_end is None or now < block_end)

    def _note_up_to_date(self, now: int) -> None:
        self.state = up_to_date(self.state, now)
        if not 0 <= now - self._kept_at < KEEP_MS:
            self._keep(self.state)

    def _keep(self, state: SyncState) -> None:
        self.state = state
        self._kept_at = self._clock()
        self._states.keep(state)
