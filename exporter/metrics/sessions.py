"""The families of running and ended sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, product

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from exporter.domain.health import Load
from exporter.domain.notifications.warning import Waiting
from exporter.domain.sessions.session import DURATION_BOUNDS_S, SESSION_TYPES, STATES, SessionRow
from exporter.domain.usage.totals import Total
from exporter.metrics.counters import NAMESPACE


def running_sessions(sessions: Sequence[SessionRow] | None) -> GaugeMetricFamily:
    """No samples where nobody looks."""
    running = GaugeMetricFamily(
        NAMESPACE + "sessions", "Sessions that run now, by what they do.", labels=["session_type", "state"]
    )
    if sessions is not None:
        counts = Counter((row.session_type, row.state) for row in sessions)
        for labels in product(SESSION_TYPES, STATES):
            running.add_metric(labels, counts[labels])
    return running


def process_families(
    sessions: Sequence[SessionRow] | None, waiting: Sequence[Waiting], now: int, loads: Iterable[Load]
) -> Iterator[Metric]:
    """What only who looks at them knows of the sessions at `now` (ms); no samples where nobody looks."""
    longest = GaugeMetricFamily(
        NAMESPACE + "session_waiting_seconds", "How long the session that has waited longest for the user has waited."
    )
    if sessions is not None:
        longest.add_metric((), max((now - one.since for one in waiting), default=0) / 1000)
    yield longest
    processes = GaugeMetricFamily(NAMESPACE + "processes", "Processes of running sessions.", labels=["session_type"])
    resident = GaugeMetricFamily(
        NAMESPACE + "process_resident_memory_bytes",
        "Memory that the running sessions' processes hold.",
        labels=["session_type"],
    )
    cpu = GaugeMetricFamily(
        NAMESPACE + "process_cpu_seconds",
        "CPU time that the processes running now have used since they began.",
        labels=["session_type"],
    )
    for load in loads:
        processes.add_metric((load.session_type,), load.processes)
        resident.add_metric((load.session_type,), load.resident_bytes)
        cpu.add_metric((load.session_type,), load.cpu_s)
    yield from (processes, resident, cpu)


def session_durations(kept: Iterable[Total]) -> HistogramMetricFamily:
    """One observation per ended run. All buckets are there from the start, so none has to be announced."""
    metric = HistogramMetricFamily(
        NAMESPACE + "session_duration_seconds", "How long sessions ran.", labels=["session_type"]
    )
    peaks = {(total.family, *total.labels): total.peak for total in kept}
    bounds = [*map(str, DURATION_BOUNDS_S), "+Inf"]
    for session_type in SESSION_TYPES:
        own = [peaks.get(("session_duration_bucket", session_type, bound), 0) for bound in bounds]
        buckets = [(bound, float(count)) for bound, count in zip(bounds, accumulate(own), strict=True)]
        metric.add_metric([session_type], buckets, peaks.get(("session_duration_sum", session_type), 0) / 1000)
    return metric
