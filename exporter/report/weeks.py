"""The week in sessions: a line of `limits`, and the table of `report weeks`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.console import Group
from rich.text import Text

from exporter.domain.limits.window_cost import WindowCost
from exporter.domain.text import visible
from exporter.report.fitting import fitting
from exporter.report.formatting import format_count, format_date_and_clock
from exporter.snapshot.limits.weeks import PastWeek

_LAYOUTS = (
    ("Used", "Left unused", "Window", "Full", "Reached"),
    ("Used", "Window", "Full", "Reached"),
    ("Used", "Window", "Reached"),
    ("Used", "Window"),
)
MIN_LEFT = 0.05
"""Less is shown as none."""
_NOTES = """\
Left unused: of the week's limit. Window: what a full 5-hour window cost of the week, the median.
Full: 5-hour windows used to 90 % or more. Reached: limits of 5-hour windows and of weeks.
"""


def week_in_sessions(cost: WindowCost, left: float | None) -> Text:
    """How many full 5-hour windows are left in the week, and what one costs of it."""
    range_of = f"{_percent(cost.low)[:-2]} to {_percent(cost.high)}, from {format_count(cost.windows, 'window')}"
    one = f"costs about {_percent(cost.median)} of the week ({range_of})"
    if left is None:
        return Text(f"A full 5-hour window {one}")
    room = f"About {left:.1f} full 5-hour windows" if left >= MIN_LEFT else "No full 5-hour window"
    return Text(f"{room} left this week; one {one}")


def weeks(items: Sequence[PastWeek], source: str, width: int, zone: tzinfo | None = None) -> Group:
    """A row per official week, with times in `zone` (None: the machine's).

    With several accounts a column names them, where there is room.
    """
    if not items:
        text = "No week is known in this period: usage reports from Claude with the week's reset bring them."
        return Group(Text(text, style="bold"), Text(visible(source), style="dim"))
    several = len({one.account for one in items}) > 1
    layouts = [*([("Account", *columns) for columns in _LAYOUTS] if several else ()), *_LAYOUTS]
    table = fitting("Week from", layouts, [_row(one, zone) for one in items], width, left=frozenset(("Account",)))
    marks = "* Running now.\n" if any(one.is_current for one in items) else ""
    return Group(table, Text(), Text(f"{_NOTES}{marks}{visible(source)}", style="dim"))


def _row(one: PastWeek, zone: tzinfo | None) -> dict[str, str]:
    week = one.week
    return {
        "Week from": f"{format_date_and_clock(week.start, zone)}{' *' if one.is_current else ''}",
        "Account": visible(one.account),
        "Used": f"{100 * week.used:.0f} %",
        "Left unused": f"{100 * week.unused:.0f} %",
        "Window": _percent(week.cost) if week.cost is not None else "?",
        "Full": f"{week.full_windows}",
        "Reached": f"{week.hits} + {week.week_hits}",
    }


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
