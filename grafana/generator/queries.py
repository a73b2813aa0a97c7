"""PromQL used by more than one panel.

Counters are summed over machines. Windows belong to an account, so of several machines the largest value counts, never
the sum. `user` is a label of setups with many machines, and absent on a single one.
"""

from __future__ import annotations

from typing import NamedTuple

CHOSEN = 'job=~"$job", instance=~"$instance"'


class Query(NamedTuple):
    """A query of a panel. `instant`: only at the end of the time range."""

    expr: str
    legend: str = ""
    instant: bool = False


def of(metric: str, *matchers: str) -> str:
    """One of the tracker's metrics, on the selected machines."""
    return f"claude_tracker_{metric}{{{', '.join((CHOSEN, *matchers))}}}"


def increase(metric: str, *matchers: str, by: str = "") -> str:
    """The increase of a counter per step, summed over machines."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (increase({of(metric, *matchers)}[$__rate_interval]))"


def per_second(metric: str, *matchers: str, by: str = "") -> str:
    """The rate of a counter, summed over machines."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({of(metric, *matchers)}[$__rate_interval]))"


def in_range(metric: str, *matchers: str, by: str = "") -> str:
    """The increase of a counter over the dashboard's time range: the last sample minus the first.

    The tracker's counters never decrease, so this is exact, while `increase()` extrapolates.
    """
    grouping = f" by ({by})" if by else ""
    counter = f"{of(metric, *matchers)}[$__range]"
    return f"sum{grouping} (max_over_time({counter}) - min_over_time({counter}))"


def largest(metric: str, *matchers: str, by: str) -> str:
    return f"max by ({by}) ({of(metric, *matchers)})"


def utilization(*matchers: str) -> str:
    """The share used of each account's windows."""
    return largest("window_utilization_ratio", *matchers, by="user, window")


def until_reset(*matchers: str, by: str = "user, window") -> str:
    """Seconds until each window resets."""
    return f"({largest('window_reset_timestamp_seconds', *matchers, by=by)} - time() > 0)"


def threshold(severity: str) -> str:
    """The configured warning threshold, a share."""
    chosen = of("alert_threshold", 'alert="window_utilization_ratio"', f'severity="{severity}"')
    return f"min({chosen})"


def cache_hits_in_range() -> str:
    """Share of input read from the cache."""
    read = in_range("tokens_total", 'token_type="cache_read"')
    sent = in_range("tokens_total", 'token_type=~"input|cache_read|cache_write_.*"')
    return f"{read} / ({sent} > 0)"
