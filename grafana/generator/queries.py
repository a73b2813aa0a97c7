"""PromQL used by more than one panel.

Counters are summed over machines. Windows and limits belong to an account, so of several machines the latest reading or
the largest counter counts, never the sum.
"""

from __future__ import annotations

from typing import NamedTuple

CHOSEN = 'job=~"$job", instance=~"$instance"'
UTILIZATION, OBSERVED = "window_utilization_ratio", "window_observed_timestamp_seconds"
BEFORE = "3d"
"""How far back the last sample before the time range may lie: longer than a weekend without a scrape."""


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


def total(metric: str, *matchers: str) -> str:
    """The increase of each series of a counter over the dashboard's time range, without extrapolation.

    What rose above the last value before the range. If the counter fell below that value, because its database was
    replaced, also what it regained. Without a sample before the range the first one in it is the start: 0 for a new
    label set, else what the tracker had counted before it was first scraped. Of a replaced database the total may be
    too small, never too large.
    """
    counter = of(metric, *matchers)
    before = f"last_over_time({counter}[{BEFORE}] offset $__range)"
    high, low, last = (f"{name}_over_time({counter}[$__range])" for name in ("max", "min", "last"))
    parts = f"clamp_min({high} - {before}, 0) + clamp_min({before} - {low}, 0) - clamp_min({before} - {last}, 0)"
    return f"({parts} or {last} - {low})"


def in_range(metric: str, *matchers: str, by: str = "") -> str:
    """The increase of a counter over the dashboard's time range, summed over machines."""
    grouping = f" by ({by})" if by else ""
    return f"sum{grouping} {total(metric, *matchers)}"


def account_increase(metric: str) -> str:
    """The increase per step of a counter that belongs to an account, by account and window."""
    return f"max by (account, window) (increase({of(metric)}[$__rate_interval]))"


def account_total(metric: str) -> str:
    """The increase over the dashboard's time range of a counter that belongs to an account: over all of them."""
    return f"sum(max by (account, window) {total(metric)})"


def latest(metric: str, *matchers: str) -> str:
    """A gauge of windows, by account and window, as Claude reported it last to any machine."""
    joined = "and" if metric in (UTILIZATION, OBSERVED) else "and ignoring (source)"
    return f"max by (account, window) ({of(metric, *matchers)} {joined} ({_newest(*matchers)}))"


def rising(*matchers: str) -> str:
    """The pace of each window's share over the last half hour, per second, on the machine that `latest` takes."""
    return f"max by (account, window) (deriv({of(UTILIZATION, *matchers)}[30m]) and ({_newest(*matchers)}))"


def _newest(*matchers: str) -> str:
    observed = of(OBSERVED, *matchers)
    return f"{observed} == on (account, window) group_left () max by (account, window) ({observed})"


def utilization(*matchers: str) -> str:
    """The share used of each account's windows."""
    return latest(UTILIZATION, *matchers)


def until_reset(*matchers: str) -> str:
    """Seconds until each window resets."""
    return f"({latest('window_reset_timestamp_seconds', *matchers)} - time() > 0)"


def named(expr: str) -> str:
    """An expression by account, with the label `name` of each account if there are several.

    Of several names of an account one is taken; an account without a name is not lost.
    """
    names = f"topk by (account) (1, group by (account, name) ({of('account_info')}))"
    several = f"count(group by (account) ({of('account_info')})) > 1"
    return f"(({expr}) * on (account) group_left (name) ({names} and on () ({several})) or ignoring (name) ({expr}))"


def threshold(severity: str) -> str:
    """The configured warning threshold, a share."""
    chosen = of("alert_threshold", 'alert="window_utilization_ratio"', f'severity="{severity}"')
    return f"min({chosen})"


def cache_hits_in_range() -> str:
    """Share of input read from the cache."""
    read = in_range("tokens_total", 'token_type="cache_read"')
    sent = in_range("tokens_total", 'token_type=~"input|cache_read|cache_write_.*"')
    return f"{read} / ({sent} > 0)"
