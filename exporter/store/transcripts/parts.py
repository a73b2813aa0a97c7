"""Splits what was read from a file into parts that can be stored on their own, down to single rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exporter.domain.transcripts.batch import Batch, SessionBatch
from exporter.store.transcripts.file_read import FileRead

ROW_LISTS = ("responses", "rare_responses", "prompts", "tool_calls", "api_errors", "stops")


def split_read(read: FileRead) -> Sequence[FileRead]:
    """The sessions of a file; of one session, halves of its rows. Nothing for a single row."""
    sessions = read.batch.sessions
    data = sessions if len(sessions) > 1 else [part for session in sessions for part in split_session(session)]
    return [msgspec.structs.replace(read, batch=Batch([part], {}, 0)) for part in data]


def without_rows(read: FileRead) -> FileRead:
    """The file alone."""
    return msgspec.structs.replace(read, batch=Batch([], {}, 0))


def split_session(session: SessionBatch) -> Sequence[SessionBatch]:
    """Two halves of its rows; nothing for a single row."""
    rows = [(name, row) for name in ROW_LISTS for row in getattr(session, name)]
    if len(rows) <= 1:
        return ()
    middle = len(rows) // 2
    return [
        msgspec.structs.replace(session, **{name: [row for of, row in half if of == name] for name in ROW_LISTS})
        for half in (rows[:middle], rows[middle:])
    ]


def describe(read: FileRead) -> str:
    """Names what a part holds, for the log."""
    for session in read.batch.sessions:
        for name in ROW_LISTS:
            for row in getattr(session, name):
                return f"{read.state.path}: {name.replace('_', ' ')}: {str(row[0])[:80]!r}"
    return read.state.path
