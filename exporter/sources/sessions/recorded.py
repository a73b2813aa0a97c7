"""A demo's processes: there are only their records. A session runs for as long as it has one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from exporter.domain.health import Load
from exporter.domain.sessions.process import Kind
from exporter.domain.sessions.session import Process, Record
from exporter.sources.sessions.processes import SampledProcesses

RSS_BYTES, CPU_SECONDS = 310_000_000, 45.0
"""Of each, made up like the rest."""


class RecordedProcesses:
    """Takes the records for the processes, in the place of `ProcessSampler`. The machine's own are ignored."""

    def sample(self, registered: Mapping[int, Record] = MappingProxyType({})) -> SampledProcesses:
        """The processes of the records, the oldest first."""
        found = [_process(record) for record in registered.values() if record.started_at is not None]
        loads = (
            Load(Kind.CODE.value, len(found), len(found) * RSS_BYTES, len(found) * CPU_SECONDS),
            Load(Kind.DESKTOP.value, 0, 0, 0.0),
        )
        return SampledProcesses(tuple(sorted(found, key=lambda one: (one.started_at, one.pid))), loads)


def _process(record: Record) -> Process:
    started_at = record.started_at or 0
    return Process(record.pid, started_at, Kind.CODE, record.start_token, record.cwd, False, record.session_id)
