"""The tables of `report`: what was used by day, week and month, project, model and block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.usage.amount import Amount, NamedUsage, add_up
from exporter.report.formatting import Count, clock, date_and_clock, exactly, money, shortly
from exporter.snapshot.usage.usage_history import BlockUsed

NARROWEST = 60
"""Columns that these tables need; a narrower terminal wraps their lines."""
FOLDED = 27
"""Columns that a name has at least, those of a block; a longer one is broken."""

Cells = dict[str, str]
"""A row: the cells by the titles of their columns."""
Render = Callable[[Count], Cells]
"""Makes a row, its counts written in one way or the other."""

_FULL = ("Responses", "Input", "Output", "Cache read", "Cache write", "Tokens", "Cost")
_SHORT = ("Responses", "Tokens", "Cost")
_LEAST = ("Tokens", "Cost")
_BLOCK_FULL = ("Basis", "Sessions", "Efficiency", "Responses", "Tokens", "Cost")
_BLOCK_SHORT = ("Efficiency", "Tokens", "Cost")


def used(title: str, items: Sequence[NamedUsage], source: str, width: int) -> Group:
    """A row for each name, which stands under `title`, and the totals; as much as fits into `width` columns."""
    rows = [_row(title, one.name, one.amount) for one in items]
    return _report(title, rows, (_FULL, _SHORT, _LEAST), [one.amount for one in items], source, width)


def blocks(items: Sequence[BlockUsed], source: str, width: int, zone: tzinfo | None = None) -> Group:
    """A row for each five-hour block, with wall clocks of `zone` (None: the machine's), and the totals."""
    rows = [_block_row(one, zone) for one in items]
    if any(one.is_active for one in items):
        source = f"* runs now.\n{source}"
    return _report("Block", rows, (_BLOCK_FULL, _BLOCK_SHORT, _LEAST), [one.amount for one in items], source, width)


def _report(
    title: str,
    rows: Sequence[Render],
    layouts: Sequence[Sequence[str]],
    amounts: Sequence[Amount],
    source: str,
    width: int,
) -> Group:
    if not rows:
        return Group(Text("Nothing was used.", style="bold"), Text(source, style="dim"))
    total = add_up(amounts)
    table = _fitting(title, [*rows, _row(title, "Total", total)], layouts, width)
    return Group(table, Text(), Text(_notes(total) + source, style="dim"))


def _row(title: str, name: str, amount: Amount) -> Render:
    return lambda count: {title: name, **_cells(amount, count)}


def _block_row(used: BlockUsed, zone: tzinfo | None) -> Render:
    block = used.block
    own = {
        "Block": f"{date_and_clock(block.start, zone)} to {clock(block.end, zone)}{' *' if used.is_active else ''}",
        "Basis": block.basis,
        "Sessions": f"{used.sessions:,}",
        "Efficiency": f"{used.efficiency:.0f} %",
    }
    return lambda count: {**own, **_cells(used.amount, count)}


def _cells(amount: Amount, count: Count) -> Cells:
    tokens, at_least = amount.tokens, "≥" if amount.incomplete else ""
    return {
        "Responses": exactly(amount.responses),
        "Input": count(tokens.input),
        "Output": f"{at_least}{count(tokens.output)}",
        "Cache read": count(tokens.cache_read),
        "Cache write": count(tokens.cache_write_5m + tokens.cache_write_1h),
        "Tokens": f"{at_least}{count(tokens.total)}",
        "Cost": f"{at_least}{money(amount.cost)}{' + ?' if amount.unpriced else ''}",
    }


def _fitting(title: str, rows: Sequence[Render], layouts: Sequence[Sequence[str]], width: int) -> Table:
    """The last row is the total. Every column with all digits, else with counts in millions, else fewer columns."""
    first, *others = layouts
    made: list[Cells] = []
    columns: Sequence[str] = ()
    for columns, count in ((first, exactly), *((layout, shortly) for layout in (first, *others))):
        made = [render(count) for render in rows]
        if _needed(title, columns, made) <= width:
            break
    return _table(title, columns, made)


def _needed(title: str, columns: Iterable[str], rows: Sequence[Cells]) -> int:
    """How many columns of the terminal a table takes at least."""
    name = min(max(cell_len(row[title]) for row in rows), FOLDED)
    return name + sum(1 + max(cell_len(text) for text in (column, *_column(column, rows))) for column in columns)


def _column(column: str, rows: Iterable[Cells]) -> list[str]:
    return [row.get(column, "") for row in rows]


def _table(title: str, columns: Iterable[str], rows: Sequence[Cells]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(title, overflow="fold")
    for column in columns:
        table.add_column(column, justify="left" if column == "Basis" else "right", no_wrap=True)
    for row in rows:
        is_total = row is rows[-1]
        cells: list[RenderableType] = [row[title], *(row.get(column, "") for column in columns)]
        table.add_row(*cells, style="bold" if is_total else None)
    return table


def _notes(total: Amount) -> str:
    notes = "Costs are estimates by list price.\n"
    if total.incomplete:
        notes += "≥: a lower bound, since a response never told its end.\n"
    if total.unpriced:
        notes += "+ ?: some tokens have no known price and are in no cost.\n"
    return notes
