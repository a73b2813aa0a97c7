"""Reports changed transcript files below the roots, using watchdog. What cannot be watched is left to polling."""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from exporter.engine.inotify import Unwatched, find_unwatched, watched_inodes
from exporter.errors import reason
from exporter.sources.mounts import is_remote

# Of folders that come quickly one in another, watchdog sees the inner one twice; the second time changes nothing.
warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning, "watchdog")

log = logging.getLogger(__name__)

# Without open and close events: our own reads cause these.
EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
ROOTS_SECONDS = 5
"""Seconds between checks for new roots, and between scans of those that cannot be watched."""
LOOK_SECONDS = 1
"""The same while there is no root at all: somebody waits for the first figure."""
VERIFY_SECONDS = 60
"""The longest time between checks whether every folder below a root is watched."""
SETTLE_SECONDS = 0.3
"""A folder that was just created is watched by then."""
RETRY_SECONDS = 30
"""Seconds between attempts to watch what could only be watched in part."""
_REASONS: dict[Unwatched, str] = {
    "folder": "the system allows too few watches for its folders",
    "link": "it contains links to other folders",
}


class _Watched(NamedTuple):
    """A root with a watch. `is_listed`: whether the system lists the watched folders."""

    inode: int
    watch: ObservedWatch
    is_listed: bool
    since: float


class Watcher:
    """Watches the existing roots. Calls `changed(path)` for files, and `moved()` for created, deleted or moved folders.

    Both are called on the observer's thread.
    """

    def __init__(
        self, is_transcript: Callable[[str], bool], changed: Callable[[str], None], moved: Callable[[], None]
    ) -> None:
        self._observer: BaseObserver | None = None
        self._handler = _Handler(is_transcript, changed, moved, self._note_folder)
        self._watches: dict[Path, _Watched] = {}
        self._polled: set[Path] = set()
        self._remote: set[Path] = set()
        self._due_at = 0.0
        self._lost: set[str] = set()
        self._verified_at: float | None = None

    def stop(self) -> None:
        if self._observer is not None:
            self._observer.stop()

    @property
    def is_up(self) -> bool:
        """Whether every root that exists is watched."""
        return not self._polled and (self._observer is None or self._observer.is_alive())

    def is_due(self) -> bool:
        """Whether to watch again, asked every `LOOK_SECONDS`; if so, the next time counts from now."""
        now = time.monotonic()
        is_due = now >= self._due_at or not (self._watches or self._polled)
        if is_due:
            self._due_at = now + ROOTS_SECONDS - LOOK_SECONDS / 2
        return is_due

    @property
    def polled(self) -> frozenset[Path]:
        """The roots that exist and are not, or not completely, watched."""
        return frozenset(self._polled)

    @property
    def watched(self) -> int:
        """How many roots are completely watched."""
        return len(self._watches.keys() - self._polled)

    def watch(self, roots: Iterable[Path]) -> bool:
        """Watch these roots, and only these. Returns whether one is newly watched and needs a scan.

        Call it regularly, in the process that watches: an observer has threads, which do not survive a fork.
        """
        existing = {root: inode for root in roots if (inode := _inode(root)) is not None}
        if self._observer is not None and not self._observer.is_alive():
            self._observer = None
            self._watches.clear()
        covered = watched_inodes()
        for root, known in list(self._watches.items()):
            inode = existing.get(root)
            is_other = known.inode != inode or str(root) in self._lost
            if is_other or (known.is_listed and covered is not None and inode not in covered):
                self._drop(root)
        self._lost.clear()
        added = {root for root, inode in existing.items() if root not in self._watches and self._add(root, inode)}
        self._polled &= existing.keys()
        self._remote &= existing.keys()
        return self._verify(existing, added) or bool(added)

    def _verify(self, existing: Iterable[Path], added: set[Path]) -> bool:
        """Find the roots that are watched in part. Returns whether one was, and no longer is."""
        now = time.monotonic()
        is_due = self._verified_at is None or now - self._verified_at >= VERIFY_SECONDS
        if is_due:
            self._verified_at = now
        came_back = False
        for root in existing:
            known = self._watches.get(root)
            if known is None:
                continue
            if not (is_due or root in added or root in self._polled):
                continue
            if unwatched := _unwatched_in(known, root):
                self._poll(root, _REASONS[unwatched])
                if unwatched == "folder" and now - known.since >= RETRY_SECONDS:
                    self._drop(root)
                    self._add(root, known.inode)
            else:
                came_back |= root in self._polled
                self._unpoll(root)
        return came_back

    def _add(self, root: Path, inode: int) -> bool:
        if root not in self._polled and is_remote(root):
            self._remote.add(root)
        if root in self._remote:
            self._poll(root, "its file system does not report changes")
            return False
        try:
            if self._observer is None:
                observer = Observer()
                observer.start()
                self._observer = observer
            watch = self._observer.schedule(self._handler, str(root), recursive=True, event_filter=EVENTS)
        except (OSError, RuntimeError) as error:
            self._poll(root, reason(error))
            return False
        covered = watched_inodes()
        self._watches[root] = _Watched(inode, watch, covered is not None and inode in covered, time.monotonic())
        if root not in self._polled:
            log.info("watching %s", root)
        return True

    def _drop(self, root: Path) -> None:
        known = self._watches.pop(root)
        if self._observer is not None:
            try:
                self._observer.unschedule(known.watch)
            except (KeyError, OSError):
                log.debug("the watch on %s is gone already", root)

    def _poll(self, root: Path, reason: str) -> None:
        if root not in self._polled:
            log.warning("cannot watch %s (%s): looking every few seconds instead", root, reason)
        self._polled.add(root)

    def _unpoll(self, root: Path) -> None:
        if root in self._polled:
            log.info("watching %s again", root)
        self._polled.discard(root)

    def _note_folder(self, path: str, *, is_deleted: bool) -> None:
        """A folder came or went: on the observer's thread."""
        self._verified_at = None
        if is_deleted:
            self._lost.add(path)


def _unwatched_in(known: _Watched, root: Path) -> Unwatched | None:
    """What is not watched of a root, also not after a moment, where the system lists what is."""
    if not known.is_listed:
        return None
    found = find_unwatched(root, watched_inodes() or frozenset())
    if found == "folder":
        time.sleep(SETTLE_SECONDS)
        found = find_unwatched(root, watched_inodes() or frozenset())
    return found


def _inode(root: Path) -> int | None:
    try:
        found = os.stat(root)
    except OSError:
        return None
    return found.st_ino


class _Handler(FileSystemEventHandler):
    def __init__(
        self,
        is_transcript: Callable[[str], bool],
        changed: Callable[[str], None],
        moved: Callable[[], None],
        note_folder: Callable[..., None],
    ) -> None:
        self._is_transcript = is_transcript
        self._changed = changed
        self._moved = moved
        self._note_folder = note_folder

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.is_directory:
            self._note_folder(os.fsdecode(event.src_path), is_deleted=isinstance(event, DirDeletedEvent))
            self._moved()
            return
        for path in (os.fsdecode(event.src_path), os.fsdecode(event.dest_path)):
            if path and self._is_transcript(os.path.basename(path)):
                self._changed(path)
