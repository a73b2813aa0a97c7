"""The heat maps of `report plan`: a row for each weekday, two columns for each hour, shaded by how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.text import Text

from exporter.domain.usage.planning import WEEKDAYS, Cell, UsagePlan
from exporter.report.formatting import clock, date_and_clock, duration, exactly, shortly

SHADES = "·░▒▓█"
"""Nothing, then up to a quarter of the most, to a half, to three quarters, and up to the most."""
_MAP_WIDTH = 5 + 2 * 24
_HOURS = "     " + "".join(f"{hour:<6}" for hour in range(0, 24, 3)).rstrip()


def plan_tables(plan: UsagePlan, source: str, width: int, zone: tzinfo | None = None) -> Group:
    """What `claude-tracker report plan` prints, with wall clocks of `zone` (None: the machine's).

    A map whose sums by weekday do not fit beside it into `width` columns is without them.
    """
    span = plan.span
    looked_at = f"{date_and_clock(span.start, zone)} to {date_and_clock(span.end, zone)}"
    parts: list[RenderableType] = [
        Text(f"By weekday and hour, {looked_at}", style="bold"),
        *_map("Tokens", width, plan.cells, lambda cell: cell.tokens, shortly),
        *_map("Active time", width, plan.cells, lambda cell: cell.active, lambda ms: duration(ms / 1000)),
    ]
    if any(cell.limit_hits for cell in plan.cells):
        parts += _map("Limit hits", width, plan.cells, lambda cell: cell.limit_hits, exactly)
    parts += [*_starts(plan.block_starts), Text(), *_covered(plan, zone), Text()]
    shades = ", ".join(f"{SHADES[n]} up to {25 * n} %" for n in range(1, 5))
    return Group(*parts, Text(f"{SHADES[0]} nothing, {shades} of the most in one hour.\n{source}", style="dim"))


def shade(figure: int, most: int) -> str:
    """The sign for a figure beside the most there is."""
    return SHADES[-(-4 * figure // most)] if figure > 0 else SHADES[0]


def _map(
    title: str, width: int, cells: Sequence[Cell], figure: Callable[[Cell], int], written: Callable[[int], str]
) -> list[RenderableType]:
    figures = [figure(cell) for cell in cells]
    most = max(figures)
    lines: list[RenderableType] = [
        Text(),
        Text(f"{title}, at most {written(most)} in one hour of the week"),
        Text(_HOURS),
    ]
    rows = [figures[24 * number : 24 * number + 24] for number in range(7)]
    sums = [f" {written(sum(row))}" for row in rows]
    fits = _MAP_WIDTH + max(map(len, sums)) <= width
    for weekday, row, told in zip(WEEKDAYS, rows, sums, strict=True):
        shades = "".join(2 * shade(one, most) for one in row)
        lines.append(Text(f"{weekday[:3].title()}  {shades}{told if fits else ''}"))
    return lines


def _starts(starts: Sequence[int]) -> list[RenderableType]:
    """How often blocks began, by the hour of the day."""
    if not any(starts):
        return [Text(), Text("No block began.")]
    most = max(starts)
    shades = "".join(2 * shade(count, most) for count in starts)
    return [
        Text(),
        Text(f"Blocks began, at most {most:,} in one hour of the day"),
        Text(_HOURS),
        Text(f"     {shades} {sum(starts):,}"),
    ]


def _covered(plan: UsagePlan, zone: tzinfo | None) -> list[RenderableType]:
    covered, lines = plan.covered, []
    told = f"A block started now, {clock(covered.start, zone)} to {clock(covered.end, zone)}, would cover "
    if covered.tokens is None or covered.active is None:
        lines.append(told + "hours of which nothing is known yet.")
    else:
        share = f", {100 * covered.share:.0f} % of a week's tokens" if covered.share is not None else ""
        active = duration(covered.active / 1000)
        lines.append(f"{told}typically {shortly(round(covered.tokens))} tokens and {active} of activity{share}.")
    if plan.running is not None:
        lines.append(f"One runs until {clock(plan.running.end, zone)}; none can be started before.")
    return [Text(line) for line in lines]
