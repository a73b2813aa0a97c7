"""Reports changed transcript files below the roots, using watchdog."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path

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


class Watcher:
    """Watches the existing roots. Calls `changed(path)` for files, and `moved()` for created, deleted or moved folders.

    Both are called on the observer's thread.
    """

    def __init__(
        self, is_transcript: Callable[[str], bool], changed: Callable[[str], None], moved: Callable[[], None]
    ) -> None:
        self._observer: BaseObserver | None = None
        self._handler = _Handler(is_transcript, changed, moved)
        self._watches: dict[Path, tuple[int, ObservedWatch]] = {}
        self._refused: set[Path] = set()

    def start(self) -> None:
        """Call it in the process that watches: an observer has threads, which do not survive a fork."""
        self._observer = Observer()
        self._observer.start()

    def stop(self) -> None:
        if self._observer is not None:
            self._observer.stop()

    @property
    def is_up(self) -> bool:
        """Whether every root that exists is watched."""
        return self._observer is not None and self._observer.is_alive() and not self._refused

    def watch(self, roots: Iterable[Path]) -> bool:
        """Watch these roots, and only these. Returns whether one is newly watched and needs a scan.

        Call it after `start`.
        """
        observer = self._observer
        if observer is None:
            return False
        is_new = False
        self._refused.clear()
        for root in roots:
            inode = _inode(root)
            watched, watch = self._watches.get(root, (None, None))
            if watch is not None and watched != inode:
                observer.unschedule(watch)
                del self._watches[root]
                watch = None
            if watch is None and inode is not None:
                is_new |= self._add_watch(observer, root, inode)
        return is_new

    def _add_watch(self, observer: BaseObserver, root: Path, inode: int) -> bool:
        try:
            watch = observer.schedule(self._handler, str(root), recursive=True, event_filter=EVENTS)
        except OSError as error:
            self._refused.add(root)
            log.warning("cannot watch %s (%s): scanning it every few seconds instead", root, error)
            return False
        self._watches[root] = (inode, watch)
        log.info("watching %s", root)
        return True


def _inode(root: Path) -> int | None:
    try:
        found = os.stat(root)
    except OSError:
        return None
    return found.st_ino


class _Handler(FileSystemEventHandler):
    def __init__(
        self, is_transcript: Callable[[str], bool], changed: Callable[[str], None], moved: Callable[[], None]
    ) -> None:
        self._is_transcript = is_transcript
        self._changed = changed
        self._moved = moved

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.is_directory:
            self._moved()
            return
        for path in (os.fsdecode(event.src_path), os.fsdecode(event.dest_path)):
            if path and self._is_transcript(os.path.basename(path)):
                self._changed(path)
