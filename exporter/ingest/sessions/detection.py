"""Detects running sessions: matches process samples with stored sessions, and stores what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from exporter.domain.calendar.timestamp import DAY, MINUTE
from exporter.domain.sessions.matching import match_sessions
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import (
    YOUNG_MS,
    ObservedSession,
    PreviousSession,
    Process,
    ProcessSample,
    Record,
    SessionEvent,
    Transcript,
    is_record_of,
    registered_session,
)
from exporter.store.sessions.runs import Run
from exporter.store.sessions.unnamed import may_be_of
from exporter.store.store import Store

QUIET_MS = 15 * MINUTE
"""A session without a process is over once its transcript has not been written for this long."""
QUIET_UNSEEN_MS = DAY
"""The same without process sampling."""


class Detection:
    """The running sessions of one store. `report_event` is called with each event, after its commit."""

    def __init__(self, store: Store, clock: Callable[[], int], report_event: Callable[[SessionEvent], None]) -> None:
        self._store = store
        self._clock = clock
        self._report_event = report_event
        self._last: Sequence[ObservedSession] | None = None
        self._watched: frozenset[int] = frozenset()
        self._seen_at = 0

    def observe(self, sample: ProcessSample) -> None:
        """Store what changed since the last sample. Raises DatabaseError."""
        now = self._clock()
        observed = observed_sessions(self._store, sample, now, self._watched)
        self._note_watch(observed is not None, now)
        quiet_since = quiet_before(observed, now)
        is_known = (observed is None or observed == self._last) and not sample.missed
        if is_known and not self._store.has_late_lines(quiet_since, now):
            return
        missed = [registered_session(_missed_process(record, now), record) for record in sample.missed]
        events = self._store.observe(observed, self._watched, quiet_since, now, missed)
        if observed is not None:
            self._last = observed
            self._watched = frozenset(run.id for run in self._store.running() if run.id is not None)
        for event in events:
            self._report_event(event)

    def _note_watch(self, sees: bool, now: int) -> None:
        """Store the time of the last successful sample once sampling fails."""
        if sees:
            self._seen_at = now
        elif self._watched:
            self._store.touch_runs(self._seen_at)
            self._last, self._watched = None, frozenset()

    def move_clock(self, by: int) -> None:
        """The clock was set by this many ms: what is running started as long ago as before. Raises DatabaseError."""
        self._store.move_clock(by, self._clock())
        self._seen_at += by

    def close(self) -> None:
        """Store the time of the end of sampling."""
        if self._watched:
            self._store.touch_runs(self._clock())


def observed_sessions(
    store: Store, sample: ProcessSample, now: int, watched: Collection[int] = ()
) -> list[ObservedSession] | None:
    """The running sessions, identified with the store's transcripts; None if the processes could not be sampled.

    `now`: ms. `watched`: the runs in the previous sample.
    """
    if sample.processes is None:
        return None
    records = {record.pid: record for record in (*sample.missed, *sample.records.values())}
    unregistered = [
        process
        for process in sample.processes
        if process.kind is Kind.CODE and not ((record := records.get(process.pid)) and is_record_of(record, process))
    ]
    if not unregistered:
        return match_sessions(sample.processes, records, (), {})
    cwds = {process.cwd for process in unregistered if process.cwd is not None}
    recent = store.transcripts(cwds, min(process.started_at for process in unregistered))
    transcripts = {transcript.session_id: transcript for transcript in recent}
    by_pid = {process.pid: process for process in sample.processes}
    previous: dict[int, PreviousSession] = {}
    ended = store.unnamed_runs(now)
    for run in store.running():
        process = by_pid.get(run.pid or 0)
        lives = process is not None and process.is_same_process(run.pid, run.process_started_at, run.start_token)
        if lives and run.pid is not None and run.session_id != run.provisional_id:
            previous[run.pid] = PreviousSession(run.session_id, run.source == "registered")
        if (transcript := transcripts.get(run.session_id)) is not None:
            transcripts[run.session_id] = _as_left(transcript, run, in_use=lives or run.id in watched)
        if not lives and run.id in watched:
            ended.append(run)
    for session_id, transcript in transcripts.items():
        if any(may_be_of(run, transcript) for run in ended):
            transcripts[session_id] = msgspec.structs.replace(transcript, in_use=True)
    return match_sessions(sample.processes, records, list(transcripts.values()), previous, now - YOUNG_MS)


def _missed_process(record: Record, now: int) -> Process:
    """The process of a record, as far as the record says. `now`: ms."""
    started_at = record.process_started_at if record.process_started_at is not None else record.started_at
    at = min(now, started_at if started_at is not None else now)
    return Process(record.pid, at, Kind.CODE, record.start_token, record.cwd, None)


def _as_left(transcript: Transcript, run: Run, *, in_use: bool) -> Transcript:
    """The transcript of an open run, whose process may be running, or have ended since the previous sample."""
    if in_use or run.pid is None or run.process_started_at is None:
        return msgspec.structs.replace(transcript, in_use=in_use)
    left_by = (run.pid, run.process_started_at)
    return msgspec.structs.replace(transcript, left_at=max(transcript.left_at or 0, run.seen_at), left_by=left_by)


def quiet_before(observed: Sequence[ObservedSession] | None, now: int) -> int:
    """Sessions without a running process whose last entry is before this time (ms) are over."""
    return now - (QUIET_MS if observed is not None else QUIET_UNSEEN_MS)
