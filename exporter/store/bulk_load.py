"""The first load of a new database: rows are added without looking for equal ones, and indexed once, at the end.

An index that is filled in the order in which rows happen to come costs twice what it costs to build it from all
of them. So until all are there nothing tells whether a row came before; a table of hashes does, and what may
have come before is set aside and merged when the indexes are there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from exporter.domain.transcripts.batch import Batch, Row, SessionBatch
from exporter.store.usage import conversations, merge

SLOTS = 1 << 23
"""Bytes, and so many hashes are told apart. Two rows that share one cost a merge that was not needed."""
MOST_SET_ASIDE = 50_000
"""Beyond it the indexes are built at once, and everything that follows is merged."""

_ADDED = ("tracker_responses", "tracker_prompts", "tracker_tool_calls")


class Load:
    """Takes batches into a new database, in the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen = bytearray(SLOTS)
        self._set_aside: list[tuple[SessionBatch, int]] = []
        self._set_aside_rows = 0
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            f" AND tbl_name IN ({', '.join('?' * len(_ADDED))})",
            _ADDED,
        ).fetchall()
        self._indexes = [sql for _, sql in indexes]
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")

    def put(self, batch: Batch, born_at: int) -> None:
        """Take a batch read from a file born at `born_at` (ms)."""
        if not self._indexes:
            merge.put(self._connection, batch, born_at)
            return
        for told in batch.sessions:
            conversation = conversations.merge(self._connection, told.session_id, told.conversation)
            self._add(told, conversation, born_at)
        if self._set_aside_rows > MOST_SET_ASIDE:
            self.finish()

    def finish(self) -> None:
        """Build the indexes, and merge what was set aside. Doing so again changes nothing."""
        for sql in self._indexes:
            self._connection.execute(sql)
        self._indexes = []
        for told, born_at in self._set_aside:
            merge.put_told(self._connection, told, born_at)
        self._set_aside = []

    def _add(self, told: SessionBatch, conversation: int, born_at: int) -> None:
        origin = (conversation, born_at)
        again = SessionBatch(
            told.session_id, None, [], told.rare_responses, told.unrequested, [], [], told.api_errors, told.stops
        )
        for statement, rows, repeated in (
            (merge.ADD_RESPONSE, told.responses, again.responses),
            (merge.ADD_PROMPT, told.prompts, again.prompts),
            (merge.ADD_TOOL_CALL, told.tool_calls, again.tool_calls),
        ):
            new = self._new(rows, conversation if rows is told.responses else 0, repeated)
            self._connection.executemany(statement, [(*row, *origin) for row in new])
        if count := again.rows():
            self._set_aside.append((again, born_at))
            self._set_aside_rows += count

    def _new(self, rows: Iterable[Row], salt: int, repeated: list[Row]) -> list[Row]:
        """The rows whose key has surely not come before; the others go to `repeated`."""
        seen, new = self._seen, []
        for row in rows:
            slot = (hash(row[0]) ^ salt) % SLOTS
            if seen[slot]:
                repeated.append(row)
            else:
                seen[slot] = 1
                new.append(row)
        return new
