"""A mark belongs to the file in which damage was found, also where another one is at its path a moment later."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from exporter.cli.wiring.integrity_check import IntegrityCheck
from exporter.errors import DatabaseError
from exporter.store.damage import integrity
from exporter.store.damage.integrity import Findings
from exporter.store.database import damage_mark as mark
from exporter.store.database.owner import FileId, file_id
from exporter.store.open_store import open_store
from exporter.store.reader import Reader


@pytest.fixture
def database(tmp_path: Path) -> Path:
    for name in ("tracker.db", "other.db"):
        open_store(tmp_path / name, lambda _: None).close()
    return tmp_path / "tracker.db"


def put_other(database: Path) -> None:
    os.replace(database.with_name("other.db"), database)


def find_damage(database: Path, is_replaced: bool) -> None:
    if is_replaced:
        put_other(database)
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise error


@pytest.mark.parametrize(("is_replaced", "said"), [(False, "database disk image is malformed"), (True, None)])
def test_found_by_a_reader(database: Path, is_replaced: bool, said: str | None) -> None:
    reader = Reader(database)
    with pytest.raises(DatabaseError), reader.view():
        find_damage(database, is_replaced)
    assert said == mark.read(database)
    reader.close()


@pytest.mark.parametrize(("is_replaced", "said"), [(False, "database disk image is malformed"), (True, None)])
def test_found_by_the_writer(database: Path, is_replaced: bool, said: str | None) -> None:
    store = open_store(database, lambda _: None)
    with pytest.raises(DatabaseError), store.transaction():
        find_damage(database, is_replaced)
    assert said == mark.read(database)
    store.close()


@pytest.mark.parametrize(("is_replaced", "said"), [(False, "page 7"), (True, None)])
def test_found_by_the_check(
    database: Path, monkeypatch: pytest.MonkeyPatch, is_replaced: bool, said: str | None
) -> None:
    def check(path: Path) -> Findings:
        if is_replaced:
            put_other(path)
        return Findings(structure=("page 7",), totals=())

    monkeypatch.setattr(integrity, "check", check)
    IntegrityCheck(database, lambda: 1).look()
    assert said == mark.read(database)


@pytest.mark.parametrize("file", [None, FileId(0, 0)])
def test_of_no_file_or_of_another(database: Path, file: FileId | None) -> None:
    mark.put(database, file, "page 7")
    assert not database.with_name("tracker.db-damaged").exists()
    mark.put(database, file_id(database), "page 7")
    mark.put(database, file, "page 8")
    assert "page 7" == mark.read(database)
