"""One look at what runs: the processes, and what Claude Code's registry says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from exporter.domain.health import CollectorHealth
from exporter.domain.sessions.session import ProcessSample
from exporter.sources.error_log import ErrorLog
from exporter.sources.sessions.processes import ProcessSampler, Sampled
from exporter.sources.sessions.registry import Registry


class SessionSampler:
    """Looks when called. What fails is told once, is unhealthy while it lasts, and hinders nothing else.

    `config_dirs`: the folders Claude keeps its state in, asked at each look.
    """

    def __init__(
        self, sampler: ProcessSampler, config_dirs: Callable[[], Sequence[Path]], registry: Registry | None = None
    ) -> None:
        self._sampler = sampler
        self._config_dirs = config_dirs
        self._registry = registry or Registry()
        self._of_processes, self._of_registry = ErrorLog(), ErrorLog()

    def __call__(self) -> ProcessSample:
        began = time.monotonic()
        records = self._registry.read(self._config_dirs())
        read = time.monotonic()
        sampled, trouble = self._sample({pid: record.start_token for pid, record in records.items()})
        ended = time.monotonic()
        self._of_processes.tell(trouble)
        self._of_registry.tell(self._registry.errors)
        return ProcessSample(
            sampled.processes if sampled is not None else None,
            records,
            sampled.loads if sampled is not None else (),
            (
                CollectorHealth("processes", not trouble, ended - read),
                CollectorHealth("registry", not self._registry.errors, read - began),
            ),
        )

    def _sample(self, registered: Mapping[int, str | None]) -> tuple[Sampled | None, tuple[str, ...]]:
        try:
            return self._sampler.sample(registered), ()
        except (OSError, psutil.Error) as error:
            return None, (f"the list of processes: {error}",)
