"""Keeps one target up to date: checks for changes, sends when due, and backs off after failures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from exporter.domain.calendar.timestamp import format_minute
from exporter.domain.sync import (
    Pace,
    SyncState,
    is_current,
    is_due,
    is_waiting,
    mark_up_to_date,
    next_send_at,
    record_failure,
    record_success,
    resume,
)
from exporter.errors import SyncError, TrackerError
from exporter.publish.document import digest_state
from exporter.publish.http import PermanentFailure, TransientFailure, backoff_s

log = logging.getLogger(__name__)

KEEP_MS = 300_000
"""Interval for storing the time of an unchanged state."""


class States(Protocol):
    """Stores the target's state. Each method may raise DatabaseError."""

    def load(self) -> SyncState: ...
    def keep(self, state: SyncState) -> None: ...

    def exclusive(self, *, waits: bool) -> AbstractContextManager[bool]:
        """Lock out other processes that send to this target. Yields whether that succeeded."""


class Source(Protocol):
    """The data to send. Each method may raise DatabaseError."""

    def version(self) -> object:
        """Changes with each commit. Cheap."""

    def current(self, now: int) -> dict[str, Any] | None:
        """The snapshot as JSON at `now` (ms); None while there is none."""

    def data(self, now: int) -> dict[str, Any] | None:
        """The page's data."""


class Sync:
    """One target. `send` sends the page's data. Raises TransientFailure, PermanentFailure.

    `to`: a digest of the destination and its settings. `configured` returns everything that a user could change after
    a permanent failure: there is no retry before that differs.
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
        self._refused_configuration: object = None
        self._sent_version: tuple[object, int | None] | None = None
        self._kept_at = 0
        self._has_failed = False
        self.state = resume(states.load())
        """The state, without a query."""

    def check(self) -> None:
        """Send if due. An unreadable database is logged once."""
        try:
            self._check(self._clock())
            self._has_failed = False
        except TrackerError as error:
            if not self._has_failed:
                log.error("%s: %s", self.state.target, error)
            self._has_failed = True

    def _check(self, now: int) -> None:
        if self.state.is_stopped:
            self._load_newer_state()
            if self._refused_configuration != self._configured():
                self.state = resume(self.state)
        if is_waiting(self.state, now):
            return
        if self._is_unchanged(now):
            self._note_up_to_date(now)
            return
        version = self._source.version()
        current = self._source.current(now)
        if current is None:
            return
        found = digest_state(current)
        if is_due(self.state, self._pace, found, self._to, now):
            with self._states.exclusive(waits=False) as is_free:
                if is_free:
                    self._load_newer_state()
                    if is_due(self.state, self._pace, found, self._to, now):
                        self._send_data(now, is_watched=True)
        elif is_current(self.state, found, self._to):
            self._sent_version = version, found.block_end
            self._note_up_to_date(now)

    def now(self, now: int) -> SyncState:
        """Send the state at `now` (ms), whether due or not, unless the target has it already.

        Raises DatabaseError; SyncError if the target's rate limit is reached.
        """
        with self._states.exclusive(waits=True):
            self._load_newer_state()
            current = self._source.current(now)
            if current is None or is_current(self.state, digest_state(current), self._to):
                return self.state
            if (earliest := next_send_at(self.state, self._pace, now)) > now:
                raise SyncError(
                    f"{self.state.target} accepts no more data before {format_minute(earliest)}: try again then"
                )
            self._send_data(now, is_watched=self.state.is_watched)
        return self.state

    def _load_newer_state(self) -> None:
        """Another process may have sent something."""
        kept = self._states.load()
        if kept.runs > self.state.runs:
            self.state = kept

    def _send_data(self, now: int, *, is_watched: bool) -> None:
        data = self._source.data(now)
        if data is None:
            return
        self.state = msgspec.structs.replace(self.state, is_watched=is_watched)
        try:
            self._send(data)
        except PermanentFailure as error:
            self._refused_configuration = self._configured()
            log.error("%s: %s. Stopped until the configuration changes", self.state.target, error)
            self._keep(record_failure(self.state, now, str(error), None, counts=False))
        except TransientFailure as error:
            if not self.state.failed:
                log.warning("%s: %s; retrying", self.state.target, error)
            self._note_failure(now, str(error), error.after_s, counts=error.took_part)
        except Exception as error:
            if not self.state.failed:
                log.warning("%s: sending failed; retrying", self.state.target, exc_info=error)
            self._note_failure(now, f"sending failed: {type(error).__name__}", 0.0, counts=True)
        else:
            if self.state.failed:
                failures = "1 failure" if self.state.failed == 1 else f"{self.state.failed} failures"
                log.info("%s: sent again, after %s", self.state.target, failures)
            self._keep(record_success(self.state, digest_state(data["current"]), self._to, now))

    def _note_failure(self, now: int, problem: str, requested_s: float, *, counts: bool) -> None:
        """Back off exponentially, and at least for as long as the target requests."""
        wait_s = max(backoff_s(self.state.failed), requested_s)
        self._keep(record_failure(self.state, now, problem, now + round(1_000 * wait_s), counts=counts))

    def _is_unchanged(self, now: int) -> bool:
        """Whether the sent state is still the current one, without reading it."""
        if self._sent_version is None or self.state.failed:
            return False
        version, block_end = self._sent_version
        return version == self._source.version() and (block_end is None or now < block_end)

    def _note_up_to_date(self, now: int) -> None:
        self.state = mark_up_to_date(self.state, now)
        if not 0 <= now - self._kept_at < KEEP_MS:
            self._keep(self.state)

    def _keep(self, state: SyncState) -> None:
        self.state = state
        self._kept_at = self._clock()
        self._states.keep(state)
