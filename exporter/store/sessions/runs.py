"""The stored runs of sessions: when each started and ended, in which process, and their totals."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import (
    DURATION_BOUNDS_S,
    SAME_START_MS,
    EventKind,
    ObservedSession,
    SessionEvent,
    make_provisional_id,
)
from exporter.domain.usage.totals import LabelSet

_COLUMNS = (
    "id", "session_id", "session_type", "source", "pid", "process_started_at", "start_token", "started_at", "seen_at",
    "ended_at", "observed", "by_last_evidence", "state", "waiting_for", "state_since", "cwd", "entrypoint",
    "client_version", "skip_permissions", "kind", "needs", "tempo",
)  # fmt: skip
_RUNS = f"SELECT {', '.join(_COLUMNS)} FROM tracker_runs"
_SAVE = f"INSERT OR REPLACE INTO tracker_runs ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


class Run(msgspec.Struct, frozen=True):
    """A row of `tracker_runs`. `id`: None until it is stored."""

    id: int | None
    session_id: str
    session_type: str
    source: str
    pid: int | None
    process_started_at: int | None
    start_token: str | None
    started_at: int
    seen_at: int
    ended_at: int | None = None
    observed: int | None = None
    by_last_evidence: int = 0
    state: str = "unknown"
    waiting_for: str | None = None
    state_since: int | None = None
    cwd: str | None = None
    entrypoint: str | None = None
    client_version: str | None = None
    skip_permissions: int | None = None
    kind: str | None = None
    needs: str | None = None
    tempo: str | None = None

    @property
    def provisional_id(self) -> str:
        """The id of its session until Claude's is known."""
        return make_provisional_id(self.session_type, self.pid, self.process_started_at)


def updated_run(run: Run, session: ObservedSession, seen_at: int) -> Run:
    """The run with the values observed now."""
    process = session.process
    return msgspec.structs.replace(
        run,
        source=session.source,
        pid=process.pid,
        process_started_at=run.process_started_at if run.pid == process.pid else process.started_at,
        start_token=process.start_token,
        seen_at=seen_at,
        ended_at=None,
        by_last_evidence=0,
        state=session.state,
        waiting_for=session.waiting_for,
        cwd=session.cwd or run.cwd,
        entrypoint=session.entrypoint or run.entrypoint,
        client_version=session.client_version or run.client_version,
        skip_permissions=_as_int(process.skip_permissions) if process.kind is Kind.CODE else None,
        kind=session.kind or run.kind,
        needs=session.needs,
        tempo=session.tempo,
    )


def event_of(run: Run, what: EventKind, now: int, former_id: str | None) -> SessionEvent:
    """What happened to a run: at its end if it ended, else `now` (ms)."""
    return SessionEvent(
        what,
        run.session_id,
        run.session_type,
        now if run.ended_at is None else run.ended_at,
        run.pid,
        run.cwd,
        run.state,
        run.waiting_for,
        None if run.ended_at is None else run.ended_at - run.started_at,
        former_id,
        bool(run.by_last_evidence),
    )


def _as_int(flag: bool | None) -> int | None:
    return None if flag is None else int(flag)


def running(connection: sqlite3.Connection) -> list[Run]:
    """The runs that have not ended, the oldest first."""
    return [Run(*row) for row in connection.execute(f"{_RUNS} WHERE ended_at IS NULL ORDER BY started_at, id")]


def where(connection: sqlite3.Connection, condition: str, *parameters: object) -> list[Run]:
    """The runs that meet a condition in SQL, the oldest first."""
    rows = connection.execute(f"{_RUNS} WHERE {condition} ORDER BY started_at, id", parameters)
    return [Run(*row) for row in rows]


def of_session(connection: sqlite3.Connection, session_id: str) -> list[Run]:
    """The runs of one session, the oldest first."""
    rows = connection.execute(f"{_RUNS} WHERE session_id = ? ORDER BY started_at, id", (session_id,))
    return [Run(*row) for row in rows]


def of_process(connection: sqlite3.Connection, pid: int, started_at: int, start_token: str | None) -> Run | None:
    """The last run of a process: by its start in the system's form, if known, else by its time (ms)."""
    tokens = None if start_token is None else start_token.split()
    for run in reversed(where(connection, "pid = ?", pid)):
        if tokens is not None and run.start_token is not None:
            if run.start_token.split() == tokens:
                return run
        elif run.process_started_at is not None and abs(run.process_started_at - started_at) <= SAME_START_MS:
            return run
    return None


def save(connection: sqlite3.Connection, run: Run) -> Run:
    """Save a run; returns it, with its id if it is new."""
    found = connection.execute(_SAVE, msgspec.structs.astuple(run)).lastrowid
    return msgspec.structs.replace(run, id=found) if run.id is None else run


def touch(connection: sqlite3.Connection, now: int) -> None:
    """Record that the open runs were seen until now."""
    connection.execute("UPDATE tracker_runs SET seen_at = ? WHERE ended_at IS NULL", (now,))


def bucket_of(length_ms: int) -> str:
    """The `le` label of the bucket for a length."""
    at = bisect_left(DURATION_BOUNDS_S, length_ms / 1000)
    return str(DURATION_BOUNDS_S[at]) if at < len(DURATION_BOUNDS_S) else "+Inf"


def sum_runs(connection: sqlite3.Connection) -> dict[LabelSet, int]:
    """The contributions of all runs to the totals."""
    found: Counter[LabelSet] = Counter()
    for session_type, observed in connection.execute("SELECT session_type, observed FROM tracker_runs"):
        found["sessions_started", (session_type,)] += 1
        if observed is not None:
            found["session_duration_bucket", (session_type, bucket_of(observed))] += 1
            found["session_duration_sum", (session_type,)] += observed
    return dict(found)


def started_in_order(connection: sqlite3.Connection, start: int) -> Iterator[Run]:
    """Iterate over the runs that did not end before `start` (ms), in order of their start."""
    query = f"{_RUNS} WHERE ended_at IS NULL OR ended_at >= ? ORDER BY started_at, id"
    return (Run(*row) for row in connection.execute(query, (start,)))


def by_session(runs: Iterable[Run]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.session_id, []).append(run)
    return found


def load_all(connection: sqlite3.Connection) -> list[Run]:
    """Every run, by session, the oldest first."""
    return [Run(*row) for row in connection.execute(f"{_RUNS} ORDER BY session_id, started_at, id")]
