"""The metrics of sending to a store of many machines."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric

from exporter.domain.fleet.state import REASONS, StoreHealth
from exporter.metrics.counters import NAMESPACE
from exporter.metrics.gauge import gauge


def fleet_families(store: StoreHealth | None, now: int) -> Iterator[Metric]:
    """No samples without a store. `now`: ms."""
    last = store.last_success_at if store is not None else None
    yield gauge(
        "fleet_last_success_timestamp_seconds",
        "When the store of many machines last took something.",
        last / 1000 if last is not None else None,
    )
    yield gauge(
        "fleet_behind_seconds",
        "How far the store of many machines is behind.",
        max(0, now - store.until) / 1000 if store is not None and store.until else None,
    )
    skew = store.skew_s if store is not None else None
    yield gauge("fleet_clock_skew_seconds", "How far this clock is ahead of the store's of many machines.", skew)
    refused = CounterMetricFamily(
        NAMESPACE + "fleet_refused_samples",
        "Samples that the store of many machines refused for good, by reason.",
        labels=["reason"],
    )
    failures = CounterMetricFamily(NAMESPACE + "fleet_failures", "Failed requests to the store of many machines.")
    if store is not None:
        for reason in REASONS:
            refused.add_metric((reason,), store.refused.get(reason, 0))
        failures.add_metric((), store.failures)
    yield from (refused, failures)
