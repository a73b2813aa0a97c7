"""Keeps the sessions that run: joins what is seen of them with what is known, and stores what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.sessions.matching import believes, join
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Held, ObservedSession, ProcessSample, SessionEvent, Transcript
from exporter.store.sessions.runs import Run
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
        self._last: Sequence[ObservedSession] | None = None
        self._watched: frozenset[int] = frozenset()
        self._seen_at = 0

    def observe(self, seen: ProcessSample) -> None:
        """Take a look; writes only what changed. Raises DatabaseError."""
        now = self._clock()
        sightings = observed_sessions(self._store, seen, self._watched)
        self._note_watch(sightings is not None, now)
        quiet_since = quiet_before(sightings, now)
        if (sightings is None or sightings == self._last) and not self._store.any_to_conclude(quiet_since):
            return
        events = self._store.observe(sightings, self._watched, quiet_since, now)
        if sightings is not None:
            self._last = sightings
            self._watched = frozenset(run.id for run in self._store.running() if run.id is not None)
        for event in events:
            self._tell(event)

    def _note_watch(self, sees: bool, now: int) -> None:
        """Write down how far was seen, once nothing is."""
        if sees:
            self._seen_at = now
        elif self._watched:
            self._store.touch_runs(self._seen_at)
            self._last, self._watched = None, frozenset()

    def close(self) -> None:
        """Nobody looks from now on."""
        if self._watched:
            self._store.touch_runs(self._clock())


def observed_sessions(store: Store, seen: ProcessSample, watched: Collection[int] = ()) -> list[ObservedSession] | None:
    """The sessions that run, as far as the store's transcripts tell which; None where nobody could look.

    `watched`: the runs that the look before saw.
    """
    if seen.processes is None:
        return None
    unregistered = [
        process
        for process in seen.processes
        if process.kind is Kind.CODE and not ((record := seen.records.get(process.pid)) and believes(record, process))
    ]
    if not unregistered:
        return join(seen.processes, seen.records, (), {})
    cwds = {process.cwd for process in unregistered if process.cwd is not None}
    told = store.transcripts(cwds, min(process.started_at for process in unregistered))
    transcripts = {transcript.session_id: transcript for transcript in told}
    by_pid = {process.pid: process for process in seen.processes}
    held: dict[int, Held] = {}
    for run in store.running():
        process = by_pid.get(run.pid or 0)
        lives = process is not None and process.is_one_with(run.pid, run.process_started_at, run.start_token)
        if lives and run.pid is not None and run.session_id != run.unnamed_id:
            held[run.pid] = Held(run.session_id, run.source == "registered")
        if (transcript := transcripts.get(run.session_id)) is not None:
            transcripts[run.session_id] = _as_left(transcript, run, is_held=lives or run.id in watched)
    return join(seen.processes, seen.records, list(transcripts.values()), held)


def _as_left(transcript: Transcript, run: Run, *, is_held: bool) -> Transcript:
    """A transcript that a run is open on: its process lives, or just went, or went while nobody looked."""
    if is_held or run.pid is None or run.process_started_at is None:
        return msgspec.structs.replace(transcript, is_held=is_held)
    left_by = (run.pid, run.process_started_at)
    return msgspec.structs.replace(transcript, left_at=max(transcript.left_at or 0, run.seen_at), left_by=left_by)


def quiet_before(sightings: Sequence[ObservedSession] | None, now: int) -> int:
    """Lines up to then are of sessions that are over, if no run goes on."""
    return now - (QUIET_MS if sightings is not None else QUIET_UNSEEN_MS)
