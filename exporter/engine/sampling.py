"""Takes process samples: at an interval, and at once when a registry changes: `claude -p` may live for a second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from exporter.domain.sessions.session import ProcessSample

log = logging.getLogger(__name__)

RESEND_SECONDS = 15
"""After this many seconds an unchanged process sample is passed on too."""
SOON_SECONDS = 0.05
"""Between two samples that changes of a registry ask for."""


class Sampling:
    """Takes samples on the callers' threads and one of its own; none if `take_sample` is None.

    `pass_on` is called with each that may matter.
    """

    def __init__(
        self, take_sample: Callable[[], ProcessSample] | None, pass_on: Callable[[ProcessSample], None]
    ) -> None:
        self._take_sample = take_sample
        self._pass_on = pass_on
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._is_stopping = False
        self._sent_basis: object = None
        self._sent_at = 0.0
        self._ingested_at: int | None = None
        self._thread = threading.Thread(target=self._work, name="registry", daemon=True)
        self.last = ProcessSample()
        """The last sample."""

    @property
    def is_on(self) -> bool:
        return self._take_sample is not None

    def start(self) -> None:
        """Take the samples of `take_soon`."""
        if self.is_on:
            self._thread.start()

    def stop(self) -> None:
        """Take no more samples soon."""
        self._is_stopping = True
        self._wanted.set()

    def take(self, ingested_at: int | None) -> None:
        """Pass a sample on if it may matter: it changed, something was ingested (at this time), or time has elapsed."""
        with self._lock:
            self._ingested_at = ingested_at
            self._take()

    def take_soon(self) -> None:
        """Take a sample on the own thread; one for many calls."""
        self._wanted.set()

    def _take(self) -> None:
        if self._take_sample is None:
            return
        sample, now = self._take_sample(), time.monotonic()
        basis = (sample.processes, sample.records, self._ingested_at)
        self.last = sample
        if basis != self._sent_basis or sample.missed or now - self._sent_at >= RESEND_SECONDS:
            self._sent_basis, self._sent_at = basis, now
            self._pass_on(sample)

    def _work(self) -> None:
        while self._wanted.wait() and not self._is_stopping:
            self._wanted.clear()
            try:
                with self._lock:
                    self._take()
            except Exception as error:
                log.error("a process sample failed", exc_info=error)
            time.sleep(SOON_SECONDS)
