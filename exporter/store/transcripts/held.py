"""Entries that are ahead of the clock: stored apart until their time has come. Until then, nothing counts them.

Each is a row of `tracker_meta`; its key begins with the time from which it counts, so that a search is a range.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from exporter.domain.accounts import Owner
from exporter.domain.transcripts.batch import RARE_COLUMNS, RESPONSE_COLUMNS, Batch, Row, SessionBatch
from exporter.domain.transcripts.file_state import FileStat, FileState
from exporter.domain.usage.activity import Conversation
from exporter.store.transcripts.file_read import FileRead

MARK = RESPONSE_COLUMNS.index("mark")
_PREFIX = "held "
_DUE = "FROM tracker_meta WHERE key > ? AND key < ?"

_FORM = 6
_FORM_WITHOUT_MARKS = 4
"""Of what is stored: the path of the file, its creation (ns), the data, and this number, which older versions lack."""


def save(
    connection: sqlite3.Connection, reads: Iterable[FileRead], mask: Callable[[FileState], FileState] = lambda s: s
) -> None:
    """Store what these reads hold; the same again changes nothing. `mask`: the state as it is stored."""
    rows = []
    for read in reads:
        for held in read.batch.held:
            digest = blake2b(msgspec.json.encode(held.sessions), digest_size=12).hexdigest()
            rows.append((_key(held.due_at) + digest, _encoded(mask(read.state), held.sessions)))
    if rows:
        connection.executemany("INSERT OR IGNORE INTO tracker_meta (key, value) VALUES (?, ?)", rows)


def has_due(connection: sqlite3.Connection, now: int) -> bool:
    """Whether the time of any has come."""
    return connection.execute(f"SELECT 1 {_DUE} LIMIT 1", _range(now)).fetchone() is not None


def load_due(connection: sqlite3.Connection, now: int) -> list[FileRead]:
    """Those whose time has come, as if read now."""
    rows = connection.execute(f"SELECT value {_DUE} ORDER BY key", _range(now)).fetchall()
    return [_decoded(value) for (value,) in rows]


def replace(connection: sqlite3.Connection, change: Callable[[FileRead], FileRead]) -> None:
    """Change everything that is held."""
    for key, value in connection.execute(f"SELECT key, value {_DUE}", (_PREFIX, _PREFIX + "~")).fetchall():
        read = change(_decoded(value))
        text = _encoded(read.state, read.batch.sessions)
        connection.execute("UPDATE tracker_meta SET value = ? WHERE key = ?", (text, key))


def forget_due(connection: sqlite3.Connection, now: int) -> None:
    """Remove those whose time has come, once they are counted."""
    connection.execute(f"DELETE {_DUE}", _range(now))


def count(connection: sqlite3.Connection) -> int:
    """How many wait for their time."""
    (found,) = connection.execute(f"SELECT count(*) {_DUE}", (_PREFIX, _PREFIX + "~")).fetchone()
    return int(found)


def _encoded(state: FileState, sessions: list[SessionBatch]) -> str:
    return msgspec.json.encode((state.path, state.stat.born_ns, sessions, _FORM)).decode()


def _decoded(value: str) -> FileRead:
    """What was stored, as if read now."""
    path, born_ns, sessions, *form = msgspec.json.decode(value)
    read = [_session(one, form[0] if form else 0) for one in sessions]
    state = FileState(path, FileStat(0, 0, 0, 0, born_ns), 0, b"")
    return FileRead(Batch(read, {}, 0), state, None, 0)


def _session(stored: list[Any], form: int) -> SessionBatch:
    if not form:
        return _renewed(*stored)
    batch = msgspec.convert(stored, SessionBatch)
    if form > _FORM_WITHOUT_MARKS:
        return batch
    rows = [[_unmarked(row) for row in rows] for rows in (batch.responses, batch.rare_responses)]
    return msgspec.structs.replace(batch, responses=rows[0], rare_responses=rows[1])


def _unmarked(row: Row) -> Row:
    return (*row[:MARK], None, *row[MARK:])


def _renewed(
    session_id: str, conversation: Any, responses: list[Any], rare: list[Any], _: Any, *events: Any
) -> SessionBatch:
    """A session as versions before 4 of our tables stored it: with other columns."""
    prompts, tool_calls, api_errors, stops = ([tuple(row) for row in rows] for rows in events[:4])
    return SessionBatch(
        session_id,
        msgspec.convert(conversation, Conversation | None),
        [_renewed_row(row) for row in responses],
        [_renewed_row(row) for row in rare],
        detailed=[],
        prompts=prompts,
        tool_calls=tool_calls,
        api_errors=api_errors,
        stops=stops,
        owners=msgspec.convert(events[4] if len(events) > 4 else [], list[tuple[int | None, Owner]]),
    )


def _renewed_row(row: list[Any]) -> Row:
    message_id, request_id, sidechain, total, line_at, uuid, model, stop_reason, *rest = row
    line = "" if request_id else uuid
    found = _unmarked((message_id, request_id, sidechain, line, total, line_at, uuid, model, stop_reason, None, *rest))
    missing = len(RARE_COLUMNS) - len(found) if len(found) > len(RESPONSE_COLUMNS) else 0
    return (*found, *[None] * missing)


def _key(moment: int) -> str:
    return f"{_PREFIX}{moment:015d} "


def _range(now: int) -> Sequence[str]:
    return _PREFIX, _key(now + 1)
