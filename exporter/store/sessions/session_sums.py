"""The usage credited to each session, kept as sums, so that a commit costs the same in a session of any length.

Each commit adds the difference that it makes; `recompute` makes all of them again.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from exporter.domain.usage.counting import decode_extras
from exporter.store.usage.responses import WHOSE, Row

_ADD = """
INSERT INTO tracker_session_usage (conversation, whose, model, parts, responses, incomplete, tokens)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET parts = parts + excluded.parts, responses = responses + excluded.responses,
    incomplete = incomplete + excluded.incomplete, tokens = tokens + excluded.tokens
"""
_EMPTY = "DELETE FROM tracker_session_usage WHERE conversation = ? AND whose = ? AND model = ? AND parts = 0"
_LOAD = """
SELECT whose, model, parts, responses, incomplete, tokens FROM tracker_session_usage WHERE conversation = ?
ORDER BY whose, model
"""
_SUM = f"""
SELECT {WHOSE}, model, count(*), count(*), sum(incomplete),
       sum(input + output + cache_read + cache_write_5m + cache_write_1h)
FROM tracker_responses WHERE counted AND owner = ? GROUP BY 1, 2
"""
_EXTRAS = f"""
SELECT {WHOSE}, extras FROM tracker_responses
WHERE counted AND owner = ? AND extras IS NOT NULL
"""


class SessionSum(NamedTuple):
    """What a session used of a model. `whose`: the account; -1 of another provider. `model`: as written.

    `parts`: responses, and what they contain of other models.
    """

    whose: int
    model: str
    parts: int
    responses: int
    incomplete: int
    tokens: int


def add_up(found: Iterable[SessionSum]) -> list[SessionSum]:
    """One sum for each account and model."""
    sums: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for whose, model, *counts in found:
        known = sums[whose, model]
        known[:] = [one + other for one, other in zip(known, counts, strict=True)]
    return [SessionSum(*key, *counts) for key, counts in sums.items()]


def load(connection: sqlite3.Connection, conversation: int) -> Sequence[SessionSum]:
    """What a session used; from its responses where no sums are kept yet."""
    rows = connection.execute(_LOAD, (conversation,)).fetchall()
    return [SessionSum(*row) for row in rows] if rows else sum_up(connection, conversation)


def sum_up(connection: sqlite3.Connection, conversation: int) -> list[SessionSum]:
    """The same from its responses."""
    found = [SessionSum(*row) for row in connection.execute(_SUM, (conversation,))]
    for whose, text in connection.execute(_EXTRAS, (conversation,)):
        found += (SessionSum(whose, one.model, 1, 0, 0, one.tokens.total) for one in decode_extras(text))
    return add_up(found)


def update(connection: sqlite3.Connection, added: Collection[Row], removed: Collection[Row]) -> None:
    """Follow what changed of the counted responses; a session without sums gets them."""
    changes: defaultdict[int, list[SessionSum]] = defaultdict(list)
    for rows, sign in ((added, 1), (removed, -1)):
        for row in rows:
            changes[row.owner] += _sums(row, sign)
    for conversation, found in changes.items():
        is_kept = connection.execute(f"{_LOAD} LIMIT 1", (conversation,)).fetchone() is not None
        put(connection, conversation, add_up(found) if is_kept else sum_up(connection, conversation))


def _sums(row: Row, sign: int) -> list[SessionSum]:
    """Of one response, and of what it contains of other models. `sign`: -1 for what is removed."""
    extras = decode_extras(row.extras) if row.extras else ()
    return [
        SessionSum(row.whose, row.model, sign, sign, sign * row.incomplete, sign * row.tokens.total),
        *(SessionSum(row.whose, one.model, sign, 0, 0, sign * one.tokens.total) for one in extras),
    ]


def put(connection: sqlite3.Connection, conversation: int, sums: Iterable[SessionSum]) -> None:
    """Add to the sums of a session."""
    changed = [one for one in sums if any(one[2:])]
    connection.executemany(_ADD, [(conversation, *one) for one in changed])
    connection.executemany(_EMPTY, [(conversation, one.whose, one.model) for one in changed if one.parts <= 0])


def derive_all(connection: sqlite3.Connection) -> None:
    """Make the sums of all sessions from their responses."""
    forget_all(connection)
    for (owner,) in connection.execute("SELECT DISTINCT owner FROM tracker_responses WHERE counted").fetchall():
        put(connection, owner, sum_up(connection, owner))


def forget_all(connection: sqlite3.Connection) -> None:
    """Delete all sums, before they are made again."""
    connection.execute("DELETE FROM tracker_session_usage")
