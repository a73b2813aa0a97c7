"""The forms of which the panels' queries are made, and how they become PromQL.

A query names families without namespace and writes a form's name for what it stands for:
`sum(TOTAL(cost_usd_total))`. `expanded` makes PromQL of it.

Of a counter, nothing is extrapolated: a range's total is its last value less the last one before the range, which is
looked for up to three days back. So a sleeping laptop, a restart and a gap between scrapes count as they were, and
Prometheus and VictoriaMetrics agree. `increase()` and `rate()` do neither.

        before the range   │ range                    │
    ──x──x──x              │      x──x──x──x          │
            └ subtracted   │               └ last     │
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from grafana.generator.families import FAMILIES

NAMESPACE = "claude_tracker_"
CHOSEN = 'job=~"$job", instance=~"$instance"'
CHOSEN_OF_MANY = 'team=~"$team", user=~"$user"'
STATES: Mapping[str, int] = MappingProxyType(
    {"too_early": 1, "lasts": 2, "beyond": 3, "runs_out": 4, "reached": 6, "not_known": 0}
)
"""The code of each verdict. 5 is one that runs out in less than half an hour."""

_CODES = " or ".join(
    f'label_replace(vector({code}), "state", "{state}", "", "")' for state, code in STATES.items()
)  # PromQL has no table: each state is a series of its own

FORMS: Mapping[str, str] = MappingProxyType(
    {
        # Of a counter: what it counted in the range, in the range of equal length before, and from bar to bar.
        # Where a counter fell below what stood before, its database was replaced: what it regained counts, too.
        "TOTAL": (
            "clamp_min(max_over_time(§[$__range]) - last_over_time(§[3d] offset $__range), 0)"
            " + clamp_min(last_over_time(§[3d] offset $__range) - min_over_time(§[$__range]), 0)"
            " - clamp_min(last_over_time(§[3d] offset $__range) - last_over_time(§[$__range]), 0)"
            " or last_over_time(§[$__range]) - min_over_time(§[$__range])"
        ),
        "BEFORE": (
            "clamp_min(last_over_time(§[$__range] offset $__range)"
            " - (last_over_time(§[3d] offset ${__range_s}s${__range_ms}ms)"
            " or min_over_time(§[$__range] offset $__range)), 0)"
        ),
        "STEPS": (
            "clamp_min(last_over_time(§[$__interval] offset -$__interval)"
            " - (last_over_time(§[3d]) or min_over_time(§[$__interval] offset -$__interval)), 0)"
        ),
        # Of a gauge of windows: as the machine with the latest usage report has it.
        "FRESH": (
            "max by (account, window) (§ and ignoring (source)"
            " topk by (account, window) (1, window_observed_timestamp_seconds))"
        ),
        # By account, with its name if there are several accounts: as of the end and after its last step,
        # since imported history has no names.
        "NAMED": (
            "(§) + on (account) group_left (name) (0 * topk by (account) (1, count by (account, name) (NAMES))"
            " and on () (count(count by (account) (NAMES)) > 1)) or ignoring (name) (§)"
        ),
        "NAMES": "last_over_time(account_info[3d] @ end() offset -1d)",
        # Of the four accounts whose windows are fullest: all, the first, the next three.
        "TOP4": "(§) and on (account) topk(4, RANK)",
        "TOP1": "(§) and on (account) topk(1, RANK)",
        "NEXT3": "((§) and on (account) topk(4, RANK)) unless on (account) topk(1, RANK)",
        "RANK": "max by (account) (last_over_time(window_utilization_ratio[$__range] @ end()))",
        "CODES": _CODES,
        # The verdict of the machine with the latest report; without a report the worst one.
        "OPINION": (
            "max by (account) ((verdict and ignoring (state, window, source)"
            " topk by (account) (1, window_observed_timestamp_seconds)) * on (state) group_left () CODES)"
            " or max by (account) (verdict * on (state) group_left () CODES)"
        ),
        "VERDICT": (
            "(OPINION == 4) + on (account)"
            " (min by (account) (FRESH(window_runs_out_timestamp_seconds)) - time() < bool 1800) or OPINION"
        ),
        "STATE": (
            "(max by (account, window) (locked_out) == 1) * 6"
            " or (FRESH(window_runs_out_timestamp_seconds) - time() < 1800) * 0 + 5"
            " or FRESH(window_runs_out_timestamp_seconds) * 0 + 4"
            " or FRESH(window_projected_ratio) * 0 + 2"
            " or FRESH(window_utilization_ratio) * 0 + 1"
        ),
        "ELAPSED": (
            "(time() - FRESH(window_start_timestamp_seconds))"
            " / (FRESH(window_reset_timestamp_seconds) - FRESH(window_start_timestamp_seconds))"
        ),
    }
)
"""What each form stands for, in parentheses; § is what it is given."""

_FORM = re.compile(r'"[^"]*"|\b(' + "|".join(FORMS) + r")\b")
_WORD = re.compile(r'"[^"]*"|\b(?P<name>[a-z_]\w*)(?:\{(?P<own>[^}]*)\})?')
_WITH_SOURCE = ("window_utilization_ratio", "window_observed_timestamp_seconds")
"""The families of windows whose series name the source of the report."""
_OF_TARGETS = ("up", "scrape_duration_seconds")
"""What Prometheus itself knows of a target."""


def expanded(query: str, chosen: Collection[str] = (), of_all: str = CHOSEN) -> str:
    """PromQL of a query. `chosen`: the labels of some families that variables choose; `of_all`: matchers of all."""
    return _WORD.sub(lambda found: _selector(found, chosen, of_all), _without_forms(query))


def _without_forms(query: str) -> str:
    for found in _FORM.finditer(query):
        if found[1] is not None:
            given, end = _argument(query, found.end())
            meant = FORMS[found[1]].replace("§", given)
            if given.startswith(_WITH_SOURCE):  # the source has changed: the one before may still be in the store
                meant = meant.replace("and ignoring (source) topk", "and topk")
            return f"{query[: found.start()]}({_without_forms(meant)}){_without_forms(query[end:])}"
    return query


def _argument(query: str, start: int) -> tuple[str, int]:
    """What stands in the parentheses that open at `start`, and where they end; nothing, if none open there."""
    if query[start : start + 1] != "(":
        return "", start
    depth = 0
    for found in re.finditer(r'"[^"]*"|[()]', query[start:]):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return query[start + 1 : start + found.start()], start + found.end()
    raise ValueError(f"a parenthesis of {query} is not closed")


def _selector(found: re.Match[str], chosen: Collection[str], of_all: str) -> str:
    name, own = found["name"], found["own"]
    if name in _OF_TARGETS:
        return f"{name}{{{of_all}}}"
    if name not in FAMILIES:
        return found[0]
    label = FAMILIES[name]
    matchers = [of_all, f'{label}=~"${label}"' if label in chosen else "", own or ""]
    return f"{NAMESPACE}{name}{{{', '.join(filter(None, matchers))}}}"
