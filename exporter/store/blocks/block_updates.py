"""Changes the stored blocks after responses or official windows changed, and the table that other programs read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain

import msgspec

from exporter.domain.blocks.block import START_OF_TIME, Block, Window, Windows
from exporter.domain.blocks.figures import active_ms, efficiency_score
from exporter.domain.blocks.layout import LayoutChange, build_blocks, change_layout
from exporter.domain.calendar import timestamp
from exporter.domain.usage.bounds import storable
from exporter.domain.usage.totals import ModelUse, by_model
from exporter.store import accounts
from exporter.store.blocks.blocks import (
    block_id,
    format_block_id,
    latest_block_at,
    load,
    load_of,
    model_uses,
    times,
    unsettled_since,
)
from exporter.store.database import meta
from exporter.store.usage import totals
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import first_at_or_after, usage_between


def _count_sessions(connection: sqlite3.Connection, block: Block) -> int:
    row = connection.execute(
        "SELECT count(DISTINCT owner) FROM tracker_responses"
        " WHERE counted AND at >= ? AND at < ? AND account = ? AND provider IS NULL",
        (block.start, block.end, block.account),
    ).fetchone()
    return int(row[0])


def rebuild_all(connection: sqlite3.Connection, windows: Windows, accounts: Iterable[int]) -> tuple[Block, ...]:
    """Rebuild all blocks, the oldest first; the caller must call `save_block` for each. Other programs' rows stay.

    `accounts`: those with responses.
    """
    built = (
        build_blocks(partial(first_at_or_after, connection, account=one), windows.get(one, ()), account=one)
        for one in accounts
    )
    layout = tuple(sorted(chain.from_iterable(built), key=lambda block: (block.start, block.account)))
    meta.mark_past_changed(connection)
    _apply(connection, LayoutChange(removed=tuple(load(connection)), added=layout))
    return layout


def update(
    connection: sqlite3.Connection,
    labels: Labels,
    account: int,
    windows: Sequence[Window],
    changed: Sequence[int],
    emptied: Sequence[int],
    now: int,
) -> tuple[Block, ...]:
    """Update an account's blocks after responses changed at the times `changed`; at the times `emptied` none are left.

    Returns the blocks that were removed, so that references to them can be updated.
    """
    removed: tuple[Block, ...] = ()
    if emptied or not all(_is_unchanged(connection, account, windows, at) for at in changed):
        removed = rebuild_between(connection, labels, account, windows, min(changed), max(changed), now)
    touched = {block for at in changed if (block := latest_block_at(connection, account, at)) is not None}
    if removed or min((block.start for block in touched), default=0) < unsettled_since(connection):
        meta.mark_past_changed(connection)
    refresh(connection, labels, (block for block in touched if any(block.contains(at) for at in changed)), now)
    return removed


def rebuild_between(
    connection: sqlite3.Connection,
    labels: Labels,
    account: int,
    windows: Sequence[Window],
    start: int,
    end: int,
    now: int,
) -> tuple[Block, ...]:
    """Rebuild an account's blocks after changes within `[start, end]` (ms); returns the blocks that were removed."""
    first = partial(first_at_or_after, connection, account=account)
    change = change_layout(load_of(connection, account), first, windows, start, end, account)
    _apply(connection, change)
    meta.mark_past_changed(connection)
    refresh(connection, labels, change.added, now)
    return change.removed


def _is_unchanged(connection: sqlite3.Connection, account: int, windows: Sequence[Window], at: int) -> bool:
    """Whether a block contains `at` and would be built the same way now.

    A response found late may lie in or before an official window that an estimated block ignored, because the
    response that opened the block came later.
    """
    block = latest_block_at(connection, account, at)
    if block is None or not block.contains(at):
        return False
    previous = latest_block_at(connection, account, block.start - 1)
    end = previous.end if previous is not None else START_OF_TIME
    first = partial(first_at_or_after, connection, account=account)
    return next(build_blocks(first, windows, end, end, account), None) == block


def _apply(connection: sqlite3.Connection, change: LayoutChange) -> None:
    if change.added:
        accounts.set_first_account(connection, change.added[0].account)
    suffixes = accounts.suffixes(connection)
    keys = [(block.account, block.start) for block in change.removed]
    for table in ("tracker_block_usage", "tracker_blocks"):
        connection.executemany(f"DELETE FROM {table} WHERE account = ? AND start_at = ?", keys)
    connection.executemany(
        "DELETE FROM five_hour_blocks WHERE id = ?", ((format_block_id(one, suffixes),) for one in change.removed)
    )
    connection.executemany(
        "INSERT INTO tracker_blocks (start_at, end_at, basis, account) VALUES (?, ?, ?, ?)",
        map(msgspec.structs.astuple, change.added),
    )


def refresh(connection: sqlite3.Connection, labels: Labels, blocks: Iterable[Block], now: int) -> None:
    """Sum the blocks' usage from their responses, and save it."""
    for block in blocks:
        use = by_model(usage_between(connection, labels, block.start, block.end, block.account))
        save_block(connection, block, use, _count_sessions(connection, block), _score(connection, block, now), now)


def save_block(
    connection: sqlite3.Connection, block: Block, use: Sequence[ModelUse], sessions: int, score: float, now: int
) -> None:
    """Save a block's usage, and its row for other programs. `score`: its efficiency score."""
    key = (block.account, block.start)
    connection.execute("DELETE FROM tracker_block_usage WHERE account = ? AND start_at = ?", key)
    connection.executemany(
        f"INSERT INTO tracker_block_usage VALUES ({', '.join('?' * 11)})",
        [
            (
                *key,
                one.model,
                one.responses,
                *msgspec.structs.astuple(one.tokens),
                storable(one.cost),
                one.unpriced,
            )
            for one in use
        ],
    )
    connection.execute(
        "INSERT OR REPLACE INTO five_hour_blocks (id, start_time, end_time, session_type, total_sessions,"
        " total_tokens, efficiency_score, is_complete) VALUES (?, ?, ?, 'claude_code', ?, ?, ?, ?)",
        (
            block_id(connection, block),
            timestamp.to_iso(block.start),
            timestamp.to_iso(block.end),
            sessions,
            storable(sum(one.tokens.total for one in use)),
            round(score, 3),
            int(block.end <= now),
        ),
    )


def _score(connection: sqlite3.Connection, block: Block, now: int) -> float:
    return efficiency_score(block, active_ms(block, times(connection, block), now), now)


def update_rows(connection: sqlite3.Connection, blocks: Iterable[Block], now: int) -> None:
    """Update the blocks' rows for other programs; their usage has not changed."""
    for block in blocks:
        use = model_uses(connection, block)
        save_block(connection, block, use, _count_sessions(connection, block), _score(connection, block, now), now)


def load_unfinished(connection: sqlite3.Connection, now: int) -> list[Block]:
    """Our blocks that are over but whose row for other programs does not say so yet."""
    rows = connection.execute(
        "SELECT id FROM five_hour_blocks WHERE NOT is_complete AND end_time <= ?", (timestamp.to_iso(now),)
    ).fetchall()
    suffixes = accounts.suffixes(connection)
    found = []
    for (text,) in rows:
        start = timestamp.parse(text.partition("~")[0])
        candidates = connection.execute(
            "SELECT start_at, end_at, basis, account FROM tracker_blocks WHERE start_at = ?", (start,)
        )
        found += [block for row in candidates if format_block_id(block := Block(*row), suffixes) == text]
    return found


def count_completed(connection: sqlite3.Connection, now: int) -> int:
    """How many blocks are over."""
    return int(connection.execute("SELECT count(*) FROM tracker_blocks WHERE end_at <= ?", (now,)).fetchone()[0])


def save_completed_total(connection: sqlite3.Connection, now: int, first_seen_at: int) -> None:
    """Save the number of completed blocks as a total."""
    totals.put(connection, {("blocks", ()): count_completed(connection, now)}, first_seen_at)
