"""When the estimated sizes and rhythms are due again: each estimate reads every response of eight weeks."""

from __future__ import annotations

import sqlite3

import msgspec

from exporter.domain.calendar.timestamp import MINUTE
from exporter.store.database import json_values, meta

CALIBRATE_MS = 10 * MINUTE
"""The interval between estimates."""
FEW = 10
"""With fewer windows that show a size, each one that is over makes a difference."""
_CALIBRATED = "calibrated"


class _State(msgspec.Struct, frozen=True):
    """What an estimate was made from: the newest ids of readings, limits reached and raises, and of responses.

    `next_reset`: of the windows that ran then (ms); None without any.
    """

    at: int
    limits: tuple[int, int, int]
    responses: int
    next_reset: int | None = None


def note(connection: sqlite3.Connection, now: int) -> None:
    """Note that an estimate is made of what is stored now."""
    json_values.put(connection, _CALIBRATED, _state(connection, now))


def was_noted(connection: sqlite3.Connection) -> bool:
    """Whether an estimate was ever made by the rules of today."""
    return meta.get(connection, _CALIBRATED) is not None


def is_due(connection: sqlite3.Connection, now: int) -> bool:
    """Whether something new came since the last estimate: at once while little is known, else every ten minutes."""
    before = json_values.get(connection, _CALIBRATED, _State)
    if before is None:
        return True
    state = _state(connection, now)
    if before.at <= now < before.at + CALIBRATE_MS:
        return before.limits != state.limits and _knows_little(connection) and _shows_more(connection, before, state)
    return (before.limits, before.responses) != (state.limits, state.responses)


def _state(connection: sqlite3.Connection, now: int) -> _State:
    def newest(table: str) -> int:
        return int(connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0])

    known = (newest("tracker_readings"), newest("tracker_limit_hits"), newest("tracker_limit_raises"))
    running = connection.execute("SELECT min(resets_at) FROM tracker_last_readings WHERE resets_at > ?", (now,))
    return _State(now, known, newest("tracker_responses"), running.fetchone()[0])


def _knows_little(connection: sqlite3.Connection) -> bool:
    (least,) = connection.execute("SELECT coalesce(min(observations), 0) FROM tracker_calibrations").fetchone()
    return int(least) < FEW


def _shows_more(connection: sqlite3.Connection, before: _State, state: _State) -> bool:
    """Whether what came since can show more of a size: of a window that runs, a reading does not."""
    if before.limits[1:] != state.limits[1:] or (before.next_reset is not None and state.at >= before.next_reset):
        return True
    late = "SELECT 1 FROM tracker_readings WHERE id > ? AND resets_at <= ? LIMIT 1"
    return connection.execute(late, (before.limits[0], state.at)).fetchone() is not None
