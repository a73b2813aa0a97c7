"""The heat maps of `report plan`: a row per weekday, two columns per hour, or one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.text import Text

from exporter.domain.planning import WEEKDAYS, Cell, UsagePlan
from exporter.domain.text import visible
from exporter.report.formatting import format_clock, format_date_and_clock, format_duration, format_exact, format_short

SHADES = "·░▒▓█"
"""For nothing, then for up to 25, 50, 75 and 100 % of the maximum."""
_LABEL = 5
_WIDE = _LABEL + 2 * 24


def _columns(width: int) -> int:
    """Of an hour."""
    return 2 if width >= _WIDE else 1


def _hours(width: int) -> Text:
    """The heading of a map."""
    return Text(" " * _LABEL + "".join(f"{hour:<{3 * _columns(width)}}" for hour in range(0, 24, 3)).rstrip())


def plan_tables(plan: UsagePlan, source: str, width: int, zone: tzinfo | None = None) -> Group:
    """The output of `claude-tracker report plan`, with times in `zone` (None: the machine's).

    The sums by weekday are left out if they do not fit into `width` columns.
    """
    span = plan.span
    period = f"{format_date_and_clock(span.start, zone)} to {format_date_and_clock(span.end, zone)}"
    parts: list[RenderableType] = [
        Text(f"By weekday and hour, {period}", style="bold"),
        *_map("Tokens", width, plan.cells, lambda cell: cell.tokens, format_short),
        *_map("Active time", width, plan.cells, lambda cell: cell.active, lambda ms: format_duration(ms / 1000)),
    ]
    if any(cell.limit_hits for cell in plan.cells):
        parts += _map("Limits reached", width, plan.cells, lambda cell: cell.limit_hits, format_exact)
    parts += [*_starts(plan.block_starts, width), Text(), *_covered(plan, zone), Text()]
    shades = ", ".join(f"{SHADES[n]} up to {25 * n} %" for n in range(1, 5))
    return Group(*parts, Text(f"{SHADES[0]} nothing, {shades} of the busiest hour.\n{visible(source)}", style="dim"))


def shade(figure: int, most: int) -> str:
    """The character for a value, relative to the maximum."""
    return SHADES[-(-4 * figure // most)] if figure > 0 else SHADES[0]


def _map(
    title: str, width: int, cells: Sequence[Cell], figure: Callable[[Cell], int], format_value: Callable[[int], str]
) -> list[RenderableType]:
    figures = [figure(cell) for cell in cells]
    most = max(figures)
    lines: list[RenderableType] = [
        Text(),
        Text(f"{title}, busiest hour: {format_value(most)}"),
        _hours(width),
    ]
    rows = [figures[24 * number : 24 * number + 24] for number in range(7)]
    sums = [f" {format_value(sum(row))}" for row in rows]
    fits = _LABEL + 24 * _columns(width) + max(map(len, sums)) <= width
    for weekday, row, label in zip(WEEKDAYS, rows, sums, strict=True):
        shades = "".join(_columns(width) * shade(one, most) for one in row)
        lines.append(Text(f"{weekday[:3].title()}  {shades}{label if fits else ''}"))
    return lines


def _starts(starts: Sequence[int], width: int) -> list[RenderableType]:
    """The number of block starts by hour of the day."""
    if not any(starts):
        return [Text(), Text("No 5-hour blocks.")]
    most = max(starts)
    shades = "".join(_columns(width) * shade(count, most) for count in starts)
    return [
        Text(),
        Text(f"Starts of 5-hour blocks, busiest hour: {most:,}"),
        _hours(width),
        Text(f"     {shades} {sum(starts):,}"),
    ]


def _covered(plan: UsagePlan, zone: tzinfo | None) -> list[RenderableType]:
    covered, lines = plan.covered, []
    label = f"A 5-hour block started now, {format_clock(covered.start, zone)} to {format_clock(covered.end, zone)}, "
    if covered.tokens is None or covered.active is None:
        lines.append(label + "covers hours without data so far.")
    else:
        share = f", {100 * covered.share:.0f} % of a week's tokens" if covered.share is not None else ""
        active = format_duration(covered.active / 1000)
        lines.append(
            f"{label}typically uses {format_short(round(covered.tokens))} tokens and {active} of activity{share}."
        )
    if plan.running is not None:
        lines.append(f"A block is running until {format_clock(plan.running.end, zone)}.")
    return [Text(line) for line in lines]
