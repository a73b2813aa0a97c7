"""The screen of `claude-tracker watch`: verdict, windows, their course, sessions, sums; what fits, in that order."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from exporter.domain.usage.amount import Amount
from exporter.report.course import LEAST_HEIGHT, MOST_HEIGHT, Course, chart
from exporter.report.formatting import format_cost, format_count
from exporter.report.glance import labelled, sessions, sums
from exporter.report.session_lines import Costs
from exporter.report.verdict import by_urgency, verdict_line, windows
from exporter.snapshot.parts import Snapshot

KEYS = (
    ("s", "sessions"),
    ("d", "days"),
    ("m", "models"),
    ("p", "projects"),
    ("l", "limits"),
    ("?", "help"),
    ("q", "quit"),
)
HELP = """\
s  the sessions of the last day
d  the last 14 days, by model, today first
m  models of the last 14 days
p  projects of the last 14 days
l  every limit, with the week and the month
q  quit; Esc or the same key again leads back
j, k, the arrows, space and Page Up move within a view

A bar is what is used, dashes are what is projected by the reset, the mark is where the clock stands."""


class Watched(NamedTuple):
    """What the screen shows. `course`: of the window that binds; None where none is known. `hour`: the last one."""

    snapshot: Snapshot
    fresh: str
    costs: Costs
    course: Course | None
    hour: Amount


def screen(watched: Watched, width: int, height: int, zone: tzinfo | None) -> list[Text]:
    """At most `height` lines of at most `width` columns; the last has the keys."""
    snapshot, now = watched.snapshot, watched.snapshot.as_of
    first, *others = by_urgency(snapshot.accounts)
    verdict = verdict_line(first, watched.fresh, now, width, named=bool(others))
    top = _broken(verdict, width)
    if watched.fresh not in verdict.plain:
        top.append(Text(f"  {watched.fresh}", "dim"))
    top += [Text(), *windows(first, now, zone, width)]
    for account in others:
        top += _broken(verdict_line(account, "", now, width, named=True), width)
    below = [*sessions(snapshot, watched.costs, width), Text()]
    below += [_hour(watched.hour, width), *sums(snapshot, width, zone)]
    left = height - 1 - len(top) - len(below) - 2
    if watched.course is not None and left >= LEAST_HEIGHT:
        top += [Text(), *chart(watched.course, now, zone, width, min(MOST_HEIGHT, left))]
    lines = [*top, Text(), *below][: height - 1]
    lines += [Text()] * (height - 1 - len(lines))
    return [*(_cut(line, width) for line in lines), keys_line(width)]


def first_of(wanted: int, lines: int, height: int) -> int:
    """The line that a view of so many lines begins with, where `wanted` may be too far."""
    return max(0, min(wanted, lines - (height - 2))) if lines > height - 1 else 0


def page(lines: list[Text], width: int, height: int, first: int = 0) -> list[Text]:
    """Another view: what fits of its lines, from the line `first` on, and the keys."""
    room = height - 1
    first = first_of(first, len(lines), height)
    if len(lines) > room:
        room -= 1
    shown = [_cut(line, width) for line in lines[first : first + room]]
    if len(lines) > len(shown):
        above, below = first, len(lines) - first - len(shown)
        said = [f"{count} {where}" for count, where in ((above, "above"), (below, "below")) if count]
        more = f"  … {format_count(above + below, 'line')} more: {', '.join(said)} (j, k)"
        shown.append(_cut(Text(more, "dim"), width))
    return [*shown, *([Text()] * (height - 1 - len(shown))), keys_line(width)]


def keys_line(width: int) -> Text:
    """As many keys as fit, closer together if need be; those for help and to quit always."""
    *views, help_key, quit_key = KEYS
    while True:
        for indent, gap in ((2, 2), (0, 1)):
            line = Text(" " * indent)
            for key, name in (*views, help_key, quit_key):
                line.append(key, "bold").append(f" {name}{' ' * gap}", "dim")
            line.rstrip()
            if cell_len(line.plain) <= width or (not views and not indent):
                return _cut(line, width)
        views.pop()


def _hour(hour: Amount, width: int) -> Text:
    text = f"{format_cost(hour.cost, lacks=hour.unpriced)} · {format_count(hour.responses, 'response')}"
    return labelled("Last hour", Text(text), width)


def _broken(text: Text, width: int) -> list[Text]:
    """A sentence as lines, broken between words."""
    found, start, room = [], 0, width
    while cell_len(text.plain[start:]) > room:
        end = text.plain.rfind(" ", start, start + room + 1)
        if end <= start:
            break
        found.append(text[start:end])
        start, room = end + 1, width - 2
    lines = [*found, text[start:]]
    return [lines[0], *(Text("  ").append_text(line) for line in lines[1:])]


def _cut(line: Text, width: int) -> Text:
    found = line.copy()
    found.truncate(width, overflow="ellipsis")
    return found
