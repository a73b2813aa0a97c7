"""What responses wrote to the prompt cache again: each follows from those before it in the main chain of its session.

It is kept with the response, so that a change concerns only the responses after it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from exporter.domain.usage.pricing import Price, normalize_model
from exporter.domain.usage.prompt_cache import SHORT_LIFE_MS, CacheUse, is_own_start, lives_long, written_again
from exporter.store.usage.responses import Row
from exporter.store.usage.scope import encoded

_COLUMNS = "id, at, model, cache_read, cache_write_5m, cache_write_1h, rewritten"
_IN_CHAIN = f"SELECT {_COLUMNS} FROM tracker_responses WHERE counted AND NOT sidechain AND owner = ?"
_ORDER = ("at", "message_id", "request_id", "line", "uuid")
"""The order in a chain does not depend on that of reading, also of responses at one time."""
_FROM = f"{_IN_CHAIN} AND at >= ? ORDER BY {', '.join(_ORDER)}"
_BEFORE = f"{_IN_CHAIN} AND at < ? ORDER BY {', '.join(f'{column} DESC' for column in _ORDER)}"
_WRITES_LONG = "SELECT 1 FROM tracker_responses WHERE counted AND owner = ? AND cache_write_1h LIMIT 1"
# Only after a pause anything is written again. Of responses at one time the first one is meant.
_AFTER_PAUSES = f"""
SELECT owner, at FROM (
    SELECT owner, at, lag(at) OVER (PARTITION BY owner ORDER BY at) AS last
    FROM tracker_responses WHERE counted AND NOT sidechain)
WHERE at - last > {SHORT_LIFE_MS}
"""
_SET = "UPDATE tracker_responses SET rewritten = ?, rewritten_cost = NULL WHERE id = ?"
_RESET = "UPDATE tracker_responses SET rewritten = NULL, rewritten_cost = NULL"
_TO_PRICE = """
SELECT id, model, line_at, speed, input, output, cache_read, cache_write_5m, cache_write_1h, geo, rewritten
FROM tracker_responses WHERE counted AND rewritten IS NOT NULL
"""
# The few are found by their indexes; SQLite would read all responses.
_ALL_REWRITTEN = """
SELECT id FROM tracker_responses INDEXED BY tracker_responses_rewritten WHERE counted AND rewritten IS NOT NULL
UNION ALL SELECT id FROM tracker_responses WHERE NOT counted AND rewritten IS NOT NULL
"""


class Link(NamedTuple):
    """A response in a chain, with the tokens that it wrote again as stored."""

    id: int
    use: CacheUse
    stored: int


Followed = tuple[Link, int]
"""A response, and the tokens that it wrote again."""


def _link(row: tuple[Any, ...]) -> Link:
    response, at, model, read, written_5m, written_1h, rewritten = row
    return Link(response, CacheUse(at, normalize_model(model), read, written_5m, written_1h), rewritten or 0)


def _before(connection: sqlite3.Connection, owner: int, at: int) -> Iterator[CacheUse]:
    """The responses before a time (ms), the latest first."""
    return (_link(row).use for row in connection.execute(_BEFORE, (owner, at)))


def update(
    connection: sqlite3.Connection, added: Collection[Row], removed: Collection[Row], price: Price | None
) -> int:
    """Follow what changed. Returns how many tokens more were written again; less if negative."""
    changed = {row.id for row in added}
    more = -_leave(connection, {row.id for row in removed} - changed)
    rewriting: set[int] = set()
    times: defaultdict[int, set[int]] = defaultdict(set)
    for row in (*added, *removed):
        if not row.sidechain:
            times[row.owner].add(row.at)
    long = {row.owner for row in removed if row.cache_write_1h}
    for owner, moments in sorted(times.items()):
        new = _follow_from(connection, owner, sorted(moments), changed, wrote_long=owner in long)
        more += sum(tokens - link.stored for link, tokens in new)
        rewriting.update(link.id for link, tokens in new if tokens)
    if rewriting and price is not None:
        _set_costs(connection, price, "id IN (SELECT value FROM json_each(?))", encoded(rewriting))
    return more


def _leave(connection: sqlite3.Connection, lost: Collection[int]) -> int:
    """Reset the responses that no longer count. Returns their tokens."""
    if not lost:
        return 0
    where = "NOT counted AND id IN (SELECT value FROM json_each(?))"
    query = f"SELECT coalesce(sum(rewritten), 0) FROM tracker_responses WHERE {where}"
    (tokens,) = connection.execute(query, (encoded(lost),)).fetchone()
    connection.execute(f"{_RESET} WHERE {where}", (encoded(lost),))
    return int(tokens)


def _follow_from(
    connection: sqlite3.Connection, owner: int, moments: Iterable[int], changed: Collection[int], *, wrote_long: bool
) -> list[Followed]:
    """Follow a chain from each of these times (ms), in order. Returns what may be new.

    Without any cache that lives an hour, now or before (`wrote_long`), a response concerns only the next one.
    """
    found: list[Followed] = []
    reached = -1
    for at in moments:
        if at < reached:
            continue
        new: list[Followed] = []
        last = next(_before(connection, owner, at), None)
        for link in map(_link, connection.execute(_FROM, (owner, at))):
            tokens = _written_again(connection, owner, last, link.use)
            is_known = tokens == link.stored and link.id not in changed
            if is_known and link.use.at > at:
                wrote_long = wrote_long or connection.execute(_WRITES_LONG, (owner,)).fetchone() is not None
                if not wrote_long or is_own_start(last, link.use):
                    break
            elif not is_known:
                new.append((link, tokens))
            last = link.use
            reached = last.at
        _save(connection, new)
        found += new
    return found


def _written_again(connection: sqlite3.Connection, owner: int, last: CacheUse | None, use: CacheUse) -> int:
    at = last.at + 1 if last is not None else 0
    return written_again(last, use, lambda: lives_long(_before(connection, owner, at)))


def _save(connection: sqlite3.Connection, new: Iterable[Followed]) -> None:
    connection.executemany(_SET, [(tokens or None, link.id) for link, tokens in new if tokens or link.stored])


def derive_all(connection: sqlite3.Connection, price: Price | None) -> int:
    """Follow every chain. Returns the tokens written again."""
    connection.execute(f"{_RESET} WHERE id IN ({_ALL_REWRITTEN})")
    new: list[Followed] = []
    for owner, at in connection.execute(_AFTER_PAUSES).fetchall():
        link = _link(connection.execute(f"{_FROM} LIMIT 1", (owner, at)).fetchone())
        tokens = _written_again(connection, owner, next(_before(connection, owner, at)), link.use)
        if tokens:
            new.append((link, tokens))
    _save(connection, new)
    if price is not None:
        _set_costs(connection, price, f"rewritten_cost IS NULL AND id IN ({_ALL_REWRITTEN})")
    return sum(tokens for _, tokens in new)


def price_again(connection: sqlite3.Connection, price: Price) -> None:
    """Price everything that was written again."""
    _set_costs(connection, price, f"id IN ({_ALL_REWRITTEN})")


def _set_costs(connection: sqlite3.Connection, price: Price, where: str, *parameters: str) -> None:
    rows = connection.execute(f"{_TO_PRICE} AND {where}", parameters).fetchall()
    costs = [(_cost(price, *row[1:]), row[0]) for row in rows]
    connection.executemany("UPDATE tracker_responses SET rewritten_cost = ? WHERE id = ?", costs)


def _cost(price: Price, model: str, at: int, speed: str | None, *counts: Any) -> int | None:
    """What the response cost more than if it had read from the cache what it wrote again: nano-dollars.

    Of writes with two lifetimes, each has its share of what was written again.
    """
    uncached, output, read, written_5m, written_1h, geo, rewritten = counts
    again_1h = rewritten * written_1h // (written_5m + written_1h)
    again_5m = rewritten - again_1h
    had_read = (uncached, output, read + rewritten, written_5m - again_5m, written_1h - again_1h)
    cost = price(model, at, speed, (uncached, output, read, written_5m, written_1h), 0, geo)
    less = price(model, at, speed, had_read, 0, geo)
    return max(0, cost - less) if cost is not None and less is not None else None


class Rewritten(NamedTuple):
    """Tokens written again, and their cost in nano-dollars. `unpriced`: tokens without a price."""

    tokens: int = 0
    cost: int = 0
    unpriced: int = 0


def sum_of(parts: Iterable[Rewritten]) -> Rewritten:
    """The sum, zero for none."""
    columns = list(zip(*parts, strict=True))
    return Rewritten(*map(sum, columns)) if columns else Rewritten()


_COUNTS = "SELECT at, rewritten, coalesce(rewritten_cost, 0), iif(rewritten_cost IS NULL, rewritten, 0)"
_EACH = f"""
{_COUNTS} FROM tracker_responses INDEXED BY tracker_responses_rewritten
WHERE counted AND rewritten IS NOT NULL AND at >= ? AND at < ? ORDER BY at
"""


def each_rewritten(connection: sqlite3.Connection, start: int, end: int) -> Iterator[tuple[int, Rewritten]]:
    """What each response in `[start, end)` ms wrote again, with its time (ms), in order."""
    return ((at, Rewritten(*counts)) for at, *counts in connection.execute(_EACH, (start, end)))


_OF_OWNER = f"{_COUNTS} FROM tracker_responses WHERE counted AND rewritten IS NOT NULL AND owner = ?"


def rewritten_of(connection: sqlite3.Connection, conversation: int) -> Rewritten:
    """What the responses credited to a session wrote again."""
    return sum_of(Rewritten(*counts) for _, *counts in connection.execute(_OF_OWNER, (conversation,)))


def rewritten_between(connection: sqlite3.Connection, start: int, end: int) -> Rewritten:
    """What was written again in `[start, end)` ms."""
    return sum_of(one for _, one in each_rewritten(connection, start, end))
