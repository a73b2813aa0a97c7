"""Keeps one target at the newest state: looks now and then, sends when it is due, and gives way to trouble."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from exporter.domain.sync import Pace, SyncState, failed, is_due, resumed, succeeded, up_to_date
from exporter.publish.answers import Passing, Refused, backoff_s
from exporter.publish.document import essence_of

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
    """One target. `send` takes the page's data, and raises Passing or Refused. `configured` tells of all that a user
    could change to mend a refusal: nothing is tried again before it tells something else.
    """

    def __init__(
        self,
        pace: Pace,
        source: Source,
        send: Callable[[dict[str, Any]], None],
        states: States,
        clock: Callable[[], int],
        configured: Callable[[], object] = lambda: None,
    ) -> None:
        self._pace = pace
        self._source = source
        self._send = send
        self._states = states
        self._clock = clock
        self._configured = configured
        self._refused: object = None
        self._seen: tuple[object, int | None] | None = None
        self._kept_at = 0
        self.state = resumed(states.load())
        """How it is, without asking the database."""

    def check(self) -> None:
        """Send what is due. Raises DatabaseError."""
        now = self._clock()
        if self.state.is_stopped and self._refused != self._configured():
            self.state = resumed(self.state)
        if self.state.is_stopped or (self.state.retry_at is not None and now < self.state.retry_at):
            return
        if self._nothing_happened(now):
            self._note_up_to_date(now)
            return
        version = self._source.version()
        current = self._source.current(now)
        if current is None:
            return
        found = essence_of(current)
        if is_due(self.state, self._pace, found, now):
            with self._states.alone(waits=False) as is_free:
                if is_free:
                    self._take_over()
                    if is_due(self.state, self._pace, found, now):
                        self._try(now)
        elif self.state.sent is not None and self.state.sent.digest == found.digest:
            self._seen = version, found.block_end
            self._note_up_to_date(now)

    def now(self, now: int) -> SyncState:
        """Send what there is at `now` (ms), due or not."""
        with self._states.alone(waits=True):
            self._take_over()
            self._try(now)
        return self.state

    def _take_over(self) -> None:
        """Another process may have sent something since."""
        kept = self._states.load()
        if kept.runs > self.state.runs:
            self.state = resumed(kept)

    def _try(self, now: int) -> None:
        data = self._source.data(now)
        if data is None:
            return
        try:
            self._send(data)
        except Refused as error:
            self._refused = self._configured()
            log.error("%s: %s. Nothing is sent until the configuration changes", self.state.target, error)
            self._keep(failed(self.state, now, str(error), None))
        except Passing as error:
            if not self.state.failed:
                log.warning("%s: %s; it is tried again", self.state.target, error)
            after = backoff_s(self.state.failed) if error.after_s is None else error.after_s
            self._keep(failed(self.state, now, str(error), now + round(1_000 * after)))
        else:
            if self.state.failed:
                log.info("%s: sent again, after %d failures", self.state.target, self.state.failed)
            self._keep(succeeded(self.state, essence_of(data["current"]), now))

    def _nothing_happened(self, now: int) -> bool:
        """Since the state was last found to be the one that was sent."""
        if self._seen is None or self.state.failed:
            return False
        version, block_end = self._seen
        return version == self._source.version() and (block_end is None or now < block_end)

    def _note_up_to_date(self, now: int) -> None:
        self.state = up_to_date(self.state, now)
        if now - self._kept_at >= KEEP_MS:
            self._keep(self.state)

    def _keep(self, state: SyncState) -> None:
        self.state = state
        self._kept_at = self._clock()
        self._states.keep(state)
