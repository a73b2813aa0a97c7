"""What a PromQL expression asks for, and what there is."""

from __future__ import annotations

from functools import cache
from typing import Any

import promql_parser

from exporter.metrics.collector import SnapshotCollector
from exporter.metrics.counters import Announcements
from support.snapshots import busy_snapshot


@cache
def exposed() -> dict[str, str]:
    """The type of each metric of the tracker, under the names of its samples."""
    families = list(SnapshotCollector(busy_snapshot(), Announcements(), "0", "0").collect())
    found = {family.name + "_total" * (family.type == "counter"): family.type for family in families}
    return found | {sample.name: family.type for family in families for sample in family.samples}


@cache
def exposed_labels() -> dict[str, set[str]]:
    """The labels of each metric of the tracker, under the names of its samples."""
    found: dict[str, set[str]] = {}
    for family in SnapshotCollector(busy_snapshot(), Announcements(), "0", "0").collect():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def metrics_in(node: Any) -> set[str]:
    """The names of all that an expression asks for."""
    if isinstance(node, promql_parser.VectorSelector):
        return {str(node.name)}
    inside = (getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector"))
    found = {name for part in inside if part is not None for name in metrics_in(part)}
    arguments = node.args if isinstance(node, promql_parser.Call) else ()
    return found | {name for part in arguments for name in metrics_in(part)}
