"""The database of a tracker, as its engine sees it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from exporter.cli.clock import clock
from exporter.domain.retention import Retention
from exporter.domain.sessions.session import ProcessSample, SessionEvent
from exporter.ingest.catch_up import Ingest
from exporter.ingest.first_read import ReadAccounts
from exporter.ingest.identity import Identity
from exporter.ingest.limits.readings import take_limits
from exporter.ingest.notifications.warnings import Warnings
from exporter.ingest.sessions.detection import Detection
from exporter.sources.limits.files import LimitFiles
from exporter.store.store import Store

log = logging.getLogger(__name__)


class TrackedDatabase:
    """A database that the engine keeps up to date."""

    def __init__(
        self,
        ingest: Ingest,
        store: Store,
        limits: LimitFiles,
        accounts: ReadAccounts,
        warnings: Warnings,
        identity: Identity,
    ) -> None:
        self._identity = identity
        self._accounts = accounts
        self._ingest = ingest
        self._store = store
        self._detection = Detection(store, clock, _log_event)
        self._limits = limits
        self._warnings = warnings

    def catch_up(self, folders: Sequence[Path] | None = None) -> Sequence[str]:
        return (self._ingest.catch_up() if folders is None else self._ingest.catch_up_in(folders)).errors

    def catch_up_with(self, paths: Sequence[str]) -> Sequence[str]:
        return self._ingest.catch_up_with(paths).errors

    def retention(self) -> Retention:
        return self._ingest.retention()

    @property
    def reads_again(self) -> bool:
        return self._ingest.again.is_needed

    def read_again(self) -> None:
        self._ingest.read_again()

    def finish_blocks(self) -> None:
        self._store.finish_blocks(clock())
        self._store.calibrate(clock())
        self._identity.note()
        self._warnings.check()

    def observe(self, sample: ProcessSample) -> None:
        self._detection.observe(sample)

    def read_limits(self) -> bool:
        ok = take_limits(
            self._store,
            self._limits,
            self._accounts,
            clock,
            lambda alerts: self._warnings.forward_alerts(alerts, clock()),
        )
        self._warnings.check()
        return ok

    def move_clock(self, by: int) -> None:
        self._detection.move_clock(by)

    def is_current(self) -> bool:
        """Whether the file at the path is still the one that is open. Raises OverwrittenError."""
        return self._store.is_current()

    def close(self) -> None:
        self._detection.close()
        self._identity.note()
        self._store.close()


def _log_event(event: SessionEvent) -> None:
    log.info("%s", event)
