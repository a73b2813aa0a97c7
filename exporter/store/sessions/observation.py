"""Applies a sample of the running sessions: runs that start, continue and end, and their events.

process seen ──▶ a run starts ──▶ its state changes ──▶ it ends when the process has ended
tracker not running ──▶ a run whose process ended meanwhile ends at its last activity, marked as such
only a transcript, now quiet ──▶ an ended run from its first to its last line
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import (
    SAME_START_MS,
    TRAILING_MS,
    EventKind,
    ObservedSession,
    SessionEvent,
    provisional_id,
)
from exporter.domain.usage.totals import LabelSet
from exporter.store.sessions import runs, session_use, sessions, unnamed
from exporter.store.sessions.runs import Run, updated_run
from exporter.store.usage import conversations, totals

_UNCOVERED = f"{session_use.UNCOVERED} AND last_at <= ?"


def has_uncovered_lines(connection: sqlite3.Connection, quiet_since: int) -> bool:
    """Whether `cover_lines` would do anything."""
    return connection.execute(f"{_UNCOVERED} LIMIT 1", (quiet_since,)).fetchone() is not None


class Observation:
    """The changes from a sample, collected run by run within the caller's transaction.

    `watched`: the runs in the previous sample; if one is missing, it ended just now. `first_seen_at`: stored for new
    label sets.
    """

    def __init__(self, connection: sqlite3.Connection, watched: Collection[int], now: int, first_seen_at: int) -> None:
        self._connection = connection
        self._watched = watched
        self._now = now
        self._first_seen_at = first_seen_at
        self.events: list[SessionEvent] = []
        self._counts: Counter[LabelSet] = Counter()
        self._touched: dict[str, None] = {}
        self._left_at: dict[int, int] = {}  # by pid, when a process left its session: its next one starts then

    def update_runs(self, observed: Sequence[ObservedSession]) -> None:
        """Update the runs to match all running sessions."""
        unmatched = {session.session_id: session for session in observed}
        for run in runs.running(self._connection):
            process = run.pid, run.process_started_at, run.start_token
            session = next((s for s in observed if s.process.is_same_process(*process)), None)
            successor = unmatched.get(run.session_id)
            until = successor.process.started_at if successor is not None else self._now
            if session is None:
                self._leave(self._identified(run, unmatched), until)
            elif session.session_id == run.session_id or not (_is_named(session) or _is_named_run(run)):
                del unmatched[session.session_id]
                self._continue(run, session)
            elif _has_left(run, session) and sessions.has_lines(self._connection, run.session_id):
                self._leave(run, until)
            else:
                del unmatched[session.session_id]
                self._rename(run, session)
        for session in unmatched.values():
            self._start(session)

    def take_missed(self, missed: Sequence[ObservedSession]) -> None:
        """Name, or add, the runs of processes that ended before a sample had their record. Before `update_runs`."""
        for session in missed:
            process = session.process
            run = runs.of_process(self._connection, process.pid, process.started_at, process.start_token)
            if run is None:
                if not any(one.ended_at is None for one in runs.of_session(self._connection, session.session_id)):
                    self._end(self._start(session), self._now)
            elif not _is_named_run(run):
                known = updated_run(run, session, run.seen_at)
                ended = {"ended_at": run.ended_at, "by_last_evidence": run.by_last_evidence, "state": run.state}
                self._put_renamed(run, msgspec.structs.replace(known, session_id=session.session_id, **ended))
                self._cover(session.session_id, run.ended_at or 0)

    def name_ended(self) -> None:
        """Give ended runs without a known id those of the transcripts that began while they ran."""
        for run, session_id in unnamed.find_named(self._connection, self._now):
            self._put_renamed(run, msgspec.structs.replace(run, session_id=session_id))
            self._cover(session_id, run.ended_at or 0)

    def cover_lines(self, quiet_since: int) -> None:
        """Create runs for lines not covered by any run, once there are no lines since `quiet_since` (ms)."""
        rows = self._connection.execute(f"{_UNCOVERED} ORDER BY last_at", (quiet_since,)).fetchall()
        for conversation, session_id, first_at, last_at, covered_until, cwd in rows:
            started_at = session_use.uncovered_since(self._connection, conversation, first_at, last_at, covered_until)
            kind = Kind.CODE.value
            run = Run(None, session_id, kind, "transcript", None, None, None, started_at, last_at, cwd=cwd)
            self._counts["sessions_started", (kind,)] += 1
            self._end(run, last_at, silently=True)

    def save(self, *, all_follow: bool = False) -> bool:
        """Save totals and sessions' rows; returns whether anything changed. `all_follow`: all with lines follow."""
        if self._touched:
            totals.add(self._connection, self._counts, self._first_seen_at)
        for session_id in self._touched:
            if not (all_follow and sessions.has_lines(self._connection, session_id)):
                sessions.refresh_session(self._connection, session_id)
        return bool(self._touched)

    def _start(self, session: ObservedSession) -> Run:
        """Start a run for a process without one; if it is found late, reopen the run made from its transcript."""
        process = session.process
        last = next(reversed(runs.of_session(self._connection, session.session_id)), None)
        if last is not None and last.pid is None and process.started_at <= (last.ended_at or 0):
            self._add_event("resumed", reopened := self._put(updated_run(last, session, self._now)))
            return reopened
        started_at = max(process.started_at, self._moved_at(session), (last.ended_at or 0) if last else 0)
        run = Run(None, session.session_id, process.kind.value, session.source, None, None, None, started_at, self._now)
        run = self._put(msgspec.structs.replace(updated_run(run, session, self._now), state_since=self._now))
        self._counts["sessions_started", (run.session_type,)] += 1
        self._add_event("started" if last is None else "resumed", run)
        return run

    def _continue(self, run: Run, session: ObservedSession) -> None:
        updated = updated_run(run, session, run.seen_at)
        if run.source == "registered" and session.source != "registered":
            # A client removes its registry record shortly before it ends: keep what it reported last.
            last = {"state": run.state, "waiting_for": run.waiting_for, "needs": run.needs, "tempo": run.tempo}
            updated = msgspec.structs.replace(updated, source=run.source, **last)
        if updated == run and not self._clock_was_set(run, session):
            return
        if self._clock_was_set(run, session):  # while no tracker ran: a run is not longer than its process
            updated = msgspec.structs.replace(
                updated, started_at=max(run.started_at, min(session.process.started_at, self._now))
            )
        moved = (updated.state, updated.waiting_for) != (run.state, run.waiting_for)
        since = self._now if moved else run.state_since
        updated = self._put(msgspec.structs.replace(updated, seen_at=self._now, state_since=since))
        if moved:
            self._add_event("state", updated)

    def _clock_was_set(self, run: Run, session: ObservedSession) -> bool:
        """Whether the process now seems to have started later. Its start is derived from the clock."""
        known = run.process_started_at
        return run.id not in self._watched and known is not None and session.process.started_at > known + SAME_START_MS

    def _rename(self, run: Run, session: ObservedSession) -> None:
        """Continue the same run under another id.

        Either under its real id, because the session never wrote a line under the old one; or under a provisional id,
        because a younger process has that session now.
        """
        self._put_renamed(
            run, msgspec.structs.replace(updated_run(run, session, self._now), session_id=session.session_id)
        )

    def _identified(self, run: Run, unmatched: Collection[str]) -> Run:
        """Give a run without a known id the id of the first transcript started in its folder since."""
        if run.id in self._watched or _is_named_run(run) or run.cwd is None or run.process_started_at is None:
            return run
        transcripts = conversations.in_folders(self._connection, {run.cwd}, run.process_started_at)
        own = (
            transcript
            for transcript in transcripts
            if transcript.first_at >= run.started_at
            and transcript.session_id not in unmatched
            and not runs.of_session(self._connection, transcript.session_id)
        )
        first = min(own, key=lambda transcript: transcript.first_at, default=None)
        if first is None:
            return run
        return self._put_renamed(run, msgspec.structs.replace(run, session_id=first.session_id))

    def _put_renamed(self, run: Run, renamed: Run) -> Run:
        self._touched[run.session_id] = None
        renamed = self._put(renamed)
        self._add_event("identified", renamed, former_id=run.session_id)
        return renamed

    def _leave(self, run: Run, until: int) -> None:
        """End a run that its process left: now if it was watched, else at its last activity until `until`."""
        if run.id in self._watched:
            self._end(run, self._now)
        else:
            last_at = sessions.last_line_until(self._connection, run.session_id, until)
            self._end(run, max(run.seen_at, last_at or 0), by_last_evidence=True)

    def _end(self, run: Run, at: int, *, by_last_evidence: bool = False, silently: bool = False) -> None:
        ended_at = max(run.started_at, at)
        length = ended_at - run.started_at
        if run.pid is not None:
            self._left_at[run.pid] = ended_at
        if run.observed is None:
            self._counts["session_duration_bucket", (run.session_type, runs.bucket_of(length))] += 1
            self._counts["session_duration_sum", (run.session_type,)] += length
        ended = msgspec.structs.replace(
            run,
            ended_at=ended_at,
            observed=length if run.observed is None else run.observed,
            by_last_evidence=int(by_last_evidence),
            state="unknown",
            waiting_for=None,
            needs=None,
            tempo=None,
        )
        self._put(ended)
        self._cover(run.session_id, ended_at)
        if not silently:
            self._add_event("ended", ended)

    def _cover(self, session_id: str, ended_at: int) -> None:
        """Mark the lines of a session until an end as those of a run."""
        self._connection.execute(
            "UPDATE tracker_conversations SET covered_until = max(coalesce(covered_until, 0), ?) WHERE session_id = ?",
            (ended_at + TRAILING_MS, session_id),
        )

    def _moved_at(self, session: ObservedSession) -> int:
        """When a process moved here from another session: at this session's first line, if that is later."""
        left_at = self._left_at.get(session.process.pid)
        if left_at is None:
            return 0
        first_at = sessions.first_line(self._connection, session.session_id)
        return max(left_at, min(first_at or 0, self._now))

    def _put(self, run: Run) -> Run:
        self._touched[run.session_id] = None
        return runs.save(self._connection, run)

    def _add_event(self, what: EventKind, run: Run, former_id: str | None = None) -> None:
        self.events.append(runs.event_of(run, what, self._now, former_id))


def _is_named(session: ObservedSession) -> bool:
    return session.session_id != provisional_id(session.process)


def _has_left(run: Run, session: ObservedSession) -> bool:
    """Whether the process is in another session now. One inferred before its first record was never its own."""
    return _is_named(session) and not (run.source == "inferred" and session.source == "registered")


def _is_named_run(run: Run) -> bool:
    return run.session_id != run.provisional_id
