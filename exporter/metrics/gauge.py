"""Gauges in the tracker's namespace."""

from __future__ import annotations

from prometheus_client.core import GaugeMetricFamily

from exporter.metrics.counters import NAMESPACE


def gauge(name: str, text: str, value: float | None = None) -> GaugeMetricFamily:
    """A gauge without labels. Without a value it has no sample: absent, not 0."""
    metric = labelled_gauge(name, text)
    if value is not None:
        metric.add_metric((), value)
    return metric


def labelled_gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    """A gauge without samples yet."""
    return GaugeMetricFamily(NAMESPACE + name, text, labels=labels)
