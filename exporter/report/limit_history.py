"""The tables of `limits --history`: limits reached, limits raised, and the readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.limits.reading import window_name
from exporter.domain.text import visible
from exporter.report.formatting import (
    format_date_and_clock,
    format_day_and_clock,
    format_duration,
    format_money,
    format_short,
)
from exporter.snapshot.limit_parts import ChangePart, RaisePart
from exporter.snapshot.limits.limit_history import PastHit, PastLimits, PastWindow
from exporter.snapshot.parts import AccountPart

DAY_WIDTH = 10
"""Columns of a date without its time, which may wrap."""
Named = Callable[[str], tuple[str, ...]]
"""The cells that name an account by its label: one with several accounts, else none."""


def history(past: PastLimits, accounts: Sequence[AccountPart], zone: tzinfo | None) -> Group:
    """The tables, with times in `zone` (None: the machine's). A column names the account if there are several."""
    names = {account.label: visible(account.name) for account in accounts}
    labels = {hit.part.account for hit in past.hits} | {one.account for one in past.raises}
    labels |= {one.account for one in past.windows}
    several = len(labels.union(names, (one.account for one in past.readings))) > 1

    def named(label: str) -> tuple[str, ...]:
        return (names.get(label, label),) if several else ()

    parts = [_hits(past.hits, named, zone)]
    if past.raises:
        parts += [Text(), _raises(past.raises, named, zone)]
    if past.changes:
        parts += [Text(), _changes(past.changes, named, zone)]
    if past.windows:
        parts += [Text(), _windows(past.windows, named, zone)]
    return Group(*parts, Text(), _readings(past, named, zone))


def _lines(*texts: str) -> Text:
    """A cell of several lines."""
    return Text("\n".join(texts))


def _table(title: str, columns: Sequence[str | Text], numbers: Sequence[str], rest: Sequence[str] = ()) -> Table:
    """`numbers`: right-aligned columns. A narrow terminal wraps names, never numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    for name in columns:
        table.add_column(name, overflow="fold", min_width=DAY_WIDTH if name == columns[0] else None)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    for name in rest:
        table.add_column(name, no_wrap=True)
    return table


def _account(named: Named) -> tuple[str, ...]:
    return ("Account",) if named("") else ()


def _hits(hits: tuple[PastHit, ...], named: Named, zone: tzinfo | None) -> RenderableType:
    if not hits:
        return Text("No limit has been reached so far.")
    table = _table(
        "Limits reached, with the usage until then",
        ("Reached", _lines("Window", *_account(named)), "Locked out"),
        ("Block tokens", "Block cost", "Week tokens", "Week cost"),
    )
    for past in hits:
        hit, locked_ms = past.part.hit, past.part.locked_ms
        locked = format_duration(locked_ms / 1000) if locked_ms is not None else "?"
        in_block = format_short(past.block_tokens), format_money(past.block_cost)
        in_week = format_short(past.week_tokens), format_money(past.week_cost)
        head = format_date_and_clock(hit.at, zone), _lines(window_name(hit.window), *named(past.part.account))
        table.add_row(*head, locked, *in_block, *in_week)
    return table


def _raises(raises: tuple[RaisePart, ...], named: Named, zone: tzinfo | None) -> RenderableType:
    table = _table("Limits raised", ("Raised", *_account(named), "Window"), ("Used before", "Used after"))
    for part in raises:
        raised = part.raised
        head = format_date_and_clock(raised.at, zone), *named(part.account), window_name(raised.window)
        table.add_row(*head, f"{100 * raised.before:.0f} %", f"{100 * raised.after:.0f} %")
    return table


def _changes(changes: tuple[ChangePart, ...], named: Named, zone: tzinfo | None) -> RenderableType:
    columns = ("Since", *_account(named), "Window")
    table = _table("Limits changed, in dollars of list price", columns, ("Before", "After", "By"))
    for part in changes:
        change = part.change
        head = format_date_and_clock(change.at, zone), *named(part.account), window_name(part.window)
        by = f"{100 * (change.after / change.before - 1):+.0f} %"
        table.add_row(*head, f"about {format_money(change.before)}", f"about {format_money(change.after)}", by)
    return table


def _windows(windows: tuple[PastWindow, ...], named: Named, zone: tzinfo | None) -> RenderableType:
    columns = ("Ended", *_account(named), "Window")
    table = _table("Windows that are over", columns, ("Used", "Spent here", "Elsewhere"))
    for one in windows:
        seen = one.end.observation
        elsewhere = f"about {100 * one.elsewhere:.0f} % of it" if one.elsewhere is not None else ""
        head = format_day_and_clock(one.end.end, zone), *named(one.account), window_name(one.window)
        table.add_row(*head, f"{100 * seen.share:.0f} %", format_money(seen.spent), elsewhere)
    return table


def _readings(past: PastLimits, named: Named, zone: tzinfo | None) -> RenderableType:
    if not past.readings:
        return Text("No usage reports from Claude in the last 30 days.")
    columns = ("Reported", *_account(named), "Window")
    table = _table("Usage reports from Claude", columns, ("Used",), ("Resets", "Source"))
    for one in past.readings:
        reading, used = one.reading, one.used
        reset = format_day_and_clock(reading.resets_at, zone) if reading.resets_at is not None else "?"
        label = f"{reading.source}{'' if used else ' (not used)'}"
        head = format_day_and_clock(reading.observed_at, zone), *named(one.account), window_name(reading.window)
        table.add_row(*head, f"{100 * reading.utilization:.0f} %", reset, label)
    return table
