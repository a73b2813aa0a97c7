"""The metrics of running and ended sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, product

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from exporter.domain.health import Load
from exporter.domain.notifications.facts import WaitingSession
from exporter.domain.sessions.session import DURATION_BOUNDS_S, SESSION_TYPES, STATES, SessionRow
from exporter.domain.usage.totals import Total
from exporter.metrics.counters import NAMESPACE


def running_sessions(sessions: Sequence[SessionRow] | None) -> GaugeMetricFamily:
    """No samples without detection."""
    running = GaugeMetricFamily(NAMESPACE + "sessions", "Running sessions, by state.", labels=["session_type", "state"])
    if sessions is not None:
        counts = Counter((row.session_type, row.state) for row in sessions)
        for labels in product(SESSION_TYPES, STATES):
            running.add_metric(labels, counts[labels])
    return running


def process_families(
    sessions: Sequence[SessionRow] | None, waiting: Sequence[WaitingSession], now: int, loads: Iterable[Load]
) -> Iterator[Metric]:
    """Waiting times and processes at `now` (ms). No samples without detection."""
    longest = GaugeMetricFamily(
        NAMESPACE + "session_waiting_seconds", "Longest time that a session has been waiting for the user."
    )
    if sessions is not None:
        longest.add_metric((), max((now - one.since for one in waiting), default=0) / 1000)
    yield longest
    processes = GaugeMetricFamily(NAMESPACE + "processes", "Processes of running sessions.", labels=["session_type"])
    resident = GaugeMetricFamily(
        NAMESPACE + "process_resident_memory_bytes",
        "Resident memory of the processes of running sessions.",
        labels=["session_type"],
    )
    cpu = GaugeMetricFamily(
        NAMESPACE + "process_cpu_seconds",
        "CPU time of the processes of running sessions since their start.",
        labels=["session_type"],
    )
    for load in loads:
        processes.add_metric((load.session_type,), load.processes)
        resident.add_metric((load.session_type,), load.resident_bytes)
        cpu.add_metric((load.session_type,), load.cpu_s)
    yield from (processes, resident, cpu)


def session_durations(kept: Iterable[Total]) -> HistogramMetricFamily:
    """One observation per ended run. All buckets exist from the start, so none has to be announced."""
    metric = HistogramMetricFamily(
        NAMESPACE + "session_duration_seconds", "Duration of sessions.", labels=["session_type"]
    )
    peaks = {(total.family, *total.labels): total.peak for total in kept}
    bounds = [*map(str, DURATION_BOUNDS_S), "+Inf"]
    for session_type in SESSION_TYPES:
        own = [peaks.get(("session_duration_bucket", session_type, bound), 0) for bound in bounds]
        buckets = [(bound, float(count)) for bound, count in zip(bounds, accumulate(own), strict=True)]
        metric.add_metric([session_type], buckets, peaks.get(("session_duration_sum", session_type), 0) / 1000)
    return metric
