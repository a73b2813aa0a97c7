"""Each window as one bar: what is used, what is projected by its reset, and where the clock stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from exporter.domain.calendar.clock import duration, moment, whole_minute
from exporter.domain.calendar.timestamp import MINUTE
from exporter.domain.forecast.sentence import share_text
from exporter.domain.forecast.window import Forecast
from exporter.domain.limits.hit import window_length_ms
from exporter.domain.limits.reading import SPEND, window_name
from exporter.domain.percent import whole_percent
from exporter.snapshot.limit_parts import LimitPart

SOON_MS = 30 * MINUTE
IN_SECONDS_MS = 90_000
"""An age below it is said in seconds."""
USED, HALF, PROJECTED, CLOCK, REST = "━╸╌┃·"
LEGEND = f"{USED} used  {PROJECTED} projected  {CLOCK} time elapsed"
LEAST_BAR, MOST_BAR = 10, 40
_INDENT, _GAP = 2, 2
_SHARE = 6
"""Columns of `over 100 %` are more: the row is wider then."""
_COLOURS = {"lasts": "green", "runs_out": "yellow", "beyond": "yellow", "reached": "red"}


def colour_of(forecast: Forecast, now: int) -> str:
    """The colour of what is said; empty where nothing is."""
    if forecast.state == "runs_out" and forecast.runs_out_at is not None and forecast.runs_out_at - now < SOON_MS:
        return "red"
    return _COLOURS.get(forecast.state, "")


def bar(used: float, projected: float | None, elapsed: float | None, width: int, colour: str) -> Text:
    """A bar of `width` cells. `used`, `projected`, `elapsed`: 0 to 1; None where it is not known."""
    halves = min(2 * width, round(2 * width * used))
    text = USED * (halves // 2) + HALF * (halves % 2)
    ahead = min(width, round(width * projected)) if projected is not None else 0
    dashes = max(0, ahead - len(text))
    rest = width - len(text) - dashes
    found = Text()
    found.append(text, f"bold {colour}".strip())
    found.append(PROJECTED * dashes, colour)
    found.append(REST * rest, "dim")
    if elapsed is None or used >= 1:
        return found
    at = min(width - 1, int(width * elapsed))
    return Text.assemble(found[:at], (CLOCK, "bold"), found[at + 1 :])


class Layout(NamedTuple):
    """The columns of rows of bars: a name's, a bar's, and what is left behind the share."""

    name: int
    bar: int
    behind: int


def layout_of(limits: Sequence[LimitPart], width: int) -> Layout:
    """How rows of these windows fit into `width` columns."""
    names = [cell_len(window_name(limit.window)) for limit in limits]
    name = max([*names, 10])
    room = width - _INDENT - name - _GAP - _GAP - _SHARE - _GAP
    cells = max(LEAST_BAR, min(MOST_BAR, (room - 2) // 3 if width < 100 else room // 3 + 4))
    cells = min(cells, max(LEAST_BAR, room))
    return Layout(name, cells, max(0, room - cells))


def window_row(limit: LimitPart, now: int, zone: tzinfo | None, layout: Layout, *, binds: bool) -> Text:
    """One line: name, bar, share, and as much of the reset as there is room for. `binds`: the verdict is about it."""
    forecast = limit.forecast
    share = share_text(limit.utilization, is_official=limit.basis == "official")
    row = Text(" " * _INDENT + window_name(limit.window).ljust(layout.name) + " " * _GAP)
    colour = colour_of(forecast, now) if limit.binds else ""
    row.append_text(bar(limit.utilization, forecast.projected, elapsed(limit, now), layout.bar, colour))
    row.append(" " * _GAP + share.rjust(_SHARE), "bold")
    room = layout.behind - max(0, cell_len(share) - _SHARE)
    return row.append_text(_behind(limit, now, zone, room, binds=binds))


def _behind(limit: LimitPart, now: int, zone: tzinfo | None, room: int, *, binds: bool) -> Text:
    """The reset in the longest form that fits, and whether this window binds."""
    mark = "binds" if binds else "does not apply now" if not limit.binds else ""
    left = room - (cell_len(mark) + _GAP if mark else 0)
    text = next((form for form in _resets(limit, now, zone) if cell_len(form) <= left), "")
    found = Text(" " * _GAP + text if text else "")
    if mark and cell_len(mark) <= room:
        found.append(" " * _GAP + " " * max(0, left - cell_len(text)) + mark, "bold" if binds else "dim")
    return found


def _resets(limit: LimitPart, now: int, zone: tzinfo | None) -> Sequence[str]:
    if limit.resets_at is None:
        return ("reset not known",) if limit.window != SPEND else ("",)
    reset = whole_minute(limit.resets_at)
    if reset <= now:
        return ("was reset",)
    at, left = moment(reset, now, zone), duration(reset - now)
    return (f"resets {at}, in {left}", f"resets {at}", left)


def elapsed(limit: LimitPart, now: int) -> float | None:
    """How much of the window's time is over, 0 to 1; None if that is not known."""
    if limit.resets_at is None or limit.window == SPEND:
        return None
    length = window_length_ms(limit.window)
    return min(1.0, max(0.0, 1 - (whole_minute(limit.resets_at) - now) / length))


def legend(limits: Sequence[LimitPart], now: int, layout: Layout, width: int) -> Text:
    """What the bar's parts mean, and how old the figures are."""
    start = _INDENT + layout.name + _GAP
    official = [limit.observed_at for limit in limits if limit.basis == "official"]
    age = f"official, {ago(now - max(official))}" if official else "estimated"
    found = Text(" " * start + LEGEND, "dim")
    if start + cell_len(LEGEND) > width:
        return Text(" " * _INDENT + age, "dim")
    if start + cell_len(LEGEND) + 3 + cell_len(age) > width:
        return found
    return found.append("   " + age)


def ago(ms: int) -> str:
    """`45 s ago`, `2 min ago`."""
    return f"{max(0, ms) / 1_000:.0f} s ago" if ms < IN_SECONDS_MS else f"{duration(ms)} ago"


def share_of(ratio: float) -> str:
    return f"{whole_percent(100 * ratio)} %"
