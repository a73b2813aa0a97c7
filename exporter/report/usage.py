"""The tables of `report`: usage by day, week, month, project, model and block."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Group
from rich.text import Text

from exporter.domain.text import visible
from exporter.domain.usage.amount import Amount, NamedUsage, add_up
from exporter.domain.usage.imported import ImportedUsage
from exporter.report.fitting import Cells, Row, counted
from exporter.report.formatting import (
    Count,
    format_clock,
    format_cost,
    format_date_and_clock,
    format_exact,
)
from exporter.snapshot.usage.groupings import Grouped
from exporter.snapshot.usage.usage_history import BlockUsed

SESSION_ID_SHOWN = 8
"""Characters of a session's id: enough for `sessions show`."""
TITLES = {"mcp": "MCP server", "skill": "Under skill", "agent": "Under agent", "plugin": "Under plugin"}
"""Of the first column; else the key."""
UNDER = frozenset(("skill", "agent", "plugin", "mcp"))
_UNDER_NOTE = "Under: from its call until the next prompt, subagents included."


_IMPORTED = "imported: by Claude Code's own statistics, or an earlier tracker; not exact, and not in the total.\n"
_FULL = ("Responses", "Input", "Output", "Cache read", "Cache write", "Tokens", "Cost")
_SHORT = ("Responses", "Tokens", "Cost")
_MIN = ("Tokens", "Cost")
_LEAST = ("Cost",)
_TEXTS = frozenset(("Account", "Basis", "Provider", "Project"))
_BLOCK_FULL = ("Basis", "Sessions", "Efficiency", "Responses", "Tokens", "Cost")
_BLOCK_SHORT = ("Efficiency", "Tokens", "Cost")


def used(
    key: str,
    found: Grouped,
    source: str,
    width: int,
    breakdown: str | None = None,
    zone: tzinfo | None = None,
    imported: Sequence[ImportedUsage] = (),
) -> Group:
    """A row per name, and the totals; with the columns that fit into `width`.

    `key`: what a row is; below each its parts by `breakdown`. With models of other providers a column names these.
    `imported`: rows before, which are in no total.
    """
    items, title = found.items, TITLES.get(key, key.title())
    rows = [_imported_row(title, one) for one in imported]
    for one in items:
        rows.append(_named_row(title, key, one))
        rows += [_named_row(title, breakdown, part, "  ") for part in one.parts if breakdown is not None]
    every = [one for item in items for one in (item, *item.parts)]
    whose = ["Provider"] if any(one.provider for one in every) else []
    whose += ["Project"] if any(one.project for one in every) else []
    layouts = [*((*whose, *columns) for columns in (_FULL, _SHORT, _MIN)), _MIN, _LEAST]
    source = f"{_unknown(found.unknown_until, zone)}{_IMPORTED if imported else ''}{visible(source)}"
    if UNDER & {key, breakdown}:
        source = f"{_UNDER_NOTE}\n{source}"
    return _report(title, rows, layouts, [one.amount for one in items], source, width)


def _unknown(until: int | None, zone: tzinfo | None) -> str:
    if until is None:
        return ""
    return f"(not known): until {format_date_and_clock(until, zone)}, read by a version that did not look.\n"


def blocks(items: Sequence[BlockUsed], source: str, width: int, zone: tzinfo | None = None) -> Group:
    """A row per 5-hour block, with times in `zone` (None: the machine's), and the totals.

    With several accounts a column names them.
    """
    rows, source = [_block_row(one, zone) for one in items], visible(source)
    whose = ("Account",) if len({one.account for one in items}) > 1 else ()
    if any(one.is_active for one in items):
        source = f"* Active now.\n{source}"
    layouts = [(*whose, *columns) for columns in (_BLOCK_FULL, _BLOCK_SHORT, _MIN)] + [_LEAST]
    return _report("Block", rows, layouts, [one.amount for one in items], source, width)


def _report(
    title: str,
    rows: Sequence[Row],
    layouts: Sequence[Sequence[str]],
    amounts: Sequence[Amount],
    source: str,
    width: int,
) -> Group:
    if not rows:
        return Group(Text("No usage in this period.", style="bold"), Text(source, style="dim"))
    total = add_up(amounts)
    table = counted(title, layouts, [*rows, _row(title, "Total", total)], width, left=_TEXTS)
    return Group(table, Text(), Text(_notes(total) + source, style="dim"))


def _named_row(title: str, key: str, used: NamedUsage, indent: str = "") -> Row:
    name = used.name[:SESSION_ID_SHOWN] if key == "session" else used.name
    shown = visible(name) or ("(none)" if used.known else "(not known)")
    others = {"Provider": visible(used.provider or ""), "Project": visible(used.project or "")}
    own = {**others, title: indent + shown}
    return lambda count: {**own, **_cells(used.amount, count)}


def _imported_row(title: str, used: ImportedUsage) -> Row:
    own = dict.fromkeys((*_FULL, "Provider"), "–")
    return lambda count: {**own, title: f"{visible(used.name)} imported", "Tokens": count(used.tokens)}


def _row(title: str, name: str, amount: Amount) -> Row:
    return lambda count: {title: name, **_cells(amount, count)}


def _block_row(used: BlockUsed, zone: tzinfo | None) -> Row:
    block, mark = used.block, " *" if used.is_active else ""
    own = {
        "Block": f"{format_date_and_clock(block.start, zone)} to {format_clock(block.end, zone)}{mark}",
        "Account": visible(used.account),
        "Basis": block.basis,
        "Sessions": f"{used.sessions:,}",
        "Efficiency": f"{used.efficiency:.0f} %",
    }
    return lambda count: {**own, **_cells(used.amount, count)}


def _cells(amount: Amount, count: Count) -> Cells:
    tokens, at_least = amount.tokens, "≥" if amount.incomplete else ""
    return {
        "Responses": format_exact(amount.responses),
        "Input": count(tokens.input),
        "Output": f"{at_least}{count(tokens.output)}",
        "Cache read": count(tokens.cache_read),
        "Cache write": count(tokens.cache_write_5m + tokens.cache_write_1h),
        "Tokens": f"{at_least}{count(tokens.total)}",
        "Cost": f"{at_least}{format_cost(amount.cost, lacks=amount.unpriced)}",
    }


def _notes(total: Amount) -> str:
    notes = "Costs are estimates by list price.\n"
    if total.incomplete:
        notes += "≥: a minimum; a response was cut off in the transcript.\n"
    if total.unpriced:
        notes += "+ ?: plus tokens whose price is not known.\n"
    return notes
