"""The lock file: what somebody else put in its place is neither followed nor written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import DatabaseError
from exporter.ingest import lock
from exporter.ingest.lock import COMMAND, Holder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs links and owners")
HOLDER = Holder(1, COMMAND, "claude-tracker ingest", 0)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "t.db"


def test_a_link_is_refused_and_its_target_not_written(database: Path, tmp_path: Path) -> None:
    target, path = tmp_path / "precious", lock.lock_path(database)
    target.write_text("precious")
    path.symlink_to(target)
    message = (
        rf"cannot use the lock file {path}: a symbolic link; remove it if no claude-tracker runs, or choose another"
    )
    with pytest.raises(DatabaseError, match=message):
        lock.acquire(database, HOLDER)
    assert ("precious", None) == (target.read_text(), lock.held_by(database))


def test_a_dangling_link_creates_nothing(database: Path, tmp_path: Path) -> None:
    lock.lock_path(database).symlink_to(tmp_path / "made")
    with pytest.raises(DatabaseError, match="a symbolic link"):
        lock.acquire(database, HOLDER)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(os.mkfifo, "not a regular file; remove it", id="a pipe"),
        pytest.param(lambda path: path.mkdir(), "Is a directory; remove it", id="a folder"),
    ],
)
def test_what_is_not_a_file_is_refused(database: Path, make: Callable[[Path], object], why: str) -> None:
    make(lock.lock_path(database))
    with pytest.raises(DatabaseError, match=why):
        lock.acquire(database, HOLDER)
    assert None is lock.held_by(database)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can change an owner")
def test_the_lock_of_another_user_is_refused(database: Path) -> None:
    path = lock.lock_path(database)
    path.write_text("theirs")
    os.chown(path, 65_534, 65_534)
    with pytest.raises(DatabaseError, match="it belongs to another user; remove it"):
        lock.acquire(database, HOLDER)
    assert "theirs" == path.read_text()


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b'{"pid":' * 100_000, b"[" * 1_000_000, b"\xff\xfe", b'{"pid": 1}', b"x" * 100_000],
    ids=["empty", "garbage", "deep", "deep and large", "not UTF-8", "half", "large"],
)
def test_a_text_that_names_nobody(database: Path, content: bytes) -> None:
    lock.lock_path(database).write_bytes(content)
    assert None is lock.held_by(database)
    held = lock.acquire(database, HOLDER)
    assert held is not None
    assert lock.held_by(database) == HOLDER
    held.release()


def test_a_database_is_known_by_its_open_lock_file() -> None:
    second = lock.locks_folder() / "1-2.lock"
    assert [Path("/data/t.db")] == lock.databases_held_by(["/data/t.db", "/data/t.db.lock", str(second), "/dev/null"])


def test_who_holds_the_lock_as_a_tracker(database: Path) -> None:
    assert None is lock.tracker_of(database)
    tracker = Holder(os.getpid(), lock.TRACKER, "claude-tracker run", 0)
    taken = lock.acquire(database, tracker)
    assert taken
    assert tracker == lock.tracker_of(database)
    taken.release()
    assert None is lock.tracker_of(database)
    command = lock.acquire(database, HOLDER)
    assert command
    assert None is lock.tracker_of(database)
    command.release()
