"""The metrics of publishing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from exporter.domain.sync import SyncState
from exporter.metrics.counters import NAMESPACE


def sync_families(states: Sequence[SyncState]) -> Iterator[Metric]:
    """No samples without a publishing target."""
    runs = CounterMetricFamily(NAMESPACE + "sync_runs", "Pushes to the target.", labels=["target"])
    failures = CounterMetricFamily(NAMESPACE + "sync_failures", "Failed pushes to the target.", labels=["target"])
    last = GaugeMetricFamily(
        NAMESPACE + "sync_last_success_timestamp_seconds",
        "When the target was last up to date.",
        labels=["target"],
    )
    for state in states:
        runs.add_metric((state.target,), state.runs)
        failures.add_metric((state.target,), state.failures)
        if state.last_success_at is not None:
            last.add_metric((state.target,), state.last_success_at / 1000)
    yield from (runs, failures, last)
