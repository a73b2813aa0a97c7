"""The families of the official windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily

from exporter.metrics.counters import NAMESPACE
from exporter.snapshot.take import LimitPart


def limit_families(limits: Sequence[LimitPart]) -> Iterator[GaugeMetricFamily]:
    """A window without a valid reading has no sample: absent, not 0 and not stale."""
    labels = ["window", "source"]
    utilization = GaugeMetricFamily(
        NAMESPACE + "window_utilization_ratio",
        "Share of an official window that is used, by its freshest reading.",
        labels=labels,
    )
    observed = GaugeMetricFamily(
        NAMESPACE + "window_observed_timestamp_seconds", "When that reading was told.", labels=labels
    )
    reset = GaugeMetricFamily(
        NAMESPACE + "window_reset_timestamp_seconds", "When an official window is reset.", labels=["window"]
    )
    for limit in limits:
        utilization.add_metric((limit.window, limit.source), limit.utilization)
        observed.add_metric((limit.window, limit.source), limit.observed_at / 1000)
        if limit.resets_at is not None:
            reset.add_metric((limit.window,), limit.resets_at / 1000)
    yield from (utilization, observed, reset)
