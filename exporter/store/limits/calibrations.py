"""The estimated sizes of windows, the changes of limits, and how their user works: learnt from what is stored."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

import msgspec

from exporter.domain.blocks.block import START_OF_TIME
from exporter.domain.calendar.timestamp import DAY, HOUR
from exporter.domain.forecast.rhythm import LEARNT_MS, NO_RHYTHM, Rhythm, learn
from exporter.domain.forecast.uses import Uses
from exporter.domain.limits.calibration import Calibration, calibrate
from exporter.domain.limits.changes import Change, find_changes, newest_change
from exporter.domain.limits.lockout import is_of_family
from exporter.domain.limits.reading import FIVE_HOUR, SEVEN_DAY
from exporter.domain.limits.steady import HISTORY_MS, HourlySpending, hourly_spending
from exporter.store.blocks import blocks
from exporter.store.limits import calibration_due, hits, window_ends
from exporter.store.limits.readings import date_family_windows, is_sized
from exporter.store.limits.window_ends import WindowEnd
from exporter.store.usage.spending import Spending

REMEMBERED = 100
"""Of so many windows at least twenty show their size; more are not read."""

Key = tuple[int, str]
"""An account and a window."""


class Learnt(msgspec.Struct, frozen=True):
    """How the user of an account works, as it counts towards one window. `hourly`: None without any history."""

    rhythm: Rhythm = NO_RHYTHM
    hourly: HourlySpending | None = None


NOTHING_LEARNT = Learnt()


def calibrate_when_due(connection: sqlite3.Connection, now: int) -> None:
    """Estimate again, if that is due."""
    if calibration_due.is_due(connection, now):
        save_calibrations(connection, now)


def save_calibrations(connection: sqlite3.Connection, now: int, *, again: bool = False) -> None:
    """Estimate window sizes and rhythms, and save them. `again`: from all that is stored, not eight weeks only."""
    if not calibration_due.was_noted(connection):
        date_family_windows(connection)
    calibration_due.note(connection, now)
    keys = sized_windows(connection)
    again = again or connection.execute("SELECT 1 FROM tracker_window_ends LIMIT 1").fetchone() is None
    since = START_OF_TIME if again else now - LEARNT_MS
    for table in ("tracker_calibrations", "tracker_rhythms"):
        connection.execute(f"DELETE FROM {table}")
    for account, own in groupby(keys, key=lambda key: key[0]):
        windows = [window for _, window in own]
        spent = Spending(connection, account, since - 7 * DAY, now + 1)
        for family, named in groupby(sorted(windows, key=_family), key=_family):
            uses = spent.uses(family or None)
            hourly = _hourly(uses, now)
            for window in named:
                _save_window(connection, (account, window), uses, since, now, again=again)
                _save_rhythm(connection, (account, window), uses, hourly, now)


def _hourly(uses: Uses, now: int) -> HourlySpending | None:
    end = now // HOUR * HOUR
    return hourly_spending(uses.by_hour(end - HISTORY_MS, end))


def _family(window: str) -> str:
    """The model family whose use counts; '' if all does."""
    return window.removeprefix(f"{SEVEN_DAY}_") if is_of_family(window) else ""


def sized_windows(connection: sqlite3.Connection) -> list[Key]:
    """The accounts and windows of which the size can be estimated."""
    rows = connection.execute(
        "SELECT account, window FROM tracker_readings UNION SELECT account, window FROM tracker_limit_hits"
        " ORDER BY 1, 2"
    )
    return [(account, window) for account, window in rows if is_sized(window)]


def _save_window(connection: sqlite3.Connection, key: Key, uses: Uses, since: int, now: int, *, again: bool) -> None:
    account, window = key
    new = window_ends.save(connection, account, window, uses, since, now)
    ends = window_ends.load(connection, account, window, now)
    if again:
        connection.execute("DELETE FROM tracker_limit_changes WHERE account = ? AND window = ?", key)
        _save_changes(connection, key, find_changes([(one.end, one.observation) for one in ends]))
    else:
        for one in new:
            last = last_change(connection, account, window, now)
            level = [(end.end, end.observation) for end in ends if last < end.end <= one.end]
            change = newest_change(level)
            _save_changes(connection, key, [change] if change is not None else [])
    size = estimated_size(connection, account, window, now)
    if size is not None:
        connection.execute(
            "INSERT INTO tracker_calibrations (account, window, size, low, high, observations, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*key, *msgspec.structs.astuple(size)),
        )


def _save_changes(connection: sqlite3.Connection, key: Key, found: list[Change]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO tracker_limit_changes (account, window, at, before, after) VALUES (?, ?, ?, ?, ?)",
        [(*key, *msgspec.structs.astuple(change)) for change in found],
    )


def _save_rhythm(connection: sqlite3.Connection, key: Key, uses: Uses, hourly: HourlySpending | None, now: int) -> None:
    account, window = key
    rhythm = learn(uses, _past_windows(connection, account, now), now) if window == FIVE_HOUR else NO_RHYTHM
    connection.execute(
        "INSERT INTO tracker_rhythms (account, window, stop, go, usual, hourly, daily_deviation, hours)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            *msgspec.structs.astuple(rhythm),
            *(msgspec.structs.astuple(hourly) if hourly is not None else (None, 0.0, 0)),
        ),
    )


def _past_windows(connection: sqlite3.Connection, account: int, now: int) -> list[tuple[int, int]]:
    """The blocks that are over, `[start, end)` in ms, each cut where its limit was reached."""
    reached = [
        stored.hit.at
        for stored in hits.between(connection, now - LEARNT_MS, now + 1)
        if (stored.hit.account, stored.hit.window) == (account, FIVE_HOUR)
    ]
    found = []
    for block in blocks.load_of(connection, account):
        if block.start >= now - LEARNT_MS and block.end <= now:
            hit = next((at + 1 for at in reached if block.contains(at)), block.end)
            found.append((block.start, hit))
    return found


def estimated_size(connection: sqlite3.Connection, account: int, window: str, now: int) -> Calibration | None:
    """A window's size as of then (ms): from the windows that were over, since the last change of the limit."""
    return size_before(connection, account, window, window_ends.load(connection, account, window, now))


def size_before(
    connection: sqlite3.Connection, account: int, window: str, ends: Sequence[WindowEnd]
) -> Calibration | None:
    """The same from these windows, the oldest first: as it was known when the last of them was over."""
    if not ends:
        return None
    changed = last_change(connection, account, window, ends[-1].end)
    return calibrate(one.observation for one in ends[-REMEMBERED:] if one.end > changed)


def estimated_sizes(connection: sqlite3.Connection, now: int) -> dict[Key, Calibration]:
    """The sizes of all windows as of then (ms)."""
    found = ((key, estimated_size(connection, *key, now)) for key in sized_windows(connection))
    return {key: size for key, size in found if size is not None}


def last_change(connection: sqlite3.Connection, account: int, window: str, now: int) -> int:
    """When a limit's size changed last until then (ms); the start of time if it never did."""
    (at,) = connection.execute(
        "SELECT max(at) FROM tracker_limit_changes WHERE account = ? AND window = ? AND at <= ?", (account, window, now)
    ).fetchone()
    return START_OF_TIME if at is None else int(at)


def changes(connection: sqlite3.Connection) -> dict[Key, list[Change]]:
    """The changes of every limit, the oldest first."""
    found: defaultdict[Key, list[Change]] = defaultdict(list)
    query = "SELECT account, window, at, before, after FROM tracker_limit_changes ORDER BY account, window, at"
    for account, window, *change in connection.execute(query):
        found[account, window].append(Change(*change))
    return dict(found)


def calibrations(connection: sqlite3.Connection) -> dict[Key, Calibration]:
    """The estimated window sizes, where an estimate is possible."""
    rows = connection.execute("SELECT account, window, size, low, high, observations, error FROM tracker_calibrations")
    return {(account, window): Calibration(*rest) for account, window, *rest in rows}


def rhythms(connection: sqlite3.Connection, account: int) -> dict[str, Learnt]:
    """How the user of an account works, by window."""
    rows = connection.execute(
        "SELECT window, stop, go, usual, hourly, daily_deviation, hours FROM tracker_rhythms WHERE account = ?",
        (account,),
    )
    return {
        window: Learnt(
            Rhythm(stop, go, usual),
            HourlySpending(hourly, deviation, hours) if hourly is not None else None,
        )
        for window, stop, go, usual, hourly, deviation, hours in rows
    }
