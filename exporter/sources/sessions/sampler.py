"""Takes samples of the processes together with their records in Claude Code's registry."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import psutil

from exporter.domain.health import CollectorHealth
from exporter.domain.sessions.session import ProcessSample, Record
from exporter.errors import reason
from exporter.sources.error_log import ErrorLog
from exporter.sources.sessions.missed import MissedRecords
from exporter.sources.sessions.processes import SampledProcesses
from exporter.sources.sessions.registry import Registry


class SampleProcesses(Protocol):
    """Finds the session processes."""

    def sample(self, registered: Mapping[int, Record]) -> SampledProcesses:
        """Raises OSError or psutil.Error if the processes cannot be listed."""


class SessionSampler:
    """Takes a sample when called. A failure is logged once, shows as unhealthy while it lasts, and blocks nothing else.

    Several threads may call it. `config_dirs`: returns the folders where Claude keeps its state, for each sample.
    `clock`: monotonic seconds.
    """

    def __init__(
        self,
        sampler: SampleProcesses,
        config_dirs: Callable[[], Sequence[Path]],
        registry: Registry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sampler = sampler
        self._config_dirs = config_dirs
        self._registry = registry or Registry()
        self._lock = threading.Lock()
        self._missed = MissedRecords(clock)
        self._noted: list[Record] = []
        self._process_errors, self._registry_errors = ErrorLog(), ErrorLog()

    def __call__(self) -> ProcessSample:
        with self._lock:
            return self._take()

    def note_record(self, path: str) -> None:
        """Read a record that changed now: it may be removed before the next sample."""
        if (record := self._registry.read_one(path)) is not None:
            self._noted.append(record)

    def _take(self) -> ProcessSample:
        started = time.monotonic()
        noted, self._noted = self._noted, []
        records = self._registry.read(self._config_dirs())
        read = time.monotonic()
        sampled, errors = self._sample(records)
        ended = time.monotonic()
        self._process_errors.log_new(errors)
        self._registry_errors.log_new(self._registry.errors)
        return ProcessSample(
            sampled.processes if sampled is not None else None,
            records,
            tuple(self._missed.update(records, sampled.processes, noted)) if sampled is not None else (),
            sampled.loads if sampled is not None else (),
            (
                CollectorHealth("processes", not errors, ended - read),
                CollectorHealth("registry", not self._registry.errors, read - started),
            ),
        )

    def _sample(self, registered: Mapping[int, Record]) -> tuple[SampledProcesses | None, tuple[str, ...]]:
        try:
            return self._sampler.sample(registered), ()
        except (OSError, psutil.Error) as error:
            return None, (f"the list of processes: {reason(error)}",)
