"""What a tracker says when it starts, and when it runs already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from exporter.domain.calendar import timestamp
from exporter.domain.text import visible
from exporter.report.formatting import format_clock, format_cost, format_count

MAX_WIDTH = 80
_LABEL_WIDTH = 12


class Found(NamedTuple):
    """What the first read or the database has. `cost`: nano-dollars. `since`: ms, of the first response.

    `took`: seconds. `limits`: a sentence; None while they are not known. `missing`: a sentence if nothing was found.
    """

    transcripts: int
    responses: int
    cost: int
    is_priced: bool
    since: int | None
    took: float
    limits: str | None
    missing: str | None = None


def start_lines(
    found: Found, address: str, database: str, setup: str, width: int | None, zone: tzinfo | None
) -> list[str]:
    """Four lines: what was read, the page's address, the limits, where the data is.

    `setup`: the command that makes limits known. `width`: of the terminal; None in a pipe, where nothing is aligned.
    """
    limits = found.limits or f"not known yet: run `{setup}`"
    return [
        _sides(_read(found, zone), f"{found.took:.1f} s", width),
        _sides(_labelled("Dashboard", address), "Ctrl-C stops" if width is not None else "", width),
        _labelled("Limits", limits),
        _labelled("Data", visible(database)),
    ]


def running_line(address: str, pid: int, since: int, stop: str, now: int, zone: tzinfo | None) -> str:
    """What a second start says. `stop`: the command that stops the first. `since`, `now`: ms."""
    clock = format_clock(since, zone)
    when = clock if _date(since, zone) == _date(now, zone) else f"{_date(since, zone)}, {clock}"
    return f"claude-tracker is running: {address} (pid {pid}, since {when}). Stop it with `{stop}`."


def nothing_found(folders: Sequence[tuple[str, bool]]) -> str:
    """What every face says if there are no transcripts. `folders`: those looked in, and whether each exists."""
    states = {True: "empty", False: "does not exist"}
    looked = " and ".join(f"{visible(folder)} ({states[exists]})" for folder, exists in folders)
    return (
        f"No Claude Code transcripts found. Looked in {looked}. "
        "Start Claude Code once, or name a folder with --config-dir."
    )


def _read(found: Found, zone: tzinfo | None) -> str:
    if found.missing is not None and not found.responses:
        return found.missing
    cost = format_cost(found.cost, lacks=not found.is_priced)
    since = f" since {_date(found.since, zone)}" if found.since is not None else ""
    read = f"{format_count(found.transcripts, 'transcript')}: {format_count(found.responses, 'response')}"
    return f"Read {read}, {cost}{since}"


def _date(at: int, zone: tzinfo | None) -> str:
    day = timestamp.to_datetime(at).astimezone(zone)
    return f"{day.day} {day:%b} {day.year}"


def _labelled(label: str, text: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}{text}"


def _sides(left: str, right: str, width: int | None) -> str:
    """`right` at the right edge of a terminal, if there is room; behind two spaces in a pipe."""
    if not right:
        return left
    gap = min(width, MAX_WIDTH) - len(left) - len(right) if width is not None else 2
    return f"{left}{' ' * gap}{right}" if gap >= 2 else left
