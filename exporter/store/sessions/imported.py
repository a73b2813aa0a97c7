"""Sessions that came from another database. Of those of an earlier tracker only an estimate of tokens is known."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from exporter.domain.calendar import timestamp
from exporter.domain.sessions.process import Kind
from exporter.domain.usage.bounds import MAX_STORED
from exporter.domain.usage.pricing import normalize_model
from exporter.store.sessions.forgetting import Forgotten

Source = Literal["merge", "export", "earlier"]
ESTIMATED = "estimated"
"""In the metadata of a session: its tokens are an earlier tracker's estimate."""

COLUMNS = (
    "id", "session_type", "start_time", "end_time", "project_path", "conversation_id", "total_messages", "models_used",
    "estimated_tokens",
)  # fmt: skip


class SessionValues(NamedTuple):
    """What another program wrote into these columns of `real_sessions`: of any type."""

    id: Any = None
    session_type: Any = None
    start_time: Any = None
    end_time: Any = None
    project_path: Any = None
    conversation_id: Any = None
    total_messages: Any = None
    models_used: Any = None
    estimated_tokens: Any = None


Skipped = Literal["known already", "without an id", "without a start time", "with tokens that are no number"]

_KNOWN = """
SELECT 1 FROM real_sessions WHERE id IN (?1, ?2) UNION ALL SELECT 1 FROM tracker_conversations WHERE session_id
IN (?1, ?2) UNION ALL SELECT 1 FROM tracker_imported_sessions WHERE session_id IN (?1, ?2) LIMIT 1
"""
_ADD_ROW = """
INSERT INTO real_sessions (id, session_type, start_time, end_time, project_path, conversation_id, total_messages,
    models_used, estimated_tokens, is_active, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
"""
_ADD = "INSERT OR IGNORE INTO tracker_imported_sessions (session_id, source, at, start_at, tokens, model) VALUES "
_HAS_RESPONSES = """
SELECT 1 FROM tracker_conversations c WHERE c.first_at IS NOT NULL AND c.session_id IN (i.session_id, s.conversation_id)
"""
_ESTIMATES = f"""
SELECT i.start_at, i.model, i.tokens FROM tracker_imported_sessions i LEFT JOIN real_sessions s ON s.id = i.session_id
WHERE i.start_at IS NOT NULL AND NOT EXISTS ({_HAS_RESPONSES}) ORDER BY i.start_at, i.session_id
"""
# Its transcript was found after all.
_SETTLE = """
UPDATE tracker_imported_sessions SET start_at = NULL, tokens = NULL, model = NULL WHERE start_at IS NOT NULL
AND session_id IN (SELECT session_id FROM tracker_conversations WHERE first_at IS NOT NULL)
"""


def mark(connection: sqlite3.Connection, session_ids: Iterable[str], source: Source, now: int) -> None:
    """Note that these sessions were imported at `now` (ms), with their responses."""
    connection.executemany(
        f"{_ADD} (?, ?, ?, NULL, NULL, NULL)", [(session_id, source, now) for session_id in sorted(session_ids)]
    )
    connection.execute(_SETTLE)


def is_imported(connection: sqlite3.Connection, session_id: str) -> bool:
    """Whether the session came from another database."""
    query = "SELECT 1 FROM tracker_imported_sessions WHERE session_id = ?"
    return connection.execute(query, (session_id,)).fetchone() is not None


def count(connection: sqlite3.Connection) -> int:
    """How many sessions were imported with their responses."""
    query = "SELECT count(*) FROM tracker_imported_sessions WHERE start_at IS NULL"
    return int(connection.execute(query).fetchone()[0])


def ids(connection: sqlite3.Connection) -> frozenset[str]:
    """The imported sessions."""
    return frozenset(row[0] for row in connection.execute("SELECT session_id FROM tracker_imported_sessions"))


def take(connection: sqlite3.Connection, values: SessionValues, forgotten: Forgotten, now: int) -> Skipped | None:
    """Save a session of which only an estimate is known, in the caller's transaction. Returns why not, if it is not."""
    if not isinstance(values.id, str) or not values.id:
        return "without an id"
    name = forgotten.name_of(values.id)
    conversation = values.conversation_id if isinstance(values.conversation_id, str) else None
    own_id = name or values.id
    if connection.execute(_KNOWN, (own_id, conversation or own_id)).fetchone() is not None:
        return "known already"
    start, tokens = _time(values.start_time), _count(values.estimated_tokens)
    if start is None:
        return "without a start time"
    if tokens is None:
        return "with tokens that are no number"
    models = _models(values.models_used)
    connection.execute(
        _ADD_ROW,
        (
            own_id,
            values.session_type if values.session_type in list(Kind) else Kind.CODE.value,
            timestamp.to_iso(start),
            timestamp.to_iso(max(start, _time(values.end_time) or start)),
            values.project_path if isinstance(values.project_path, str) and name is None else None,
            None if name is not None else conversation,
            _count(values.total_messages) or 0,
            msgspec.json.encode(models).decode(),
            tokens,
            msgspec.json.encode({"source": "imported", "tokens": ESTIMATED, "imported": True}).decode(),
        ),
    )
    model = models[0] if len(models) == 1 else None
    connection.execute(f"{_ADD} (?, 'earlier', ?, ?, ?, ?)", (own_id, now, start, tokens, model))
    return None


def estimates(connection: sqlite3.Connection) -> Iterator[tuple[int, str | None, int]]:
    """The start (ms), model (None: several, or not known) and tokens of sessions of which only an estimate is known."""
    return iter(connection.execute(_ESTIMATES))


def _time(value: object) -> int | None:
    return timestamp.parse(value) if isinstance(value, str) else None


def _count(value: object) -> int | None:
    """A count; 0 for NULL, None for what is none."""
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= MAX_STORED else None


def _models(text: object) -> list[str]:
    try:
        found = msgspec.json.decode(text, type=list[str]) if isinstance(text, str) else []
    except msgspec.DecodeError:
        return []
    return sorted({normalize_model(model) for model in found})
