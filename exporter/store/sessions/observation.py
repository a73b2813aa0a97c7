"""What a look at the running sessions changes: runs that begin, go on and end, and the events they make.

process seen ──▶ a run begins ──▶ its state changes ──▶ it ends when the process is gone
tracker away ──▶ a run whose process is gone since ends at its last evidence, and says so
transcript alone, quiet ──▶ a run from its first to its last line, ended
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence

import msgspec

from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import TRAILING_MS, ObservedSession, SessionEvent, What, unnamed_id
from exporter.domain.usage.totals import LabelSet
from exporter.store.sessions import runs, session_use, sessions
from exporter.store.sessions.runs import Run
from exporter.store.usage import conversations, totals

# A run that goes on covers its lines without saying so.
_UNCOVERED = """
SELECT id, session_id, first_at, last_at, covered_until, cwd FROM tracker_conversations c
WHERE (covered_until IS NULL OR last_at > covered_until) AND last_at <= ?
  AND NOT EXISTS (SELECT 1 FROM tracker_runs r WHERE r.session_id = c.session_id AND r.ended_at IS NULL)
"""


def any_to_conclude(connection: sqlite3.Connection, quiet_since: int) -> bool:
    """Whether `conclude` would do anything."""
    return connection.execute(f"{_UNCOVERED} LIMIT 1", (quiet_since,)).fetchone() is not None


class Observation:
    """What a sample changes, gathered run by run within the caller's transaction.

    `watched`: the runs that the sample before saw; one of them that is gone ended just now. `met_at`: kept for
    label sets that are new.
    """

    def __init__(self, connection: sqlite3.Connection, watched: Collection[int], now: int, met_at: int) -> None:
        self._connection = connection
        self._watched = watched
        self._now = now
        self._met_at = met_at
        self.events: list[SessionEvent] = []
        self._counts: Counter[LabelSet] = Counter()
        self._touched: dict[str, None] = {}
        self._left_at: dict[int, int] = {}
        """When a process left the session it was on, by pid: there the next one begins."""

    def see(self, sightings: Sequence[ObservedSession]) -> None:
        """Bring the runs in line with all that runs now."""
        left = {sighting.session_id: sighting for sighting in sightings}
        for run in runs.running(self._connection):
            process = run.pid, run.process_started_at, run.start_token
            sighting = next((s for s in sightings if s.process.is_one_with(*process)), None)
            successor = left.get(run.session_id)
            until = successor.process.started_at if successor is not None else self._now
            if sighting is None:
                self._leave(self._identified(run, left), until)
            elif sighting.session_id == run.session_id or not (_is_named(sighting) or _is_named_run(run)):
                del left[sighting.session_id]
                self._go_on(run, sighting)
            elif _is_named(sighting) and sessions.is_told(self._connection, run.session_id):
                self._leave(run, until)
            else:
                del left[sighting.session_id]
                self._rename(run, sighting)
        for sighting in left.values():
            self._begin(sighting)

    def conclude(self, quiet_since: int) -> None:
        """Give a run to lines that no run covers, once none came since `quiet_since` (ms)."""
        rows = self._connection.execute(f"{_UNCOVERED} ORDER BY last_at", (quiet_since,)).fetchall()
        for conversation, session_id, first_at, last_at, covered_until, cwd in rows:
            if covered_until is not None:
                began = session_use.first_activity_after(self._connection, conversation, covered_until) or last_at
            else:
                began = session_use.begun_at(self._connection, conversation) or first_at
            kind = Kind.CODE.value
            run = Run(None, session_id, kind, "transcript", None, None, None, began, last_at, cwd=cwd)
            self._counts["sessions_started", (kind,)] += 1
            self._end(run, last_at, silently=True)

    def save(self) -> bool:
        """Keep the totals and the sessions' rows; whether anything had changed."""
        if not self._touched:
            return False
        totals.add(self._connection, self._counts, self._met_at)
        for session_id in self._touched:
            sessions.refresh_session(self._connection, session_id)
        return True

    def _begin(self, sighting: ObservedSession) -> None:
        """A process that no open run is of. One found late may be the one a transcript was thought to be without."""
        process = sighting.process
        last = next(reversed(runs.of_session(self._connection, sighting.session_id)), None)
        if last is not None and last.pid is None and process.started_at <= (last.ended_at or 0):
            self._note("resumed", self._put(_seen(last, sighting, self._now)))
            return
        began = max(process.started_at, self._came_at(sighting), (last.ended_at or 0) if last else 0)
        run = Run(None, sighting.session_id, process.kind.value, sighting.source, None, None, None, began, self._now)
        run = self._put(msgspec.structs.replace(_seen(run, sighting, self._now), state_since=self._now))
        self._counts["sessions_started", (run.session_type,)] += 1
        self._note("started" if last is None else "resumed", run)

    def _go_on(self, run: Run, sighting: ObservedSession) -> None:
        seen = _seen(run, sighting, run.seen_at)
        if run.source == "registered" and sighting.source != "registered":
            # A client removes its record shortly before it ends: what it told last stays.
            seen = msgspec.structs.replace(seen, source=run.source, state=run.state, waiting_for=run.waiting_for)
        if seen == run:
            return
        moved = (seen.state, seen.waiting_for) != (run.state, run.waiting_for)
        since = self._now if moved else run.state_since
        seen = self._put(msgspec.structs.replace(seen, seen_at=self._now, state_since=since))
        if moved:
            self._note("state", seen)

    def _rename(self, run: Run, sighting: ObservedSession) -> None:
        """What runs is still the same start, under another id: under its real one, since the session never wrote a line
        under the old; or under one of its own, since a younger process is on that session now.
        """
        self._put_renamed(run, msgspec.structs.replace(_seen(run, sighting, self._now), session_id=sighting.session_id))

    def _identified(self, run: Run, left: Collection[str]) -> Run:
        """A run whose id was not known when it was seen last, under the id of what was begun in its folder since."""
        if run.id in self._watched or _is_named_run(run) or run.cwd is None or run.process_started_at is None:
            return run
        told = conversations.in_folders(self._connection, {run.cwd}, run.process_started_at)
        own = (
            transcript
            for transcript in told
            if transcript.first_at >= run.started_at
            and transcript.session_id not in left
            and not runs.of_session(self._connection, transcript.session_id)
        )
        first = min(own, key=lambda transcript: transcript.first_at, default=None)
        if first is None:
            return run
        return self._put_renamed(run, msgspec.structs.replace(run, session_id=first.session_id))

    def _put_renamed(self, run: Run, renamed: Run) -> Run:
        self._touched[run.session_id] = None
        renamed = self._put(renamed)
        self._note("identified", renamed, former_id=run.session_id)
        return renamed

    def _leave(self, run: Run, until: int) -> None:
        """Its process left it: just now if it was watched, else at its last evidence up to `until`."""
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
        )
        self._put(ended)
        self._connection.execute(
            "UPDATE tracker_conversations SET covered_until = max(coalesce(covered_until, 0), ?) WHERE session_id = ?",
            (ended_at + TRAILING_MS, run.session_id),
        )
        if not silently:
            self._note("ended", ended)

    def _came_at(self, sighting: ObservedSession) -> int:
        """When a process that left another session went on to this one: at its first line, if that was not seen."""
        left_at = self._left_at.get(sighting.process.pid)
        if left_at is None:
            return 0
        first_at = sessions.first_line(self._connection, sighting.session_id)
        return max(left_at, min(first_at or 0, self._now))

    def _put(self, run: Run) -> Run:
        self._touched[run.session_id] = None
        return runs.save(self._connection, run)

    def _note(self, what: What, run: Run, former_id: str | None = None) -> None:
        ended_at = run.ended_at
        event = SessionEvent(
            what,
            run.session_id,
            run.session_type,
            self._now if ended_at is None else ended_at,
            run.pid,
            run.cwd,
            run.state,
            run.waiting_for,
            None if ended_at is None else ended_at - run.started_at,
            former_id,
            bool(run.by_last_evidence),
        )
        self.events.append(event)


def _as_int(flag: bool | None) -> int | None:
    return None if flag is None else int(flag)


def _is_named(sighting: ObservedSession) -> bool:
    return sighting.session_id != unnamed_id(sighting.process)


def _is_named_run(run: Run) -> bool:
    return run.session_id != run.unnamed_id


def _seen(run: Run, sighting: ObservedSession, seen_at: int) -> Run:
    """The run as it is seen now."""
    process = sighting.process
    return msgspec.structs.replace(
        run,
        source=sighting.source,
        pid=process.pid,
        process_started_at=run.process_started_at if run.pid == process.pid else process.started_at,
        start_token=process.start_token,
        seen_at=seen_at,
        ended_at=None,
        by_last_evidence=0,
        state=sighting.state,
        waiting_for=sighting.waiting_for,
        cwd=sighting.cwd or run.cwd,
        entrypoint=sighting.entrypoint or run.entrypoint,
        client_version=sighting.client_version or run.client_version,
        skip_permissions=_as_int(process.skip_permissions) if process.kind is Kind.CODE else None,
    )
