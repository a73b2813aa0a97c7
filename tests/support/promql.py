"""What a PromQL expression asks for."""

from __future__ import annotations

from typing import Any

import promql_parser


def metrics_in(node: Any) -> set[str]:
    """The names of all that an expression asks for."""
    if isinstance(node, promql_parser.VectorSelector):
        return {str(node.name)}
    inside = (getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector"))
    found = {name for part in inside if part is not None for name in metrics_in(part)}
    arguments = node.args if isinstance(node, promql_parser.Call) else ()
    return found | {name for part in arguments for name in metrics_in(part)}
