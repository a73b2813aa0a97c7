"""A gauge with a single value."""

from __future__ import annotations

from prometheus_client.core import GaugeMetricFamily

from exporter.metrics.counters import NAMESPACE


def gauge(name: str, text: str, value: float | None = None) -> GaugeMetricFamily:
    """A gauge without labels. Without a value it has no sample: absent, not 0."""
    metric = GaugeMetricFamily(NAMESPACE + name, text)
    if value is not None:
        metric.add_metric((), value)
    return metric
