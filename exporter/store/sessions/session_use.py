"""The usage of a session for its row: the sum of everything credited to its conversation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from exporter.domain.blocks.block import Block
from exporter.domain.sessions.session import TRAILING_MS
from exporter.store.blocks.blocks import latest_block_at
from exporter.store.sessions import session_sums

# Each response followed by one of these, once.
_FLAWED = """
SELECT e.conversation, count(DISTINCT (
    SELECT max(at) FROM tracker_responses r WHERE r.counted AND r.owner = e.conversation AND r.at <= e.at))
FROM (SELECT conversation, at FROM tracker_api_errors UNION ALL SELECT conversation, at FROM tracker_stops) e
"""

# An open run covers its lines implicitly, and one that had ended before the first line was read does too.
UNCOVERED = f"""
SELECT id, session_id, first_at, last_at, nullif(max(coalesce(covered_until, 0), (
    SELECT coalesce(max(r.ended_at) + {TRAILING_MS}, 0) FROM tracker_runs r WHERE r.session_id = c.session_id)), 0), cwd
FROM tracker_conversations c
WHERE (covered_until IS NULL OR last_at > covered_until) AND NOT EXISTS (
    SELECT 1 FROM tracker_runs r
    WHERE r.session_id = c.session_id AND (r.ended_at IS NULL OR r.ended_at + {TRAILING_MS} >= c.last_at))
"""


class Use(msgspec.Struct, frozen=True, gc=False):
    """The usage of the responses credited to a conversation. `models`: as written. `messages`: including prompts.

    `started_at`: its first own activity, if it starts with copies (ms). `effective`: its responses without an API
    error, interruption or rejected tool call after them.
    """

    models: frozenset[str]
    messages: int
    tokens: int
    is_lower_bound: bool
    last_block: Block | None
    subagents: int
    started_at: int | None = None
    responses: int = 0
    effective: int = 0

    @property
    def effectiveness(self) -> float | None:
        """100 × effective ÷ responses, rounded to a tenth (DESIGN decision 5); None without responses."""
        return round(100 * self.effective / self.responses, 1) if self.responses else None


NO_USE = Use(frozenset(), 0, 0, False, None, 0)


def first_activity_after(connection: sqlite3.Connection, conversation: int, moment: int) -> int | None:
    """The time of the first prompt or response of a conversation after `moment`."""
    (found,) = connection.execute(
        "SELECT min(at) FROM (SELECT min(at) AS at FROM tracker_prompts WHERE conversation = ?1 AND at > ?2"
        " UNION ALL SELECT min(at) FROM tracker_responses WHERE counted AND owner = ?1 AND at > ?2)",
        (conversation, moment),
    ).fetchone()
    return None if found is None else int(found)


def first_own_activity(connection: sqlite3.Connection, conversation: int) -> int | None:
    """The first own activity of a conversation with copies of another's lines, such as a fork; else None."""
    return first_activity_after(connection, conversation, -1) if has_copies(connection, conversation) else None


def has_copies(connection: sqlite3.Connection, conversation: int) -> bool:
    """Whether the conversation has lines of responses that do not count, such as another's."""
    query = "SELECT 1 FROM tracker_responses WHERE NOT counted AND conversation = ? LIMIT 1"
    return connection.execute(query, (conversation,)).fetchone() is not None


def uncovered_since(
    connection: sqlite3.Connection, conversation: int, first_at: int, last_at: int, covered_until: int | None
) -> int:
    """The time of a conversation's first own activity that no run covers (ms)."""
    if covered_until is not None:
        return first_activity_after(connection, conversation, covered_until) or last_at
    return first_own_activity(connection, conversation) or first_at


def first_own_activity_by_conversation(connection: sqlite3.Connection) -> dict[int, int | None]:
    """The same for every conversation with copies."""
    copied = connection.execute("SELECT DISTINCT conversation FROM tracker_responses WHERE NOT counted").fetchall()
    return {conversation: first_activity_after(connection, conversation, -1) for (conversation,) in copied}


def subagents_by_conversation(connection: sqlite3.Connection) -> dict[int, int]:
    return dict(connection.execute("SELECT conversation, count(*) FROM tracker_subagents GROUP BY conversation"))


def prompts_by_conversation(connection: sqlite3.Connection) -> dict[int, int]:
    return dict(connection.execute("SELECT conversation, count(*) FROM tracker_prompts GROUP BY conversation"))


def flawed_by_conversation(connection: sqlite3.Connection) -> dict[int, int]:
    """How many responses were followed by an API error, an interruption or a rejected tool call, where any was."""
    return dict(connection.execute(f"{_FLAWED} GROUP BY e.conversation"))


def use_of(connection: sqlite3.Connection, conversation: int) -> Use:
    """The usage of one conversation. `recompute` computes the same for all in one pass."""
    used = session_sums.load(connection, conversation)
    (prompts,) = connection.execute(
        "SELECT count(*) FROM tracker_prompts WHERE conversation = ?", (conversation,)
    ).fetchone()
    responses = sum(one.responses for one in used)
    _, flawed = connection.execute(f"{_FLAWED} WHERE e.conversation = ?", (conversation,)).fetchone()
    return Use(
        models=frozenset(one.model for one in used),
        messages=prompts + responses,
        tokens=sum(one.tokens for one in used),
        is_lower_bound=any(one.incomplete for one in used),
        last_block=_last_block(connection, conversation, {one.whose for one in used if one.responses}),
        subagents=_subagents(connection, conversation),
        started_at=first_own_activity(connection, conversation),
        responses=responses,
        effective=responses - flawed,
    )


_LAST_AT = """
SELECT at FROM tracker_responses WHERE counted AND owner = ? AND account = ? AND provider IS NULL
ORDER BY at DESC LIMIT 1
"""


def _last_block(connection: sqlite3.Connection, conversation: int, accounts: Iterable[int]) -> Block | None:
    """The block that started last of those in which an account used the session last."""
    last = [(one, connection.execute(_LAST_AT, (conversation, one)).fetchone()) for one in accounts]
    blocks = (latest_block_at(connection, one, row[0]) for one, row in last if row is not None)
    return max((block for block in blocks if block), key=lambda block: (block.start, block.account), default=None)


def _subagents(connection: sqlite3.Connection, conversation: int) -> int:
    query = "SELECT count(*) FROM tracker_subagents WHERE conversation = ?"
    return int(connection.execute(query, (conversation,)).fetchone()[0])
