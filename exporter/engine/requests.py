"""Requests to the ingest thread, combined until it takes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from exporter.domain.sessions.session import ProcessSample

MAX_SAMPLES = 500
"""The samples kept while the ingest thread is busy: each shows other processes or sessions than the one before."""


class Request(NamedTuple):
    """Changed files, folders to scan, whether to scan everything, to finish ended blocks and to read limits, and the
    process samples, the oldest first.
    """

    paths: frozenset[str]
    folders: frozenset[Path]
    scan: bool
    finish: bool
    limits: bool
    samples: tuple[ProcessSample, ...]
    since: float
    """`time.monotonic()` of the oldest part."""

    @property
    def reads(self) -> bool:
        """Whether transcripts are to be read."""
        return self.scan or bool(self.paths or self.folders)


def combine(samples: Sequence[ProcessSample]) -> list[ProcessSample]:
    """Without those samples whose processes and sessions the next one shows too."""
    found: list[ProcessSample] = []
    for sample in samples:
        missed = found.pop().missed if found and _shows(sample) == _shows(found[-1]) else ()
        found.append(structs.replace(sample, missed=(*missed, *sample.missed)))
    return found[-MAX_SAMPLES:]


def _shows(sample: ProcessSample) -> tuple[object, ...]:
    return sample.processes, {record.of_process: record.session_id for record in sample.records.values()}


class Requests:
    """Many threads put requests, one takes them. Equal requests are combined."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._paths: set[str] = set()
        self._folders: set[Path] = set()
        self._scan = self._finish = self._limits = self._closed = False
        self._samples: list[ProcessSample] = []
        self._since: float | None = None

    def put(
        self,
        *,
        paths: frozenset[str] = frozenset(),
        folders: frozenset[Path] = frozenset(),
        scan: bool = False,
        finish: bool = False,
        limits: bool = False,
        samples: Sequence[ProcessSample] = (),
        since: float | None = None,
    ) -> None:
        """Add a request. `since`: set if an older request is put back."""
        with self._change:
            self._paths |= paths
            self._folders |= folders
            self._scan |= scan
            self._finish |= finish
            self._limits |= limits
            self._samples = combine([*samples, *self._samples] if since is not None else [*self._samples, *samples])
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
            request = Request(paths, folders, self._scan, self._finish, self._limits, tuple(self._samples), since)
            self._paths.clear()
            self._folders.clear()
            self._scan = self._finish = self._limits = False
            self._since = None
            self._samples = []
            return request

    def close(self) -> None:
        """End `wait`."""
        with self._change:
            self._closed = True
            self._change.notify_all()
