"""Copies what can be read of a damaged database, table by table, into a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from exporter.errors import DatabaseError, reason
from exporter.store.damage.damaged_rows import by_key, by_row_id
from exporter.store.damage.stored_forms import fits, makes_sense
from exporter.store.database import meta
from exporter.store.database.connection import open_damaged
from exporter.store.database.opening import open_to_write

Report = Callable[[int, int], None]
"""Tables copied, and of how many."""
READ_AGAIN = frozenset(("tracker_files",))
"""What is not copied: what was read of which file, since all is read again."""


class Saved(msgspec.Struct, frozen=True):
    """Of one table: rows that were copied, rows whose content made no sense, and how many gaps could not be read."""

    table: str
    rows: int
    refused: int
    gaps: int

    @property
    def is_whole(self) -> bool:
        return not self.refused and not self.gaps


def save_what_can_be_read(path: Path, part: Path, now: int, report: Report) -> list[Saved]:
    """Make a new database at `part` of what can be read of the damaged one; nothing of one that is none at all.

    Raises DatabaseError.
    """
    try:
        with closing(open_to_write(part)) as fresh:
            fresh.execute("BEGIN")
            version, tracker = meta.get(fresh, "version"), meta.tracker_id(fresh)
            account = fresh.execute("SELECT * FROM tracker_accounts WHERE id = 1").fetchone()
            fresh.execute("DELETE FROM tracker_meta")
            fresh.execute("DELETE FROM tracker_accounts")
            try:
                saved = _salvage(path, fresh, report)
            except (sqlite3.DatabaseError, UnicodeDecodeError):
                saved = []  # not even the list of its tables can be read
            meta.put(fresh, "version", str(version))
            keep = "INSERT OR IGNORE INTO"
            fresh.execute(f"{keep} tracker_meta VALUES ('tracker', ?), ('first_read_at', ?)", (tracker, str(now)))
            fresh.execute(f"{keep} tracker_accounts VALUES ({', '.join('?' * len(account))})", account)
            fresh.execute("COMMIT")
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot write {part}: {reason(error)}") from error
    return saved


def count_responses(path: Path) -> int:
    """The counted ones. Raises DatabaseError."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return int(connection.execute("SELECT count(*) FROM tracker_responses WHERE counted").fetchone()[0])
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot read {path}: {reason(error)}") from error


def _salvage(damaged: Path, fresh: sqlite3.Connection, report: Report) -> list[Saved]:
    """Copy every row that can be read of the tables that both have. Raises sqlite3.Error if not even their list can."""
    with open_damaged(damaged) as old:
        old.text_factory = _text
        old.execute("PRAGMA writable_schema = ON")  # what is damaged in the list of tables does not hide the others
        names = [name for name in _tables(fresh) if name not in READ_AGAIN]
        there = _tables(old)
        found = []
        for number, name in enumerate(names):
            report(number, len(names))
            if name in there:
                found.append(_copy(old, fresh, name))
        report(len(names), len(names))
        return found


_IN_OTHER = """
DELETE FROM {table} WHERE EXISTS (
    SELECT 1 FROM transcripts.{table} other
    JOIN transcripts.tracker_conversations theirs ON theirs.id = other.conversation
    JOIN tracker_conversations ours ON ours.session_id = theirs.session_id
    WHERE other.{key} = {table}.{key} AND ours.id = {table}.conversation)
"""
_KEYS = {
    "tracker_responses": "message_id",
    "tracker_prompts": "uuid",
    "tracker_tool_calls": "id",
    "tracker_api_errors": "uuid",
    "tracker_stops": "uuid",
}


def forget_what_is_in(path: Path, other: Path) -> None:
    """Delete the rows that another database, made of the transcripts alone, has of the same sessions.

    A value that was damaged would win over the one in the transcripts, as the earlier or the larger one does.
    Raises DatabaseError.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("ATTACH ? AS transcripts", (str(other),))
            connection.execute("BEGIN")
            for table, key in _KEYS.items():
                connection.execute(_IN_OTHER.format(table=table, key=key))
            connection.execute(
                "UPDATE tracker_conversations SET first_at = NULL, last_at = NULL, cwd = NULL, cwd_at = NULL"
                " WHERE session_id IN (SELECT session_id FROM transcripts.tracker_conversations)"
            )
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot write {path}: {reason(error)}") from error


def _text(data: bytes) -> str:
    """Bytes that cannot be decoded are damage: a text that none of ours can be, so the row is refused."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\0"


def _tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    return [name for (name,) in connection.execute(query)]


def _copy(old: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> Saved:
    declared = [(name, kind, needed) for _, name, kind, needed, *_ in fresh.execute(f"PRAGMA table_info({table})")]
    known = {name for _, name, *_ in old.execute(f"PRAGMA table_info({table})")}
    columns = [one for one in declared if one[0] in known]
    names = [name for name, *_ in columns]
    listed = ", ".join(names)
    has_row_ids = _has_row_ids(fresh, table)
    read = by_row_id if has_row_ids else by_key
    places = ", ".join("?" * (len(columns) + has_row_ids))
    put = f"INSERT OR IGNORE INTO {table} ({'rowid, ' if has_row_ids else ''}{listed}) VALUES ({places})"
    rows = refused = gaps = 0
    for row in read(old, table, listed):
        if row is None:
            gaps += 1
            continue
        values = row[1:] if has_row_ids else row
        try:
            if not all(fits(value, kind) for value, (_, kind, _) in zip(values, columns, strict=True)):
                raise sqlite3.IntegrityError(table)
            if not makes_sense(table, dict(zip(names, values, strict=True))):
                raise sqlite3.IntegrityError(table)
            changed = fresh.execute(put, row).rowcount
        except (sqlite3.IntegrityError, OverflowError):
            changed = 0
        rows += changed
        refused += not changed
    return Saved(table, rows, refused, gaps)


def _has_row_ids(connection: sqlite3.Connection, table: str) -> bool:
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return "WITHOUT ROWID" not in str(sql).upper()
