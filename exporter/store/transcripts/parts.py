"""Splits what was read from a file into parts that can be stored on their own, down to single rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exporter.domain.transcripts.batch import Batch, SessionBatch
from exporter.store.transcripts.file_read import FileRead

ROW_LISTS = ("responses", "rare_responses", "unrequested", "prompts", "tool_calls", "api_errors", "stops")


def split_read(read: FileRead) -> Sequence[FileRead]:
    """The sessions of a file, then its progress alone; of one session, halves of its rows. None for a single row."""
    batch = read.batch
    if _has_progress(read):
        progress = msgspec.structs.replace(read, batch=Batch([], batch.skipped, batch.lines))
        data = [_data_only(read, Batch([session], {}, 0)) for session in batch.sessions]
        data += [_data_only(read, Batch([], {}, 0, [held])) for held in batch.held]
        return [*data, progress] if data else []
    return [_data_only(read, Batch([part], {}, 0)) for session in batch.sessions for part in split_session(session)]


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


def _has_progress(read: FileRead) -> bool:
    return bool(read.batch.lines or read.batch.skipped or read.bytes_read or read.change or read.renamed_from)


def _data_only(read: FileRead, batch: Batch) -> FileRead:
    return FileRead(batch, read.state, None, 0, None, read.ended)
