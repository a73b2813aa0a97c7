"""The first load of a new database: rows are added without checking for duplicates, and indexed at the end.

Building an index once costs half of filling it in arbitrary order. Without indexes, a table of hashes finds
possible duplicates: these are set aside, and merged once the indexes exist. An index of few rows stays: building it
reads the whole table.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cached_property

from exporter.domain.transcripts.batch import Batch, Row, SessionBatch
from exporter.store.accounts import Accounts
from exporter.store.isolation import isolate
from exporter.store.transcripts.parts import split_session
from exporter.store.usage import conversations, merge
from exporter.store.usage.merge import Source

log = logging.getLogger(__name__)

SLOTS = 1 << 23
"""The size of the hash table in bytes, one per slot. Two rows in the same slot cost an unnecessary merge."""
MAX_SET_ASIDE = 50_000
"""With more rows, the indexes are built immediately, and all later rows are merged."""

_ADDED = ("tracker_responses", "tracker_prompts", "tracker_tool_calls")
_NEARLY_ALL = "WHERE counted"
"""The condition of an index that nearly every row is in."""


class BulkLoad:
    """Loads batches into a new database, in the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen = bytearray(SLOTS)
        self._set_aside: list[tuple[SessionBatch, Source]] = []
        self._set_aside_rows = 0
        self.failed = 0
        """How many rows could not be merged."""
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            f" AND tbl_name IN ({', '.join('?' * len(_ADDED))}) AND (sql NOT LIKE '% WHERE %' OR sql LIKE ?)",
            (*_ADDED, f"% {_NEARLY_ALL}"),
        ).fetchall()
        self._indexes = [sql for _, sql in indexes]
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")

    @cached_property
    def _accounts(self) -> Accounts:
        """As known when the first batch is put."""
        return Accounts(self._connection)

    def put(self, batch: Batch, path: str, born_at: int) -> None:
        """Add a batch read from the file at `path`, created at `born_at` (ms)."""
        source = Source(born_at, self._accounts.spans_of(path))
        if not self._indexes:
            merge.put(self._connection, self._accounts, batch, source)
            return
        for session_batch in batch.sessions:
            conversation = conversations.merge(self._connection, session_batch.session_id, session_batch.conversation)
            self._add(session_batch, conversation, source)
        if self._set_aside_rows > MAX_SET_ASIDE:
            self.finish()

    def finish(self) -> None:
        """Build the indexes, and merge the rows set aside. A second call changes nothing."""
        for sql in self._indexes:
            self._connection.execute(sql)
        self._indexes = []
        failures = isolate(self._set_aside, self._merge, lambda one: [(part, one[1]) for part in split_session(one[0])])
        for (session_batch, _), error in failures:
            session = session_batch.session_id
            log.error("session %s: not counted, because of an unexpected error: %.200r", session, error)
        self.failed += len(failures)
        self._set_aside = []

    def _merge(self, set_aside: Sequence[tuple[SessionBatch, Source]]) -> None:
        for session_batch, source in set_aside:
            merge.put_session(self._connection, self._accounts, session_batch, source)

    def _add(self, session_batch: SessionBatch, conversation: int, source: Source) -> None:
        origin = (conversation, source.born_at)
        merge.put_traits(self._connection, session_batch, conversation)
        spans = merge.spans_of(self._connection, self._accounts, session_batch, conversation, source)
        repeats = SessionBatch(
            session_batch.session_id,
            None,
            [],
            session_batch.rare_responses,
            [],
            [],
            [],
            session_batch.api_errors,
            session_batch.stops,
        )
        for statement, rows, repeated in (
            (merge.ADD_RESPONSE, session_batch.responses, repeats.responses),
            (merge.ADD_PROMPT, session_batch.prompts, repeats.prompts),
            (merge.ADD_TOOL_CALL, session_batch.tool_calls, repeats.tool_calls),
        ):
            are_responses = rows is session_batch.responses
            new = self._split_new(rows, conversation if are_responses else 0, repeated, by_line=are_responses)
            if are_responses:
                self._connection.executemany(statement, merge.parameters(self._connection, new, origin, spans))
            else:
                self._connection.executemany(statement, [(*row, *origin) for row in new])
        if count := repeats.rows():
            self._set_aside.append((repeats, source))
            self._set_aside_rows += count

    def _split_new(self, rows: Iterable[Row], salt: int, repeated: list[Row], *, by_line: bool) -> list[Row]:
        """Return the rows whose key is certainly new; append the others to `repeated`.

        `by_line`: a response without a request id is known by its line, since many may have one message id.
        """
        seen, new = self._seen, []
        for row in rows:
            slot = (hash((by_line and row[merge.LINE]) or row[0]) ^ salt) % SLOTS
            if seen[slot]:
                repeated.append(row)
            else:
                seen[slot] = 1
                new.append(row)
        return new
