"""Keeps the sessions that run: joins what is seen of them with what is known, and stores what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exporter.domain.joining import believes, join
from exporter.domain.process import Kind
from exporter.domain.session import Seen, SessionEvent, Sighting, Transcript, unnamed_id
from exporter.domain.timestamp import DAY, MINUTE
from exporter.store.store import Store

QUIET_MS = 15 * MINUTE
"""A transcript without a process that was not written for so long is of a session that is over."""
QUIET_UNSEEN_MS = DAY
"""The same where nobody looks for processes."""


class Detection:
    """The running sessions of one store. `told` is called with each event, after its commit."""

    def __init__(self, store: Store, clock: Callable[[], int], told: Callable[[SessionEvent], None]) -> None:
        self._store = store
        self._clock = clock
        self._tell = told
        self._last: Sequence[Sighting] | None = None
        self._watched: frozenset[int] = frozenset()

    def observe(self, seen: Seen) -> None:
        """Take a look; writes only what changed. Raises DatabaseError."""
        now = self._clock()
        sightings = sightings_of(self._store, seen)
        quiet_since = quiet_before(sightings, now)
        if (sightings is None or sightings == self._last) and not self._store.any_to_conclude(quiet_since):
            return
        events = self._store.observe(sightings, self._watched, quiet_since, now)
        if sightings is not None:
            self._last = sightings
            self._watched = frozenset(run.id for run in self._store.running() if run.id is not None)
        for event in events:
            self._tell(event)

    def close(self) -> None:
        """Nobody looks from now on."""
        if self._watched:
            self._store.touch_runs(self._clock())


def sightings_of(store: Store, seen: Seen) -> list[Sighting] | None:
    """The sessions that run, as far as the store's transcripts tell which; None where nobody could look."""
    if seen.processes is None:
        return None
    unregistered = [
        process
        for process in seen.processes
        if process.kind is Kind.CODE and not ((record := seen.records.get(process.pid)) and believes(record, process))
    ]
    transcripts: list[Transcript] = []
    held: dict[int, str] = {}
    if unregistered:
        cwds = {process.cwd for process in unregistered if process.cwd is not None}
        transcripts = store.transcripts(cwds, min(process.started_at for process in unregistered))
        by_pid = {process.pid: process for process in unregistered}
        for run in store.running():
            on = by_pid.get(run.pid or 0)
            if (
                on
                and on.is_one_with(run.pid, run.process_started_at, run.start_token)
                and run.session_id != unnamed_id(on)
            ):
                held[on.pid] = run.session_id
    return join(seen.processes, seen.records, transcripts, held)


def quiet_before(sightings: Sequence[Sighting] | None, now: int) -> int:
    """Lines up to then are of sessions that are over, if no run goes on."""
    return now - (QUIET_MS if sightings is not None else QUIET_UNSEEN_MS)
