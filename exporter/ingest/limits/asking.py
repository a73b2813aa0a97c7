"""Asks the installed client for the limits, not too often, and puts its answer where every other report waits."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from exporter.domain.calendar.clock import duration
from exporter.domain.limits.asking import LastQuestion, wait_ms
from exporter.errors import ClientError, ClientStopped, reason
from exporter.files import open_regular, read_file
from exporter.ingest.lock import held_file
from exporter.sources.limits.spool import write_spool_file

log = logging.getLogger(__name__)

MAX_BYTES = 1_024
STOP_SECONDS = 0.5
"""For the end of a client."""


class Asking:
    """Questions about the limits of one database.

    `answer`: asks the client, ends it as soon as the event is set, and raises ClientError.
    When it was asked last is kept in `<database>.asked`, so that a command, a tracker, and a tracker that was started
    again count together. `every`: ms between regular questions.
    """

    def __init__(
        self,
        database: Path,
        spool: Path,
        answer: Callable[[threading.Event], bytes],
        clock: Callable[[], int],
        every: int = 0,
    ) -> None:
        self._file = Path(f"{os.path.realpath(database)}.asked")
        self._spool = spool
        self._answer = answer
        self._clock = clock
        self._every = every
        self._stopping = threading.Event()
        self._busy = threading.Lock()

    def ask(self) -> None:
        """Ask once, and put the answer into the spool. Raises ClientError, also if it was asked just now."""
        with held_file(self._file) as is_ours:
            if not is_ours:
                raise ClientError("another claude-tracker is asking for the limits right now; try again in a minute")
            now, last = self._clock(), self._last()
            left = wait_ms(last, now)
            if last is not None and left > 0:
                ago, then = duration(now - last.at), duration(left)
                raise ClientError(f"the limits were asked for {ago} ago; ask again in {then}")
            self._ask(last, now)

    def ask_when_due(self) -> None:
        """Ask if it is time to, and nobody else is asking; for a regular job. Raises ClientError."""
        if self._stopping.is_set() or wait_ms(self._last(), self._clock(), self._every) > 0:
            return
        with held_file(self._file) as is_ours, suppress(ClientStopped):
            now, last = self._clock(), self._last()
            if is_ours and wait_ms(last, now, self._every) <= 0:
                self._ask(last, now)

    def stop(self) -> None:
        """Ask no more, end a client that is running, and wait for that, at most `STOP_SECONDS`."""
        self._stopping.set()
        if self._busy.acquire(timeout=STOP_SECONDS):
            self._busy.release()

    def _ask(self, before: LastQuestion | None, now: int) -> None:
        failures = before.failures if before is not None else 0
        with self._busy:
            self._note(LastQuestion(now, failures + 1))  # whatever ends it
            try:
                content = self._answer(self._stopping)
            finally:
                if self._stopping.is_set():
                    self._note(LastQuestion(now, failures))
        try:
            write_spool_file(self._spool, content, "usage")
        except OSError as error:
            raise ClientError(f"cannot write to {self._spool}: {reason(error)}") from error
        self._note(LastQuestion(now))

    def _last(self) -> LastQuestion | None:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(read_file(self._file, MAX_BYTES, ours=True), type=LastQuestion)
        return None

    def _note(self, last: LastQuestion) -> None:
        """Raises ClientError: without it the client would be asked too often."""
        try:
            fd, _ = open_regular(self._file, os.O_WRONLY | os.O_CREAT, ours=True)
            try:
                content = msgspec.json.encode(last)
                os.write(fd, content)
                os.ftruncate(fd, len(content))
            finally:
                os.close(fd)
        except OSError as error:
            raise ClientError(f"cannot write to {self._file}: {reason(error)}") from error
