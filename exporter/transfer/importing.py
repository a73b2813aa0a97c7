"""Imports an export, or the database of an earlier tracker."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from exporter.errors import DatabaseError, ExportError, reason
from exporter.files import open_regular, read_file
from exporter.ingest.merging import check_source, finish
from exporter.store.merging import files
from exporter.store.merging.files import ExportFile
from exporter.store.merging.loading import Loader
from exporter.store.merging.merge import Merged
from exporter.store.open_store import open_store
from exporter.store.store import Store
from exporter.transfer.export import FORMAT_VERSION
from exporter.transfer.files import FACTS

_TABLES = ("accounts", "sessions", "responses", "events", "runs", "limits_reached", "limit_readings")
"""What is read of an export. The others follow from it."""

_MAX_FACTS, _MAX_LINE = 1 << 20, 16 << 20
"""Bytes."""

Take = Callable[[Store, int], Merged]
"""Takes it into the open database, at a time (ms)."""


class Exported(Protocol):
    """An export."""

    def facts(self) -> dict[str, str]:
        """What it is."""

    def rows(self, table: str) -> Iterator[dict[str, Any] | None]:
        """The rows of a table as objects; None for what is none."""


class ExportFolder:
    """An export as a folder of JSON lines."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def facts(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(read_file(self._folder / FACTS, _MAX_FACTS), type=dict[str, str])
        except (OSError, msgspec.DecodeError) as error:
            raise ExportError(f"{self._folder} is not an export: cannot read {FACTS}: {reason(error)}") from error

    def rows(self, table: str) -> Iterator[dict[str, Any] | None]:
        path = self._folder / f"{table}.jsonl"
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        try:
            with os.fdopen(open_regular(path)[0], "rb") as file:
                while line := file.readline(_MAX_LINE):
                    try:
                        yield decode(line)
                    except (msgspec.DecodeError, RecursionError):
                        yield None
        except OSError as error:
            raise ExportError(f"cannot read {path}: {reason(error)}") from error


def find_taker(path: Path, own: Path, *, dry_run: bool) -> Take:
    """How to import what is at `path` into the database at `own`. `dry_run`: only find out what would be new.

    Raises ExportError, DatabaseError for what cannot be imported.
    """
    if path.is_dir():
        folder = ExportFolder(path)
        _check(folder, path)
        return lambda store, now: _take_export(store, folder, now, dry_run=dry_run)
    check_source(path, own)
    kind = files.kind_of(path)
    if kind == "tracker":
        raise DatabaseError(f"{path} is a database of claude-tracker: use `claude-tracker merge`")
    if kind == "other":
        raise DatabaseError(f"{path} is neither an export nor an earlier tracker's database: it has no real_sessions")
    if kind == "earlier":
        return lambda store, now: _take_earlier(store, path, now, dry_run=dry_run)
    exported = ExportFile(path)
    _check(exported, path)
    return lambda store, now: _take_export(store, exported, now, dry_run=dry_run)


def _check(exported: Exported, path: Path) -> None:
    """Raises ExportError for what `import` cannot read."""
    facts = exported.facts()
    if facts.get("format") != "claude-tracker":
        raise ExportError(f"{path} is not an export of claude-tracker")
    if not facts.get("version", "").isdecimal() or int(facts["version"]) > FORMAT_VERSION:
        raise ExportError(f"{path} was written by a newer claude-tracker: update claude-tracker")
    if facts.get("privacy") != "full":
        raise ExportError(f"{path} has sums only: write it with `claude-tracker export --privacy full`")


def _take_earlier(store: Store, path: Path, now: int, *, dry_run: bool) -> Merged:
    found = files.read_earlier(path)
    merged = store.take_earlier(found.sessions, now, dry_run=dry_run)
    skipped = dict(merged.skipped)
    if found.blocks:
        skipped["five-hour blocks, whose tokens are those of the sessions"] = found.blocks
    return msgspec.structs.replace(merged, skipped=skipped)


def _take_export(store: Store, exported: Exported, now: int, *, dry_run: bool) -> Merged:
    with tempfile.TemporaryDirectory(prefix="claude-tracker-") as folder:
        path = Path(folder) / "export.db"
        skipped = _load(exported, path)
        finish(path, now)
        merged = store.merge(path, "export", now, dry_run=dry_run)
    rows = {f"rows of {table} that do not fit": number for table, number in sorted(skipped.items())}
    return msgspec.structs.replace(merged, skipped=merged.skipped | rows)


def _load(exported: Exported, path: Path) -> dict[str, int]:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    store = open_store(path, lambda _: None)
    try:
        with store.transaction():
            loader = Loader(store.connection)
            for table in _TABLES:
                loader.load(table, exported.rows(table))
            loader.finish()
        return dict(loader.skipped)
    finally:
        store.close()
