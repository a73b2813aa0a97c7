"""Merges the runs of sessions, and the sessions of an earlier tracker of which only an estimate is known."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from msgspec.structs import replace

from exporter.store.merging.source import Names
from exporter.store.sessions import imported, runs
from exporter.store.sessions.runs import Run

_RUNS = f"SELECT {', '.join(Run.__struct_fields__)} FROM source.tracker_runs ORDER BY session_id, started_at, id"
_SESSIONS = """
SELECT session_id FROM source.tracker_conversations WHERE first_at IS NOT NULL
UNION SELECT session_id FROM source.tracker_runs ORDER BY 1
"""
_OF_OTHERS = f"""
SELECT {", ".join(imported.COLUMNS)} FROM source.real_sessions WHERE id NOT IN ({_SESSIONS.replace("ORDER BY 1", "")})
ORDER BY id
"""


def merge_runs(connection: sqlite3.Connection, names: Names) -> set[str]:
    """Merge the runs, in the caller's transaction. Returns the sessions (as here) that got any.

    A process of another machine is none here, so it has no id. A run that overlaps one that is known is the same.
    """
    touched = set()
    for row in connection.execute(_RUNS).fetchall():
        run = _as_here(Run(*row), names)
        known = runs.of_session(connection, run.session_id)
        same = next((one for one in known if one.started_at == run.started_at), None)
        if same is not None:
            if same.ended_at is None or (run.ended_at or 0) <= same.ended_at:
                continue
            length = max(same.observed or 0, run.observed or 0)
            runs.save(connection, replace(same, ended_at=run.ended_at, observed=length))
        elif any(_overlap(one, run) for one in known):
            continue
        else:
            runs.save(connection, run)
        touched.add(run.session_id)
    return touched


def _as_here(run: Run, names: Names) -> Run:
    here = replace(
        run, id=None, session_id=names.of(run.session_id), pid=None, process_started_at=None, start_token=None
    )
    return replace(here, cwd=None, waiting_for=None, needs=None) if names.is_masked(run.session_id) else here


def _overlap(one: Run, other: Run) -> bool:
    return (one.ended_at is None or other.started_at <= one.ended_at) and (
        other.ended_at is None or one.started_at <= other.ended_at
    )


def sessions_of_source(connection: sqlite3.Connection, names: Names) -> set[str]:
    """The sessions with lines or runs, as they are called here."""
    return {names.of(session_id) for (session_id,) in connection.execute(_SESSIONS)}


def rows_of_others(connection: sqlite3.Connection) -> Iterator[imported.SessionValues]:
    """The rows of `real_sessions` that another program wrote, such as an earlier tracker."""
    return (imported.SessionValues(*row) for row in connection.execute(_OF_OTHERS))
