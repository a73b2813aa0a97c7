"""The ended runs whose session's id was not known, and the transcripts that may be theirs."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

import msgspec

from exporter.domain.calendar.timestamp import DAY, SECOND
from exporter.domain.sessions.naming import StartedSession, UnnamedRun, assign_names, contains
from exporter.domain.sessions.session import PROVISIONAL_CODE, SAME_START_MS, YOUNG_MS, Transcript
from exporter.store.sessions import runs, session_use
from exporter.store.sessions.runs import Run

SETTLE_MS = 3 * SECOND
"""A transcript this old would have been matched with its process, if that still ran."""
REMEMBERED_MS = DAY
"""A run that ended earlier keeps its provisional id."""

_ENDED = f"""session_id >= '{PROVISIONAL_CODE}' AND session_id < '{PROVISIONAL_CODE[:-1]}.'
AND ended_at >= ? AND cwd IS NOT NULL AND pid IS NOT NULL AND NOT by_last_evidence"""

_STARTED = f"{session_use.UNCOVERED} AND cwd IN (SELECT value FROM json_each(?)) AND last_at >= ?"


def ended(connection: sqlite3.Connection, now: int) -> list[Run]:
    """The runs of Claude Code that ended without an id of Claude's, not long ago."""
    return runs.where(connection, _ENDED, now - REMEMBERED_MS)


def may_be_of(run: Run, transcript: Transcript) -> bool:
    """Whether a transcript without a run may be that of an ended process without an id."""
    is_unnamed = run.session_id == run.provisional_id and transcript.left_at is None and not transcript.in_use
    return is_unnamed and contains(
        _unnamed(run), StartedSession(transcript.session_id, transcript.cwd, transcript.first_at)
    )


def find_named(connection: sqlite3.Connection, now: int) -> list[tuple[Run, str]]:
    """The ended runs without an id of Claude's, each with the id of the transcript that is its own."""
    found = {run.id: run for run in ended(connection, now) if run.id is not None}
    if not found:
        return []
    started = _started(connection, found.values(), now)
    if not started:
        return []
    running = [run for run in runs.running(connection) if run.session_id == run.provisional_id]
    young = [_unnamed(run) for run in running if run.cwd is not None and run.started_at > now - YOUNG_MS]
    named = assign_names([_unnamed(run) for run in found.values()], started, young)
    return [(found[run_id], session_id) for run_id, session_id in named.items()]


def _started(connection: sqlite3.Connection, ended: Collection[Run], now: int) -> list[StartedSession]:
    """The sessions without a run that were written in the folders of these runs since the first of them."""
    cwds = sorted({run.cwd for run in ended if run.cwd is not None})
    since = min(run.started_at for run in ended) - SAME_START_MS
    rows = connection.execute(_STARTED, (msgspec.json.encode(cwds).decode(), since)).fetchall()
    found = [
        StartedSession(session_id, cwd, session_use.uncovered_since(connection, conversation, *times))
        for conversation, session_id, *times, cwd in rows
    ]
    return [one for one in found if one.at <= now - SETTLE_MS]


def _unnamed(run: Run) -> UnnamedRun:
    return UnnamedRun(run.id or 0, run.cwd or "", run.started_at, run.ended_at)
