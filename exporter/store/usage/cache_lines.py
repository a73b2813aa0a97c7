"""What status lines say of the prompt cache of sessions. The totals of misses follow from them."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from exporter.domain.calendar.timestamp import DAY
from exporter.domain.usage.prompt_cache import CacheLine, CacheTotals, Misses, misses_of, processes
from exporter.domain.usage.totals import LabelSet, difference
from exporter.store.usage import totals

KEPT_MS = DAY
"""How long lines are kept that are neither the first nor the last of their process."""
_FIRST, _LAST = 1, 2

_LOAD = """
SELECT answered_at, seen_at, requests, misses, rewritten, causes, started_at
FROM tracker_cache_lines WHERE session = ?
"""
_SAVE = """
INSERT INTO tracker_cache_lines (session, answered_at, requests, misses, rewritten, causes, seen_at, started_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, started_at = excluded.started_at
WHERE excluded.seen_at < seen_at
"""
_PLACE = """
UPDATE tracker_cache_lines SET place = ?
WHERE session = ? AND answered_at = ? AND requests = ? AND misses = ? AND rewritten = ? AND causes = ?
"""
_FORGET = "DELETE FROM tracker_cache_lines WHERE place = 0 AND seen_at < ?"

SessionLine = tuple[str, CacheLine]
"""The id of a session, and what a status line of it says."""


def save(connection: sqlite3.Connection, found: Iterable[SessionLine], now: int, first_seen_at: int) -> bool:
    """Save the lines and update the totals, in the caller's transaction. Returns whether any was new.

    `first_seen_at`: for new label sets. `now`: ms.
    """
    by_session: defaultdict[str, list[CacheLine]] = defaultdict(list)
    for session, line in found:
        by_session[session].append(line)
    before = connection.total_changes
    for session, lines in sorted(by_session.items()):
        _save_session(connection, session, lines, first_seen_at)
    if connection.total_changes == before:
        return False
    connection.execute(_FORGET, (now - KEPT_MS,))
    return True


def _save_session(connection: sqlite3.Connection, session: str, lines: Sequence[CacheLine], first_seen_at: int) -> None:
    before = _contributions(_last(connection, session))
    changes = connection.total_changes
    connection.executemany(_SAVE, [(*_key(session, line), line.seen_at, line.started_at) for line in lines])
    if connection.total_changes == changes:
        return
    connection.execute("UPDATE tracker_cache_lines SET place = 0 WHERE session = ? AND place", (session,))
    for process in processes(_load(connection, session)):
        ends = [(process[0], _FIRST | _LAST)] if len(process) == 1 else [(process[0], _FIRST), (process[-1], _LAST)]
        connection.executemany(_PLACE, [(place, *_key(session, line)) for line, place in ends])
    after = _contributions(_last(connection, session))
    totals.add(connection, {key: more for key, more in difference(after, before).items() if more}, first_seen_at)


def _key(session: str, line: CacheLine) -> tuple[str, int, int, int, int, str]:
    of = line.totals
    causes = msgspec.json.encode(of.causes).decode()
    return session, line.answered_at, of.requests, of.misses, of.rewritten, causes


def _load(connection: sqlite3.Connection, session: str) -> Iterator[CacheLine]:
    for answered_at, seen_at, requests, misses, rewritten, causes, started_at in connection.execute(_LOAD, (session,)):
        yield CacheLine(answered_at, seen_at, _totals(requests, misses, rewritten, causes), started_at)


def _last(connection: sqlite3.Connection, session: str) -> list[CacheTotals]:
    """The last totals of each process of a session."""
    return [_totals(*row[2:-1]) for row in connection.execute(f"{_LOAD} AND place >= {_LAST}", (session,))]


def _totals(requests: int, misses: int, rewritten: int, causes: str) -> CacheTotals:
    return CacheTotals(requests, misses, rewritten, decode_causes(causes))


def _contributions(last: Iterable[CacheTotals]) -> dict[LabelSet, int]:
    return {("cache_misses", (cause,)): count for cause, count in misses_of(last).by_cause.items()}


def misses_between(connection: sqlite3.Connection, start: int, end: int) -> Misses:
    """The misses of the processes that answered last in `[start, end)` ms."""
    rows = connection.execute(
        "SELECT requests, misses, rewritten, causes FROM tracker_cache_lines"
        " WHERE place >= 2 AND answered_at >= ? AND answered_at < ?",
        (start, end),
    )
    return misses_of(_totals(*row) for row in rows)


decode_causes = msgspec.json.Decoder(tuple[tuple[str, int], ...]).decode
