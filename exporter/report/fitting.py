"""Tables that fit: with the most columns that there is room for; the first column gives way, with an ellipsis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from rich.table import Table

from exporter.report.formatting import Count, format_exact, format_short

MIN_WIDTH = 40
"""Columns that every table fits into."""
LEAST_NAME = 8
"""Columns of a name that are always shown."""
MAX_NAME = 27
"""Columns of a name, before other columns are left out for it."""
_GAP = 1

Cells = Mapping[str, str]
"""A row: its cells by column title."""
Row = Callable[[Count], Cells]
"""Makes a row with a format for its counts."""


def fitting(
    first: str,
    layouts: Sequence[Sequence[str]],
    rows: Sequence[Cells],
    width: int,
    *,
    left: frozenset[str] = frozenset(),
    styles: Sequence[str | None] = (),
    title: str | None = None,
    name: int = MAX_NAME,
) -> Table:
    """A table of `rows` in `width` columns: `first`, then the first of `layouts` that fits.

    `left`: the titles of columns of texts; the others are numbers. `styles`: of the rows, from the first on. `name`:
    columns of `first`, before others are left out for it.
    """
    columns = next((one for one in layouts if needed(first, one, rows, name) <= width), layouts[-1])
    room = width - sum(_width(column, rows) + _GAP for column in columns)
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, padding=(0, _GAP, 0, 0), pad_edge=False
    )
    table.add_column(first, overflow="ellipsis", no_wrap=True, max_width=max(LEAST_NAME, room))
    for column in columns:
        table.add_column(column, justify="left" if column in left else "right", no_wrap=True)
    for number, row in enumerate(rows):
        cells = [row.get(column, "") for column in (first, *columns)]
        table.add_row(*cells, style=styles[number] if number < len(styles) else None)
    return table


def counted(
    first: str,
    layouts: Sequence[Sequence[str]],
    rows: Sequence[Row],
    width: int,
    *,
    left: frozenset[str] = frozenset(),
    title: str | None = None,
) -> Table:
    """A table whose last row is the total: with all digits if all columns fit so, else with counts in millions."""
    cells = [row(format_exact) for row in rows]
    if needed(first, layouts[0], cells) > width:
        cells = [row(format_short) for row in rows]
    styles = [*(None for _ in rows[1:]), "bold"]
    return fitting(first, layouts, cells, width, left=left, styles=styles, title=title)


def needed(first: str, columns: Sequence[str], rows: Sequence[Cells], name: int = MAX_NAME) -> int:
    """The columns that a table needs."""
    return min(name, _width(first, rows)) + sum(_GAP + _width(column, rows) for column in columns)


def _width(column: str, rows: Sequence[Cells]) -> int:
    return max(cell_len(text) for text in (column, *(row.get(column, "") for row in rows)))
