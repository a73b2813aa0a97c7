"""What leaves for a store of many machines, by family: about a hundred series a machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import Metric

from exporter.domain.usage.totals import PROJECT_FAMILIES
from exporter.metrics.counters import COUNTERS, NAMESPACE

Labels = tuple[tuple[str, str], ...]
"""Names and values of a series, `__name__` among them, sorted by name."""
COUNTED = (
    "tokens", "cost", "responses", "prompts", "tool_calls", "api_errors", "unpriced_tokens", "cache_rewritten",
    "blocks", "sessions_started", "limit_hits", "limit_raised", "locked_out",
)  # fmt: skip
"""The counters, by the family of their totals: they have a past, and begin at 0."""
GAUGES = (
    "incomplete_responses", "sessions", "block_active", "block_cost_usd", "block_end_timestamp_seconds",
    "window_utilization_ratio", "window_observed_timestamp_seconds", "window_start_timestamp_seconds",
    "window_reset_timestamp_seconds", "locked_out", "verdict", "window_binding", "window_runs_out_timestamp_seconds",
    "window_projected_ratio", "overage_in_use", "account_info", "month_projected_cost_usd",
    "session_effectiveness_ratio", "ingest_lag_seconds", "database_ok", "build_info", "fleet_behind_seconds",
    "fleet_clock_skew_seconds",
)  # fmt: skip
"""The gauges, by their names."""
HEALTH_COUNTERS = ("fleet_refused_samples", "fleet_failures")


def counted(*, with_projects: bool) -> frozenset[str]:
    """The families of totals that leave."""
    return frozenset(COUNTED) | (PROJECT_FAMILIES if with_projects else frozenset())


def names(*, with_projects: bool) -> frozenset[str]:
    """The families that leave, by their names."""
    counters = {COUNTERS[family].name for family in counted(with_projects=with_projects)}
    return frozenset(NAMESPACE + name for name in (*counters, *GAUGES, *HEALTH_COUNTERS))


class Exposed:
    """Families as series with the labels of this tracker. `own`: those labels."""

    def __init__(self, own: Mapping[str, str], *, with_projects: bool) -> None:
        self._own = tuple(own.items())
        self._names = names(with_projects=with_projects)
        self._labels: dict[tuple[str, tuple[tuple[str, str], ...]], Labels] = {}

    def samples(self, families: Iterable[Metric]) -> Iterator[tuple[Labels, float]]:
        """The samples of the families that leave. An account has no name of the user's there, but its label."""
        for family in families:
            if family.name in self._names:
                for name, labels, value, *_ in family.samples:
                    yield self._series(name, labels), value

    def _series(self, name: str, labels: Mapping[str, str]) -> Labels:
        key = (name, tuple(labels.items()))
        found = self._labels.get(key)
        if found is None:
            written = dict(labels)
            if name == f"{NAMESPACE}account_info":
                written |= {"name": written["account"], "organization": ""}
            shown = {**written, **dict(self._own), "__name__": name}
            found = tuple(sorted((label, value) for label, value in shown.items() if value))
            self._labels[key] = found
        return found
