"""A database that is put in the place of another, and what can fail: one of the two always has its name."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from exporter.errors import DatabaseError
from exporter.store.damage import saving
from exporter.store.open_store import open_store


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("", "-wal", "-shm", "-owner"):
        (folder / f"tracker.db{name}").write_text(f"old{name}")
    (folder / "part").write_text("new")
    return folder / "tracker.db"


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


OLD = {f"tracker.db{name}": f"old{name}" for name in ("", "-wal", "-shm", "-owner")}


def test_what_was_there_is_kept_with_its_journal(place: Path) -> None:
    kept = saving.replace(place, place.with_name("part"), "before-restore")
    assert place.with_name("tracker.db.before-restore") == kept
    before = {f"tracker.db.before-restore{name}": f"old{name}" for name in ("", "-wal", "-shm", "-owner")}
    assert {"tracker.db": "new"} | before == files(place.parent)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("call", ["replace", "unlink"])
@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
def test_where_it_fails_the_old_one_is_back(
    place: Path, monkeypatch: pytest.MonkeyPatch, call: str, fails_at: int, links: bool
) -> None:
    real, calls = getattr(os, call), []

    def failing(*arguments: object, **named: object) -> None:
        calls.append(arguments)
        if len(calls) == fails_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(*arguments, **named)

    def no_link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        if not links:
            patched.setattr(os, "link", no_link)
        done = []
        with suppress(DatabaseError):
            done.append(saving.replace(place, place.with_name("part"), "damaged"))
    if done:
        assert "new" == place.read_text()
        return
    found = files(place.parent)
    found.pop("part")
    assert OLD == found


def test_a_name_that_nothing_has(place: Path) -> None:
    for path in place.parent.glob("tracker.db*"):
        path.unlink()
    assert None is saving.replace(place, place.with_name("part"), "before-restore")
    assert {"tracker.db": "new"} == files(place.parent)


def test_errors_name_the_file_that_the_user_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the hidden one in which it is made."""
    database, saved = tmp_path / "tracker.db", tmp_path / "saved.db"
    open_store(database, lambda _: None).close()
    saving.save(database, saved)

    def no_room(path: Path, *_: object, **__: object) -> None:
        raise DatabaseError(f"cannot write the database {path}: database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(saving, "end_journal", no_room)
        with pytest.raises(DatabaseError, match=f"^cannot write the database {tmp_path}/other.db: database or disk"):
            saving.save(database, tmp_path / "other.db")
    with monkeypatch.context() as patched:
        patched.setattr(saving, "open_to_write", no_room)
        with pytest.raises(DatabaseError, match=f"^cannot write the database {database}: database or disk is full"):
            saving.restore(saved, database)
    assert ["saved.db", "tracker.db"] == sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".db")
    assert [] == list(tmp_path.glob(".*"))
