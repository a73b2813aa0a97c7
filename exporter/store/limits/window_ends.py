"""The last that is known of each window that is over: its share, and what was spent here until then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from exporter.domain.forecast.uses import Uses
from exporter.domain.limits.calibration import Observation
from exporter.domain.limits.hit import FULL, window_length_ms
from exporter.domain.limits.reading import SAME_RESET_MS
from exporter.store.limits import hits

_READ = """
SELECT begun_at, coalesce(resets_at, begun_at + ?), utilization, observed_at, last_at FROM tracker_readings
WHERE used AND account = ? AND window = ? AND last_at > ? AND begun_at IS NOT NULL ORDER BY observed_at
"""
_RAISED = "SELECT 1 FROM tracker_limit_raises WHERE account = ? AND window = ? AND at > ? AND at <= ? LIMIT 1"
_SAVE = """
INSERT OR REPLACE INTO tracker_window_ends (account, window, start_at, end_at, share, spent, is_hit)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class WindowEnd(msgspec.Struct, frozen=True):
    """A window `[start, end)` in ms that is over, and what is known of it."""

    start: int
    end: int
    observation: Observation


def save(
    connection: sqlite3.Connection, account: int, window: str, uses: Uses, since: int, now: int
) -> list[WindowEnd]:
    """Save the windows that ended in `(since, now]` (ms), again with today's responses; returns those that are new.

    `uses`: what counts towards them. A raised limit ends what the readings before it show.
    """
    (last,) = connection.execute(
        "SELECT coalesce(max(end_at), 0) FROM tracker_window_ends WHERE account = ? AND window = ?", (account, window)
    ).fetchone()
    found = list(_ends(connection, account, window, uses, since, now))
    connection.execute(
        "DELETE FROM tracker_window_ends WHERE account = ? AND window = ? AND end_at > ?", (account, window, since)
    )
    connection.executemany(
        _SAVE,
        [
            (account, window, one.start, one.end, *msgspec.structs.astuple(one.observation))
            for one in sorted(found, key=lambda end: end.end)
        ],
    )
    return [one for one in found if one.end > last]


def load(connection: sqlite3.Connection, account: int, window: str, until: int) -> list[WindowEnd]:
    """The windows of an account that ended until then (ms), the oldest first."""
    rows = connection.execute(
        "SELECT start_at, end_at, share, spent, is_hit FROM tracker_window_ends"
        " WHERE account = ? AND window = ? AND end_at <= ? ORDER BY end_at",
        (account, window, until),
    )
    return [WindowEnd(start, end, Observation(share, spent, bool(hit))) for start, end, share, spent, hit in rows]


class _Last(msgspec.Struct, frozen=True):
    """The last share of a window, when it was first reported, and when last. Times in ms."""

    start: int
    end: int
    share: float
    first_at: int
    last_at: int


def _ends(
    connection: sqlite3.Connection, account: int, window: str, uses: Uses, since: int, now: int
) -> Iterator[WindowEnd]:
    length = window_length_ms(window)
    rows = connection.execute(_READ, (length, account, window, since - length))
    found = {one.end: one for one in _last_of_each(_Last(*row) for row in rows)}
    for hit in _hits(connection, account, window, since - length, now):
        known = next((one for one in found.values() if abs(one.end - hit.end) <= SAME_RESET_MS), None)
        if known is None:
            found[hit.end] = hit
        elif known.first_at <= hit.first_at:
            found[known.end] = msgspec.structs.replace(hit, start=known.start, end=known.end)
    for one in sorted(found.values(), key=lambda last: last.end):
        if not since < one.end <= now:
            continue
        until_first = uses.between(one.start, one.first_at + 1)
        if one.share >= FULL:
            yield WindowEnd(one.start, one.end, Observation(FULL, until_first, is_hit=True))
        else:  # a rounded share: reached by `first_at`, not passed at `last_at`
            spent = (until_first + uses.between(one.start, one.last_at + 1)) // 2
            yield WindowEnd(one.start, one.end, Observation(one.share, spent))


def _last_of_each(readings: Iterable[_Last]) -> Iterator[_Last]:
    """The last reading of each window; their resets vary a little. `readings`: in order of time."""
    before: _Last | None = None
    for reading in readings:
        if before is not None and abs(reading.start - before.start) > SAME_RESET_MS:
            yield before
        before = reading
    if before is not None:
        yield before


def _hits(connection: sqlite3.Connection, account: int, window: str, since: int, now: int) -> Iterator[_Last]:
    """The reported limits of windows that were not raised after it."""
    length = window_length_ms(window)
    for stored in hits.between(connection, since, now + 1):
        hit = stored.hit
        if (hit.account, hit.window) != (account, window) or hit.resets_at is None or hit.source == "reading":
            continue
        start = hit.resets_at - length
        if connection.execute(_RAISED, (account, window, start, hit.resets_at)).fetchone() is None:
            yield _Last(start, hit.resets_at, FULL, hit.at, hit.at)
