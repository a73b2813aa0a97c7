"""Takes samples of the processes together with their records in Claude Code's registry."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from exporter.domain.health import CollectorHealth
from exporter.domain.sessions.session import Process, ProcessSample, Record, is_record_of
from exporter.errors import reason
from exporter.sources.error_log import ErrorLog
from exporter.sources.sessions.processes import ProcessSampler, SampledProcesses
from exporter.sources.sessions.registry import Registry


class SessionSampler:
    """Takes a sample when called. A failure is logged once, shows as unhealthy while it lasts, and blocks nothing else.

    Several threads may call it. `config_dirs`: returns the folders where Claude keeps its state, for each sample.
    """

    def __init__(
        self, sampler: ProcessSampler, config_dirs: Callable[[], Sequence[Path]], registry: Registry | None = None
    ) -> None:
        self._sampler = sampler
        self._config_dirs = config_dirs
        self._registry = registry or Registry()
        self._lock = threading.Lock()
        self._seen: frozenset[object] | None = None
        self._unmatched: dict[object, Record] = {}
        """The new records whose process was not found."""
        self._process_errors, self._registry_errors = ErrorLog(), ErrorLog()

    def __call__(self) -> ProcessSample:
        with self._lock:
            return self._take()

    def _take(self) -> ProcessSample:
        started = time.monotonic()
        records = self._registry.read(self._config_dirs())
        read = time.monotonic()
        sampled, errors = self._sample(records)
        ended = time.monotonic()
        self._process_errors.log_new(errors)
        self._registry_errors.log_new(self._registry.errors)
        return ProcessSample(
            sampled.processes if sampled is not None else None,
            records,
            self._missed(records, sampled.processes) if sampled is not None else (),
            sampled.loads if sampled is not None else (),
            (
                CollectorHealth("processes", not errors, ended - read),
                CollectorHealth("registry", not self._registry.errors, read - started),
            ),
        )

    def _missed(self, records: Mapping[int, Record], processes: Sequence[Process]) -> tuple[Record, ...]:
        """The records that came and went since the first sample, and of whose process no sample was taken.

        A record that stays is another matter: its client was killed, or runs on another machine.
        """
        by_pid = {process.pid: process for process in processes}
        last, self._unmatched = self._unmatched, {}
        removed = {
            key: record for key, record in last.items() if key not in {one.of_process for one in records.values()}
        }
        for record in records.values():
            process = by_pid.get(record.pid)
            is_new = self._seen is not None and record.of_process not in self._seen
            if not (is_new or record.of_process in last) or not record.is_session:
                continue
            if process is None or not is_record_of(record, process):
                self._unmatched[record.of_process] = record
        self._seen = frozenset(record.of_process for record in records.values())
        return tuple(removed.values())

    def _sample(self, registered: Mapping[int, Record]) -> tuple[SampledProcesses | None, tuple[str, ...]]:
        try:
            return self._sampler.sample(registered), ()
        except (OSError, psutil.Error) as error:
            return None, (f"the list of processes: {reason(error)}",)
