"""The table of `report tools`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from exporter.domain.text import visible
from exporter.store.usage.tool_calls import ToolCalls


def tool_calls(items: Sequence[ToolCalls], source: str) -> Group:
    """A row per tool, and the total."""
    if not items:
        return Group(Text("No tool calls in this period.", style="bold"), Text(visible(source), style="dim"))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Tool", overflow="fold")
    table.add_column("Calls", justify="right", no_wrap=True)
    for one in items:
        table.add_row(visible(one.tool), f"{one.calls:,}")
    table.add_row("Total", f"{sum(one.calls for one in items):,}", style="bold")
    return Group(table, Text(), Text(visible(source), style="dim"))
