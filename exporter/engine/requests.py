"""What is asked of the ingest thread, gathered until it has time."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from exporter.domain.sessions.session import ProcessSample


class Request(NamedTuple):
    """Files that changed, whether to look through everything, to finish blocks that ended, and to read limits; and
    what was last seen to run."""

    paths: frozenset[str]
    look: bool
    finish: bool
    limits: bool
    seen: ProcessSample | None
    since: float
    """`time.monotonic()` of the oldest part."""

    @property
    def reads(self) -> bool:
        """Whether transcripts are to be read."""
        return self.look or bool(self.paths)


class Requests:
    """A box that many threads fill and one empties. Asking twice for the same is asking once."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._paths: set[str] = set()
        self._look = self._finish = self._limits = self._closed = False
        self._seen: ProcessSample | None = None
        self._since: float | None = None

    def put(
        self,
        *,
        paths: frozenset[str] = frozenset(),
        look: bool = False,
        finish: bool = False,
        limits: bool = False,
        seen: ProcessSample | None = None,
        since: float | None = None,
    ) -> None:
        """Ask. `since` is earlier than now where an older request is put back."""
        with self._change:
            self._paths |= paths
            self._look |= look
            self._finish |= finish
            self._limits |= limits
            self._seen = (self._seen or seen) if since is not None else (seen or self._seen)
            began = time.monotonic() if since is None else since
            self._since = began if self._since is None else min(self._since, began)
            self._change.notify()

    def wait(self) -> bool:
        """Wait until there is something to take; False once closed."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._since is not None)
            return not self._closed

    def take(self) -> Request:
        """Everything asked so far."""
        with self._change:
            since = self._since if self._since is not None else time.monotonic()
            request = Request(frozenset(self._paths), self._look, self._finish, self._limits, self._seen, since)
            self._paths.clear()
            self._look = self._finish = self._limits = False
            self._since = self._seen = None
            return request

    def close(self) -> None:
        """Nothing more will be taken."""
        with self._change:
            self._closed = True
            self._change.notify_all()
