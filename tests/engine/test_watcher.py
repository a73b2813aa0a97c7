"""What cannot be watched is polled, and watched again once it can be."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.engine import watcher as module
from exporter.engine.inotify import find_unwatched, watched_inodes
from exporter.engine.watcher import Watcher
from support.processes import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


class Watching:
    """A watcher with what it reported. The system's limits are those of the test: it answers as libc does."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        from watchdog.observers import inotify_c

        self.changed: list[str] = []
        self.moved = 0
        self.instances, self.watches = True, 10_000
        self._init, self._add = inotify_c.inotify_init, inotify_c.inotify_add_watch
        patch.setattr(inotify_c, "inotify_init", self._inotify_init)
        patch.setattr(inotify_c, "inotify_add_watch", self._inotify_add_watch)
        patch.setattr(inotify_c.InotifyFD, "_instance", None)
        self.watcher = Watcher(lambda name: name.endswith(".jsonl"), self.changed.append, self._note_moved)

    def _note_moved(self) -> None:
        self.moved += 1

    def _inotify_init(self) -> int:
        if not self.instances:
            ctypes.set_errno(errno.EMFILE)
            return -1
        return int(self._init())

    def _inotify_add_watch(self, fd: int, path: bytes, mask: int) -> int:
        inode = os.stat(path).st_ino
        watched = watched_inodes() or frozenset()
        if inode not in watched and len(watched) >= self.watches:
            ctypes.set_errno(errno.ENOSPC)
            return -1
        return int(self._add(fd, path, mask))

    def reports(self, path: Path) -> None:
        """Wait until a change of this file is reported."""
        path.write_text("{}\n")
        wait_until(lambda: str(path) in self.changed, "it is reported", seconds=5)
        self.changed.clear()


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0)
    made = Watching(monkeypatch)
    yield made
    made.watcher.stop()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "projects"
    for name in "abcde":
        (folder / name).mkdir(parents=True)
    return folder


def state(watcher: Watcher) -> tuple[bool, int, int]:
    return watcher.is_up, watcher.watched, len(watcher.polled)


def test_every_folder_is_watched(watching: Watching, root: Path, tmp_path: Path) -> None:
    assert watching.watcher.watch([root, tmp_path / "absent"])
    assert (True, 1, 0) == state(watching.watcher)
    assert not watching.watcher.watch([root])
    watching.reports(root / "a" / "s1.jsonl")
    assert None is find_unwatched(root, watched_inodes() or frozenset())


def test_without_an_instance_it_is_polled_until_there_is_one(
    watching: Watching, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watching.instances = False
    for _ in range(3):
        assert not watching.watcher.watch([root])
        assert (False, 0, 1) == state(watching.watcher)
    assert 1 == len(caplog.records)
    assert "looking every few seconds instead" in caplog.text
    watching.instances = True
    assert watching.watcher.watch([root])
    assert (True, 1, 0) == state(watching.watcher)
    watching.reports(root / "a" / "s1.jsonl")


@pytest.mark.parametrize("watches", [0, 1, 3, 5])
def test_with_too_few_watches_it_is_polled_until_there_are_enough(watching: Watching, root: Path, watches: int) -> None:
    watching.watches = watches
    for _ in range(4):
        watching.watcher.watch([root])
        assert (False, 0, 1) == state(watching.watcher)
    watching.watches = 100
    came_back = [watching.watcher.watch([root]) for _ in range(3)]
    assert any(came_back)
    assert (True, 1, 0) == state(watching.watcher)
    for name in "abcde":
        watching.reports(root / name / "s1.jsonl")


def test_watches_that_are_used_up_later_are_noticed(watching: Watching, root: Path) -> None:
    watching.watcher.watch([root])
    watching.watches = 6
    (root / "f").mkdir()
    wait_until(lambda: watching.moved, "it is reported", seconds=5)
    watching.watcher.watch([root])
    assert (False, 0, 1) == state(watching.watcher)
    (root / "f").rmdir()
    wait_until(lambda: watching.watcher.watch([root]) or watching.watcher.is_up, "it comes back", seconds=5)
    assert (True, 1, 0) == state(watching.watcher)


def test_a_folder_made_again_is_watched_whatever_its_inode(watching: Watching, root: Path) -> None:
    watching.watcher.watch([root])
    for number in range(5):
        for folder in (*(root / name for name in "abcde"), root):
            if folder.exists():
                for file in folder.glob("*.jsonl"):
                    file.unlink()
                folder.rmdir()
        root.mkdir()
        assert watching.watcher.watch([root])
        assert (True, 1, 0) == state(watching.watcher)
        watching.reports(root / f"s{number}.jsonl")


def test_a_folder_that_another_replaces_is_watched(watching: Watching, root: Path, tmp_path: Path) -> None:
    watching.watcher.watch([root])
    root.rename(tmp_path / "old")
    (root / "new").mkdir(parents=True)
    assert watching.watcher.watch([root])
    watching.reports(root / "new" / "s1.jsonl")


def test_a_folder_that_is_gone_is_neither_watched_nor_polled(watching: Watching, root: Path, tmp_path: Path) -> None:
    watching.instances = False
    watching.watcher.watch([root])
    root.rename(tmp_path / "old")
    watching.watcher.watch([root])
    assert frozenset() == watching.watcher.polled
    assert 0 == watching.watcher.watched


def test_a_linked_project_is_polled(watching: Watching, root: Path, tmp_path: Path) -> None:
    """The system does not report what happens behind a link."""
    (tmp_path / "elsewhere").mkdir()
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    watching.watcher.watch([root])
    assert (False, 0, 1) == state(watching.watcher)
    watching.reports(root / "a" / "s1.jsonl")  # the others are reported all the same


def test_an_observer_that_died_is_replaced(watching: Watching, root: Path) -> None:
    watching.watcher.watch([root])
    watching.watcher.stop()
    wait_until(lambda: not watching.watcher.is_up, "it has ended", seconds=5)
    assert watching.watcher.watch([root])
    assert (True, 1, 0) == state(watching.watcher)


def test_it_is_due_each_second_only_while_there_is_no_root(
    watching: Watching, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("exporter.engine.watcher.time.monotonic", lambda: now[0])
    due = []
    for second in range(3):
        now[0] = 100.0 + second
        due.append(watching.watcher.is_due())
        watching.watcher.watch([tmp_path / "absent"])
    assert [True, True, True] == due
    watching.watcher.watch([root])
    found = []
    for second in range(3, 13):
        now[0] = 100.0 + second
        found.append(watching.watcher.is_due())
    assert [False] * 4 == found[:4]
    assert 2 == sum(found)
