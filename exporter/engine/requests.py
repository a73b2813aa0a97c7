"""Requests to the ingest thread, combined until it takes them."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import NamedTuple

from exporter.domain.sessions.session import ProcessSample


class Request(NamedTuple):
    """Changed files, folders to scan, whether to scan everything, to finish ended blocks and to read limits, and the
    last process sample.
    """

    paths: frozenset[str]
    folders: frozenset[Path]
    scan: bool
    finish: bool
    limits: bool
    sample: ProcessSample | None
    since: float
    """`time.monotonic()` of the oldest part."""

    @property
    def reads(self) -> bool:
        """Whether transcripts are to be read."""
        return self.scan or bool(self.paths or self.folders)


class Requests:
    """Many threads put requests, one takes them. Equal requests are combined."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._paths: set[str] = set()
        self._folders: set[Path] = set()
        self._scan = self._finish = self._limits = self._closed = False
        self._sample: ProcessSample | None = None
        self._since: float | None = None

    def put(
        self,
        *,
        paths: frozenset[str] = frozenset(),
        folders: frozenset[Path] = frozenset(),
        scan: bool = False,
        finish: bool = False,
        limits: bool = False,
        sample: ProcessSample | None = None,
        since: float | None = None,
    ) -> None:
        """Add a request. `since`: set if an older request is put back."""
        with self._change:
            self._paths |= paths
            self._folders |= folders
            self._scan |= scan
            self._finish |= finish
            self._limits |= limits
            self._sample = (self._sample or sample) if since is not None else (sample or self._sample)
            started = time.monotonic() if since is None else since
            self._since = started if self._since is None else min(self._since, started)
            self._change.notify()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a request, at most so long; False without one, and once closed."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._since is not None, seconds)
            return not self._closed and self._since is not None

    def take(self) -> Request:
        """All requests so far, combined."""
        with self._change:
            since = self._since if self._since is not None else time.monotonic()
            paths, folders = frozenset(self._paths), frozenset(self._folders)
            request = Request(paths, folders, self._scan, self._finish, self._limits, self._sample, since)
            self._paths.clear()
            self._folders.clear()
            self._scan = self._finish = self._limits = False
            self._since = self._sample = None
            return request

    def close(self) -> None:
        """End `wait`."""
        with self._change:
            self._closed = True
            self._change.notify_all()
