"""The lockouts of stored hits, as long as they truly were."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator

from exporter.domain.blocks.block import END_OF_TIME
from exporter.domain.limits.lockout import WITHOUT_RESET_MS, Answer, Lockout, Said, find_lockouts, holds_model
from exporter.domain.periods import family_of
from exporter.domain.usage.pricing import normalize_model
from exporter.domain.usage.totals import LabelSet
from exporter.store.limits import hits
from exporter.store.usage import labels, totals

_END = f"coalesce(resets_at, at + {WITHOUT_RESET_MS})"
StoredRow = tuple[int, int, str, int, int | None, int]
"""A row of `_HITS`: id, account, window, time and reset (ms), and how long it locked out so far (ms)."""
_HITS = "SELECT id, account, window, at, resets_at, coalesce(locked_ms, 0) FROM tracker_limit_hits"
# Other providers answer whatever limit is reached.
# A subagent's answer may have been under way, whatever was typed meanwhile.
_ANSWERS = """
SELECT r.at, r.model, iif(r.sidechain, NULL,
    (SELECT max(p.at) FROM tracker_prompts p WHERE p.conversation = r.owner AND p.at <= r.at))
FROM tracker_responses r
WHERE r.counted AND r.account = ? AND r.provider IS NULL AND r.at > ? AND r.at <= ? ORDER BY r.at
"""
_SAID = """
SELECT observed_at, utilization, resets_at FROM tracker_readings
WHERE used AND account = ? AND window = ? AND observed_at > ? AND observed_at <= ? ORDER BY observed_at
"""


def settle_all(connection: sqlite3.Connection, now: int, first_seen_at: int) -> None:
    """Find the lockouts of every hit again, as of `now` (ms)."""
    _settle(connection, connection.execute(_HITS).fetchall(), now, first_seen_at)


def settle_open(connection: sqlite3.Connection, now: int, first_seen_at: int) -> None:
    """The same for the hits that can still have one."""
    _settle(connection, connection.execute(f"{_HITS} WHERE NOT is_closed").fetchall(), now, first_seen_at)


def settle_between(
    connection: sqlite3.Connection, start: int, end: int, models: Collection[str], now: int, first_seen_at: int
) -> None:
    """The same for the hits that responses of these models in `[start, end]` (ms) may have ended.

    `models`: as written. While the week of one family is used up, work with others says nothing of it.
    """
    families = {family_of(normalize_model(model)) for model in models}
    rows = connection.execute(f"{_HITS} WHERE at <= ? AND {_END} >= ?", (end, start)).fetchall()
    _settle(connection, [row for row in rows if _concerns(row, families, now)], now, first_seen_at)


def _concerns(hit: StoredRow, families: Collection[str], now: int) -> bool:
    _, _, window, at, resets_at, _ = hit
    is_over = (at + WITHOUT_RESET_MS if resets_at is None else resets_at) <= now
    return is_over or any(holds_model(window, family) for family in families)


def has_ended(connection: sqlite3.Connection, now: int) -> bool:
    """Whether the time of a hit that can still have a lockout has passed."""
    query = f"SELECT 1 FROM tracker_limit_hits WHERE NOT is_closed AND {_END} <= ? LIMIT 1"
    return connection.execute(query, (now,)).fetchone() is not None


def _settle(
    connection: sqlite3.Connection,
    rows: Iterable[StoredRow],
    now: int,
    first_seen_at: int,
) -> None:
    counts: Counter[LabelSet] = Counter()
    less: Counter[LabelSet] = Counter()
    for hit, account, window, at, resets_at, before in rows:
        reports = [one for (one,) in connection.execute(_REPORTS, (hit,))]
        span = at, (at + WITHOUT_RESET_MS if resets_at is None else resets_at)
        said = [Said(*row) for row in connection.execute(_SAID, (account, window, *span))]
        answers = _answers(connection, account, window, *span)
        found = find_lockouts(reports or [at], resets_at, answers, said, now)
        locked_ms = _save(connection, hit, found, is_closed=span[1] <= now)
        if locked_ms != before:
            changed = counts if locked_ms > before else less
            changed["locked_out", labels.limit_labels(connection, account, window)] += abs(locked_ms - before)
    totals.add(connection, counts, first_seen_at)
    totals.take_back(connection, less)


_REPORTS = "SELECT at FROM tracker_limit_reports WHERE hit = ? ORDER BY at"


def _answers(connection: sqlite3.Connection, account: int, window: str, start: int, end: int) -> Iterator[Answer]:
    for at, model, prompted_at in connection.execute(_ANSWERS, (account, start, end)):
        if holds_model(window, family_of(normalize_model(model))):
            yield Answer(at, prompted_at)


def _save(connection: sqlite3.Connection, hit: int, found: list[Lockout], *, is_closed: bool) -> int:
    """Save the lockouts of a hit; returns how long those lasted that are over, in ms."""
    over = [(hit, one.start, one.end) for one in found if one.end is not None]
    running = next((one.start for one in found if one.end is None), None)
    locked_ms = sum(end - start for _, start, end in over)
    values = (locked_ms, running, int(is_closed), int(bool(found) and found[-1].by_answer))
    stored = connection.execute("SELECT hit, start_at, end_at FROM tracker_lockouts WHERE hit = ?", (hit,)).fetchall()
    if stored != over:
        connection.execute("DELETE FROM tracker_lockouts WHERE hit = ?", (hit,))
        connection.executemany("INSERT INTO tracker_lockouts (hit, start_at, end_at) VALUES (?, ?, ?)", over)
    if connection.execute(_STATE, (hit,)).fetchone() != values:
        connection.execute(
            "UPDATE tracker_limit_hits SET locked_ms = ?, running_since = ?, is_closed = ?, went_on = ? WHERE id = ?",
            (*values, hit),
        )
    return locked_ms


_STATE = "SELECT locked_ms, running_since, is_closed, went_on FROM tracker_limit_hits WHERE id = ?"


def has_answer(connection: sqlite3.Connection, account: int, since: int) -> bool:
    """Whether an account has a response after `since` (ms), of no other provider."""
    query = "SELECT 1 FROM tracker_responses WHERE counted AND at > ? AND account = ? AND provider IS NULL LIMIT 1"
    return connection.execute(query, (since, account)).fetchone() is not None


def spans(connection: sqlite3.Connection) -> list[tuple[hits.StoredHit, int, int]]:
    """Every lockout as its hit, start and end (ms), the oldest first. One that runs has no end yet."""
    over: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for hit, start, end in connection.execute("SELECT hit, start_at, end_at FROM tracker_lockouts"):
        over[hit].append((start, end))
    found = []
    for number, stored in hits.by_id(connection):
        found += [(stored, *span) for span in over[number]]
        if stored.running_since is not None:
            found.append((stored, stored.running_since, END_OF_TIME))
    return sorted(found, key=lambda span: span[1])
