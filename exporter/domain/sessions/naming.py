"""Names the runs of processes that ended before their session's id was known.

Both know the folder, and a session's first line is written while its process runs:

    run 1  ├───────────┤
    run 2       ├────────────────┤
    line   ────a──────────b──────────▶   a belongs to run 1 or 2, b to run 2: so a is that of run 1
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exporter.domain.sessions.session import SAME_START_MS


class UnnamedRun(msgspec.Struct, frozen=True):
    """A run in a folder, from its start to its end (ms). `ended_at`: None while it runs."""

    id: int
    cwd: str
    started_at: int
    ended_at: int | None


class StartedSession(msgspec.Struct, frozen=True):
    """A session of which no process is known: its first activity in a folder (ms)."""

    session_id: str
    cwd: str
    at: int


def assign_names(
    ended: Sequence[UnnamedRun], started: Sequence[StartedSession], running: Sequence[UnnamedRun]
) -> dict[int, str]:
    """The session ids by run, for as many runs as possible: of the runs that may be a session's, the first to end.

    `running`: a session that may be one of these waits.
    """
    named: dict[int, str] = {}
    in_order = sorted(ended, key=lambda run: (run.ended_at or 0, run.started_at, run.id))
    for one in sorted(started, key=lambda one: (one.at, one.session_id)):
        if any(contains(run, one) for run in running):
            continue
        run = next((run for run in in_order if run.id not in named and contains(run, one)), None)
        if run is not None:
            named[run.id] = one.session_id
    return named


def contains(run: UnnamedRun, one: StartedSession) -> bool:
    """Whether a session began in the folder and the time of a run."""
    if run.cwd != one.cwd or one.at < run.started_at - SAME_START_MS:
        return False
    return run.ended_at is None or one.at <= run.ended_at + SAME_START_MS
