"""Merges the database of another machine: from a private copy, which is migrated and in which every session is over."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exporter.domain.blocks.block import END_OF_TIME
from exporter.errors import DatabaseError
from exporter.store.database import copying
from exporter.store.merging.merge import Merged
from exporter.store.open_store import open_store
from exporter.store.store import Store


def merge(store: Store, path: Path, own: Path, now: int, *, dry_run: bool = False) -> Merged:
    """Merge the database at `path` into the open one, which is at `own`. `now`: ms. `dry_run`: only find out what.

    Raises ForeignDatabaseError for a newer version or another program's; DatabaseError.
    """
    check_source(path, own)
    with _copy(path, now) as copied:
        return store.merge(copied, "merge", now, dry_run=dry_run)


def check_source(path: Path, own: Path) -> None:
    """Raises DatabaseError if there is no such file, or it is the tracker's own database."""
    if not path.is_file():
        raise DatabaseError(f"{path} is not a file" if path.exists() else f"there is no file {path}")
    if not path.stat().st_size:
        raise DatabaseError(f"{path} is empty")
    if own.exists() and os.path.samefile(path, own):
        raise DatabaseError(f"{path} is this tracker's own database: choose that of another machine")


@contextmanager
def _copy(path: Path, now: int) -> Iterator[Path]:
    """A copy of the database, as of this version. The file itself is never touched."""
    with tempfile.TemporaryDirectory(prefix="claude-tracker-") as folder:
        copied = Path(folder) / "merge.db"
        if not copying.copy_of_other(path, copied):
            raise DatabaseError(
                f"{path} is not a database of claude-tracker: "
                "for one of an earlier tracker, or an export, use `claude-tracker import`"
            )
        finish(copied, now)
        yield copied


def finish(path: Path, now: int) -> None:
    """Migrate a copy, and end what runs in it at its last sign of life. Raises DatabaseError."""
    store = open_store(path, lambda _: None)
    try:
        store.observe((), (), END_OF_TIME, now)
    finally:
        store.close()
    copying.end_journal(path)
