"""PromQL that more than one panel asks.

Counters are summed over machines. What one account sees from each of its machines is the largest, never the sum;
`user` is a label of those who collect many machines, and absent for one.
"""

from __future__ import annotations

from typing import NamedTuple

CHOSEN = 'job=~"$job", instance=~"$instance"'


class Query(NamedTuple):
    """What a panel asks. `instant`: only as of the end of its time range."""

    expr: str
    legend: str = ""
    instant: bool = False


def of(metric: str, *matchers: str) -> str:
    """A family of the tracker's, on the chosen machines."""
    return f"claude_tracker_{metric}{{{', '.join((CHOSEN, *matchers))}}}"


def increase(metric: str, *matchers: str, by: str = "") -> str:
    """How much a counter rose from step to step, summed over machines."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (increase({of(metric, *matchers)}[$__rate_interval]))"


def per_second(metric: str, *matchers: str, by: str = "") -> str:
    """How fast a counter rises, summed over machines."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} (rate({of(metric, *matchers)}[$__rate_interval]))"


def in_range(metric: str, *matchers: str, by: str = "") -> str:
    """How much a counter rose over the dashboard's time range: the last sample less the first. The tracker's counters
    never fall, so this is exact, where `increase()` extrapolates.
    """
    grouping = f" by ({by})" if by else ""
    counter = f"{of(metric, *matchers)}[$__range]"
    return f"sum{grouping} (max_over_time({counter}) - min_over_time({counter}))"


def largest(metric: str, *matchers: str, by: str) -> str:
    return f"max by ({by}) ({of(metric, *matchers)})"


def utilization(*matchers: str) -> str:
    """The used share of each account's windows."""
    return largest("window_utilization_ratio", *matchers, by="user, window")


def until_reset(*matchers: str, by: str = "user, window") -> str:
    """Seconds until each window is reset."""
    return f"({largest('window_reset_timestamp_seconds', *matchers, by=by)} - time() > 0)"


def threshold(severity: str) -> str:
    """From which share on is warned."""
    chosen = of("alert_threshold", 'alert="window_utilization_ratio"', f'severity="{severity}"')
    return f"min({chosen})"


def cache_hits_in_range() -> str:
    """The share of input that was read from the cache."""
    read = in_range("tokens_total", 'token_type="cache_read"')
    given = in_range("tokens_total", 'token_type=~"input|cache_read|cache_write_.*"')
    return f"{read} / ({given} > 0)"
