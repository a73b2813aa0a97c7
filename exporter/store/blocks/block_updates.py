"""Changes the stored blocks after responses or official windows changed, and the table that other programs read."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import chain

import msgspec

from exporter.domain.blocks.block import START_OF_TIME, Block, Window, Windows
from exporter.domain.blocks.figures import active_ms, efficiency_score
from exporter.domain.blocks.layout import LayoutChange, build_blocks, change_layout
from exporter.domain.calendar import timestamp
from exporter.domain.usage.amount import as_uses, merge
from exporter.domain.usage.bounds import storable
from exporter.domain.usage.totals import ModelUse
from exporter.store import accounts
from exporter.store.blocks.block_sessions import count_sessions, recount_sessions
from exporter.store.blocks.blocks import (
    block_id,
    format_block_id,
    latest_block_at,
    load,
    load_of,
    model_uses,
    unsettled_since,
)
from exporter.store.blocks.recent import active_times, recent_amounts
from exporter.store.database import meta
from exporter.store.usage import totals
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import Row, first_at_or_after


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
    added: Collection[Row],
    removed: Collection[Row],
    now: int,
) -> tuple[Block, ...]:
    """Update an account's blocks after these responses of it were added and removed.

    Returns the blocks that were removed, so that references to them can be updated.
    """
    mine, lost = ({(row.message_id, row.request_id, row.at) for row in rows} for rows in (added, removed))
    emptied = {at for *_, at in lost - mine}
    changed = sorted({at for *_, at in mine | lost})
    change = LayoutChange((), ())
    if emptied or not all(_is_unchanged(connection, account, windows, at) for at in changed):
        change = _rebuild(connection, labels, account, windows, min(changed), max(changed), now)
    touched = {block for at in changed if (block := latest_block_at(connection, account, at)) is not None}
    if change.removed or min((block.start for block in touched), default=0) < unsettled_since(connection):
        meta.mark_past_changed(connection)
    for block in touched - set(change.added):
        if any(block.contains(at) for at in changed):
            sessions = recount_sessions(connection, block, added, removed)
            _save_current(connection, labels, block, sessions, now)
    return change.removed


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
    return _rebuild(connection, labels, account, windows, start, end, now).removed


def _rebuild(
    connection: sqlite3.Connection,
    labels: Labels,
    account: int,
    windows: Sequence[Window],
    start: int,
    end: int,
    now: int,
) -> LayoutChange:
    first = partial(first_at_or_after, connection, account=account)
    change = change_layout(load_of(connection, account), first, windows, start, end, account)
    _apply(connection, change)
    meta.mark_past_changed(connection)
    for block in change.added:
        _save_current(connection, labels, block, count_sessions(connection, block), now)
    return change


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


def _save_current(connection: sqlite3.Connection, labels: Labels, block: Block, sessions: int, now: int) -> None:
    """Save a block's usage, and its row for other programs, by its responses of now."""
    use = as_uses(merge(recent_amounts(connection, labels, block.start, block.end, block.account)))
    save_block(connection, block, use, sessions, _score(connection, block, now), now)


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
    return efficiency_score(block, active_ms(block, active_times(connection, block), now), now)


def update_rows(connection: sqlite3.Connection, blocks: Iterable[Block], now: int) -> None:
    """Update the blocks' rows for other programs; their usage has not changed."""
    for block in blocks:
        use = model_uses(connection, block)
        save_block(connection, block, use, count_sessions(connection, block), _score(connection, block, now), now)


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
