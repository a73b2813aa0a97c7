"""Copies what can be read of a damaged database, table by table, into a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from exporter.errors import DatabaseError, reason
from exporter.store.database import meta
from exporter.store.database.connection import open_untouched
from exporter.store.database.examination import is_damage
from exporter.store.database.opening import open_to_write

Report = Callable[[int, int], None]
"""Tables copied, and of how many."""
Row = tuple[Any, ...]
READ_AGAIN = frozenset(("tracker_files",))
"""What is not copied: what was read of which file, since all is read again."""
_LAST = 1 << 62
_AFFINITIES = {"INTEGER": int, "TEXT": str, "BLOB": bytes, "REAL": float}


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
            except sqlite3.DatabaseError:
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
    with open_untouched(damaged) as old:
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
    listed = ", ".join(name for name, *_ in columns)
    has_row_ids = _has_row_ids(fresh, table)
    read = _by_row_id if has_row_ids else _by_key
    places = ", ".join("?" * (len(columns) + has_row_ids))
    put = f"INSERT OR IGNORE INTO {table} ({'rowid, ' if has_row_ids else ''}{listed}) VALUES ({places})"
    rows = refused = gaps = 0
    for row in read(old, table, listed):
        if row is None:
            gaps += 1
            continue
        values = row[1:] if has_row_ids else row
        try:
            if not all(_fits(value, kind) for value, (_, kind, _) in zip(values, columns, strict=True)):
                raise sqlite3.IntegrityError(table)
            changed = fresh.execute(put, row).rowcount
        except (sqlite3.IntegrityError, OverflowError):
            changed = 0
        rows += changed
        refused += not changed
    return Saved(table, rows, refused, gaps)


def _fits(value: object, kind: str) -> bool:
    wanted = _AFFINITIES.get(kind.partition("(")[0].upper())
    if value is None or wanted is None:
        return True
    if wanted is str:
        return isinstance(value, str) and "\0" not in value
    return isinstance(value, (int, float) if wanted is float else wanted)


def _has_row_ids(connection: sqlite3.Connection, table: str) -> bool:
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return "WITHOUT ROWID" not in str(sql).upper()


def _by_row_id(connection: sqlite3.Connection, table: str, columns: str) -> Iterator[Row | None]:
    """The rows with their ids in front, in order; None for each gap that cannot be read."""
    query = f"SELECT rowid, {columns} FROM {table} NOT INDEXED WHERE rowid >= ? ORDER BY rowid"
    start = -_LAST
    while True:
        last = None
        for row in _until_damage(connection, query, (start,)):
            if row is None:
                break
            last = row[0]
            yield row
        else:
            return
        yield None
        start = _after_gap(connection, table, start if last is None else last + 1)
        if start > _LAST:
            return


def _after_gap(connection: sqlite3.Connection, table: str, damaged: int) -> int:
    """The first row id after a damaged place from which rows can be read; beyond `_LAST` if there is none."""

    def can_read(start: int) -> bool:
        query = f"SELECT * FROM {table} NOT INDEXED WHERE rowid >= ? ORDER BY rowid LIMIT 1"
        return next(iter(_until_damage(connection, query, (start,))), ()) is not None

    start = max(damaged, 0)
    step = 1
    while start + step <= _LAST and not can_read(start + step):
        step *= 2
    if start + step > _LAST:
        return _LAST + 1
    low, high = start + step // 2, start + step  # one that cannot be read, and one that can
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if can_read(middle) else (middle, high)
    return high


def _by_key(connection: sqlite3.Connection, table: str, columns: str) -> Iterator[Row | None]:
    """The same of a table without row ids: from its beginning, and from its end, up to what cannot be read."""
    seen: set[Row] = set()
    for order in ("", _descending(connection, table)):
        whole = True
        for row in _until_damage(connection, f"SELECT {columns} FROM {table} {order}", ()):
            if row is None:
                whole = False
                break
            if row not in seen:
                seen.add(row)
                yield row
        if whole:
            return
        if not order:
            yield None


def _descending(connection: sqlite3.Connection, table: str) -> str:
    keys = [(place, name) for _, name, _, _, _, place in connection.execute(f"PRAGMA table_info({table})") if place]
    return "ORDER BY " + ", ".join(f"{name} DESC" for _, name in sorted(keys))


def _until_damage(connection: sqlite3.Connection, query: str, given: tuple[int, ...]) -> Iterator[Row | None]:
    """The rows of a query; None at the end where it cannot go on."""
    try:
        with closing(connection.execute(query, given)) as cursor:
            yield from cursor
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        yield None
