"""Opens a store: the database at a path, or a new one that appears there once it is complete."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter.errors import DatabaseError, ReplacedError, reason
from exporter.store.database import opening
from exporter.store.database.open_file import OpenFile
from exporter.store.database.owner import file_id
from exporter.store.store import Store


def open_store(path: Path, announce: Callable[[str], None], *, serves: bool = False) -> Store:
    """Open the database at `path`; create or adopt it as needed. `serves`: its totals are scraped meanwhile.

    Raises ForeignDatabaseError, DatabaseError, ReplacedError.
    """
    before = file_id(path)
    connection = opening.open_to_write(path, announce)
    try:
        opened = OpenFile(path, connection)
        if before not in (None, opened.file):
            # Which of the two files is open is not known: neither is written.
            connection.close()
            raise ReplacedError(f"another file replaced {path} while it was opened")
        return Store(connection, opened, serves=serves)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot open the database {path}: {reason(error)}") from error


@contextmanager
def new_store(path: Path, complete: Callable[[Store], object] = lambda store: None) -> Iterator[Store]:
    """A new database for the first read: it appears at `path` when the block succeeds, not before.

    `complete`: puts more into it, in transactions of its own, before it appears.

    Raises DatabaseError.
    """
    temporary = path.with_name(f"{path.name}.first-read")
    connection = opening.open_bulk(temporary)
    try:
        connection.execute("BEGIN")
        store = Store(connection)
        store.load_in_bulk()
        yield store
        connection.execute("COMMIT")
        complete(Store(connection))
        opening.publish_bulk(connection, temporary, path)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"cannot write the database {path}: {reason(error)}") from error
    finally:
        connection.close()
        temporary.unlink(missing_ok=True)
