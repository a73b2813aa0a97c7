"""The rows of `real_sessions` that transcripts tell: one per session id, from its first to its last line."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

import msgspec

from exporter.domain import timestamp
from exporter.domain.block import Block
from exporter.domain.pricing import normalize_model
from exporter.domain.usage import decode_advisors
from exporter.store.blocks import begun_before, block_id

_CONVERSATIONS = """
SELECT id, session_id, first_at, last_at, cwd, entrypoint, client_version, git_branch
FROM tracker_conversations WHERE first_at IS NOT NULL
"""
_USE = """
SELECT model, count(*), sum(stop_reason IS NULL),
       sum(input + output + cache_read + cache_write_5m + cache_write_1h), max(at)
FROM tracker_responses WHERE counted AND owner = ? GROUP BY model ORDER BY model
"""
_SAVE = """
INSERT INTO real_sessions (id, session_type, start_time, end_time, project_path, conversation_id, total_messages,
                           models_used, estimated_tokens, is_active, metadata, five_hour_block_id)
VALUES (?, 'claude_code', ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
ON CONFLICT DO UPDATE SET
    start_time = excluded.start_time, end_time = excluded.end_time, project_path = excluded.project_path,
    conversation_id = excluded.conversation_id, total_messages = excluded.total_messages,
    models_used = excluded.models_used, estimated_tokens = excluded.estimated_tokens,
    is_active = excluded.is_active, five_hour_block_id = excluded.five_hour_block_id,
    -- what another program noted beside our keys stays
    metadata = json_patch(iif(json_valid(metadata), metadata, '{}'), excluded.metadata)
"""


Known = tuple[int, str, int, int, str | None, str | None, str | None, str | None]
"""A row of `_CONVERSATIONS`."""


class Use(msgspec.Struct, frozen=True, gc=False):
    """What was used by the responses credited to a conversation. `models`: as written. `messages`: with prompts."""

    models: frozenset[str]
    messages: int
    tokens: int
    is_lower_bound: bool
    last_block: Block | None


def refresh(connection: sqlite3.Connection, conversations: Iterable[int]) -> None:
    """Bring the rows of these conversations up to date."""
    for conversation in conversations:
        row = connection.execute(f"{_CONVERSATIONS} AND id = ?", (conversation,)).fetchone()
        if row is not None:
            connection.execute(_SAVE, _values(row, _use(connection, conversation)))


def keep_all(connection: sqlite3.Connection, use_of: Callable[[int], Use]) -> None:
    """Bring every row up to date."""
    rows = connection.execute(f"{_CONVERSATIONS} ORDER BY id").fetchall()
    connection.executemany(_SAVE, [_values(row, use_of(row[0])) for row in rows])


def prompts_by_conversation(connection: sqlite3.Connection) -> dict[int, int]:
    return dict(connection.execute("SELECT conversation, count(*) FROM tracker_prompts GROUP BY conversation"))


def _use(connection: sqlite3.Connection, conversation: int) -> Use:
    used = connection.execute(_USE, (conversation,)).fetchall()
    advisors = _advisors(connection, conversation)
    (prompts,) = connection.execute(
        "SELECT count(*) FROM tracker_prompts WHERE conversation = ?", (conversation,)
    ).fetchone()
    last = max((at for *_, at in used), default=None)
    return Use(
        models=frozenset(model for model, *_ in (*used, *advisors)),
        messages=prompts + sum(count for _, count, *_ in used),
        tokens=sum(tokens for *_, tokens, _ in used) + sum(tokens for _, tokens in advisors),
        is_lower_bound=any(incomplete for _, _, incomplete, *_ in used),
        last_block=begun_before(connection, last) if last is not None else None,
    )


def _values(known: Known, use: Use) -> tuple[object, ...]:
    _, session_id, first_at, last_at, cwd, entrypoint, version, branch = known
    metadata = {
        "source": "transcript",
        "tokens": "lower_bound" if use.is_lower_bound else "exact",
        "entrypoint": entrypoint,
        "client_version": version,
        "git_branch": branch,
    }
    return (
        session_id,
        timestamp.to_iso(first_at),
        timestamp.to_iso(last_at),
        cwd,
        session_id,
        use.messages,
        _json(sorted({normalize_model(model) for model in use.models})),
        use.tokens,
        _json({key: value for key, value in metadata.items() if value}),
        block_id(use.last_block) if use.last_block else None,
    )


def _advisors(connection: sqlite3.Connection, conversation: int) -> list[tuple[str, int]]:
    """The models and tokens of the advisors inside the conversation's responses."""
    rows = connection.execute(
        "SELECT advisors FROM tracker_responses WHERE counted AND owner = ? AND advisors IS NOT NULL", (conversation,)
    )
    return [(advisor.model, advisor.tokens.total) for (text,) in rows for advisor in decode_advisors(text)]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def owners_between(connection: sqlite3.Connection, start: int, end: int) -> set[int]:
    """The conversations that responses in `[start, end)` are credited to."""
    rows = connection.execute(
        "SELECT DISTINCT owner FROM tracker_responses WHERE counted AND at >= ? AND at < ?", (start, end)
    )
    return {row[0] for row in rows}
