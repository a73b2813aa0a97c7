"""The 5-hour blocks, their usage by model, and the table of blocks that other programs read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from exporter.domain.blocks.block import END_OF_TIME, START_OF_TIME, Block, Window
from exporter.domain.blocks.figures import Use, active_ms, efficiency_score
from exporter.domain.blocks.layout import LayoutChange, build_blocks, change_layout
from exporter.domain.calendar import timestamp
from exporter.domain.usage.bounds import storable
from exporter.domain.usage.counting import decode_advisors
from exporter.domain.usage.tokens import Tokens
from exporter.domain.usage.totals import ModelUse, by_model
from exporter.store.database import meta
from exporter.store.usage import totals
from exporter.store.usage.labels import Labels
from exporter.store.usage.responses import first_at_or_after, usage_between


def load(connection: sqlite3.Connection) -> list[Block]:
    """All blocks, the oldest first."""
    return [Block(*row) for row in connection.execute(f"{_BLOCKS} ORDER BY start_at")]


_BLOCKS = "SELECT start_at, end_at, basis FROM tracker_blocks"


def latest_block_at(connection: sqlite3.Connection, moment: int) -> Block | None:
    """The last block that starts at or before `moment`."""
    row = connection.execute(f"{_BLOCKS} WHERE start_at <= ? ORDER BY start_at DESC LIMIT 1", (moment,)).fetchone()
    return Block(*row) if row else None


def uses_since(connection: sqlite3.Connection, block: Block, since: int) -> list[Use]:
    """The responses of a block since `since` (ms), with their total usage, in order of time."""
    rows = connection.execute(
        "SELECT at, input + output + cache_read + cache_write_5m + cache_write_1h, coalesce(cost, 0), advisors"
        " FROM tracker_responses WHERE counted AND at >= ? AND at < ? ORDER BY at",
        (max(block.start, since), block.end),
    )
    return [_with_advisors(*row) for row in rows]


def times(connection: sqlite3.Connection, block: Block) -> list[int]:
    """The times of a block's responses, in order."""
    rows = connection.execute(
        "SELECT at FROM tracker_responses WHERE counted AND at >= ? AND at < ? ORDER BY at", (block.start, block.end)
    )
    return [at for (at,) in rows]


def _with_advisors(at: int, tokens: int, cost: int, advisors: str | None) -> Use:
    for advisor in decode_advisors(advisors) if advisors else ():
        tokens += advisor.tokens.total
        cost += advisor.cost or 0
    return at, tokens, cost


def model_uses(connection: sqlite3.Connection, block: Block) -> list[ModelUse]:
    """The stored usage of a block by model label."""
    rows = connection.execute(
        "SELECT model, responses, input, output, cache_read, cache_write_5m, cache_write_1h, cost, unpriced"
        " FROM tracker_block_usage WHERE start_at = ? ORDER BY model",
        (block.start,),
    )
    return [ModelUse(row[0], row[1], Tokens(*row[2:7]), row[7], row[8]) for row in rows]


def sessions(connection: sqlite3.Connection, block: Block) -> int:
    """The stored number of conversations that the block's responses are credited to."""
    row = connection.execute("SELECT total_sessions FROM five_hour_blocks WHERE id = ?", (block_id(block),)).fetchone()
    return int(row[0]) if row is not None else 0


def _count_sessions(connection: sqlite3.Connection, block: Block) -> int:
    row = connection.execute(
        "SELECT count(DISTINCT owner) FROM tracker_responses WHERE counted AND at >= ? AND at < ?",
        (block.start, block.end),
    ).fetchone()
    return int(row[0])


def rebuild_all(connection: sqlite3.Connection, windows: Sequence[Window]) -> tuple[Block, ...]:
    """Rebuild all blocks; the caller must call `save_block` for each. Other programs' rows in the table stay."""
    layout = tuple(build_blocks(partial(first_at_or_after, connection), windows, START_OF_TIME, START_OF_TIME))
    meta.mark_past_changed(connection)
    _apply(connection, LayoutChange(removed=tuple(load(connection)), added=layout))
    return layout


def update(
    connection: sqlite3.Connection,
    labels: Labels,
    windows: Sequence[Window],
    changed: Sequence[int],
    emptied: Sequence[int],
    now: int,
) -> tuple[Block, ...]:
    """Update the blocks after responses changed at the times `changed`; at the times `emptied` none are left.

    Returns the blocks that were removed, so that references to them can be updated.
    """
    removed: tuple[Block, ...] = ()
    if emptied or not all(_is_unchanged(connection, windows, at) for at in changed):
        removed = rebuild_between(connection, labels, windows, min(changed), max(changed), now)
    touched = {block for at in changed if (block := latest_block_at(connection, at)) is not None}
    if removed or touched - {latest_block_at(connection, END_OF_TIME)}:
        meta.mark_past_changed(connection)
    refresh(connection, labels, (block for block in touched if any(block.contains(at) for at in changed)), now)
    return removed


def rebuild_between(
    connection: sqlite3.Connection, labels: Labels, windows: Sequence[Window], start: int, end: int, now: int
) -> tuple[Block, ...]:
    """Rebuild the blocks after changes within `[start, end]` (ms); returns the blocks that were removed."""
    change = change_layout(load(connection), partial(first_at_or_after, connection), windows, start, end)
    _apply(connection, change)
    meta.mark_past_changed(connection)
    refresh(connection, labels, change.added, now)
    return change.removed


def _is_unchanged(connection: sqlite3.Connection, windows: Sequence[Window], at: int) -> bool:
    """Whether a block contains `at` and would be built the same way now.

    A response found late may lie in or before an official window that an estimated block ignored, because the
    response that opened the block came later.
    """
    block = latest_block_at(connection, at)
    if block is None or not block.contains(at):
        return False
    previous = latest_block_at(connection, block.start - 1)
    end = previous.end if previous is not None else START_OF_TIME
    return next(build_blocks(partial(first_at_or_after, connection), windows, end, end), None) == block


def _apply(connection: sqlite3.Connection, change: LayoutChange) -> None:
    for table in ("tracker_block_usage", "tracker_blocks"):
        connection.executemany(f"DELETE FROM {table} WHERE start_at = ?", ((b.start,) for b in change.removed))
    connection.executemany("DELETE FROM five_hour_blocks WHERE id = ?", ((block_id(b),) for b in change.removed))
    connection.executemany(
        "INSERT INTO tracker_blocks (start_at, end_at, basis) VALUES (?, ?, ?)",
        ((block.start, block.end, block.basis) for block in change.added),
    )


def refresh(connection: sqlite3.Connection, labels: Labels, blocks: Iterable[Block], now: int) -> None:
    """Sum the blocks' usage from their responses, and save it."""
    for block in blocks:
        use = by_model(usage_between(connection, labels, block.start, block.end))
        save_block(connection, block, use, _count_sessions(connection, block), _score(connection, block, now), now)


def save_block(
    connection: sqlite3.Connection, block: Block, use: Sequence[ModelUse], sessions: int, score: float, now: int
) -> None:
    """Save a block's usage, and its row for other programs. `score`: its efficiency score."""
    connection.execute("DELETE FROM tracker_block_usage WHERE start_at = ?", (block.start,))
    connection.executemany(
        f"INSERT INTO tracker_block_usage VALUES ({', '.join('?' * 10)})",
        [
            (
                block.start,
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
            block_id(block),
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


def block_id(block: Block) -> str:
    return timestamp.to_iso(block.start)


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
    starts = [start for (text,) in rows if (start := timestamp.parse(text)) is not None]
    found = (connection.execute(f"{_BLOCKS} WHERE start_at = ?", (start,)).fetchone() for start in starts)
    return [Block(*row) for row in found if row is not None]


def count_completed(connection: sqlite3.Connection, now: int) -> int:
    """How many blocks are over."""
    return int(connection.execute("SELECT count(*) FROM tracker_blocks WHERE end_at <= ?", (now,)).fetchone()[0])


def save_completed_total(connection: sqlite3.Connection, now: int, first_seen_at: int) -> None:
    """Save the number of completed blocks as a total."""
    totals.put(connection, {("blocks", ()): count_completed(connection, now)}, first_seen_at)
