"""The tables of `limits --history`: limits reached, limits raised, and the readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from exporter.domain.limits.reading import window_name
from exporter.domain.text import visible
from exporter.report.fitting import fitting
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

Named = Callable[[str], tuple[str, ...]]
"""The cells that name an account by its label: one with several accounts, else none."""


def history(past: PastLimits, accounts: Sequence[AccountPart], zone: tzinfo | None, width: int) -> Group:
    """The tables in `width` columns, with times in `zone` (None: the machine's).

    A column names the account if there are several.
    """
    names = {account.label: visible(account.name) for account in accounts}
    labels = {hit.part.account for hit in past.hits} | {one.account for one in past.raises}
    labels |= {one.account for one in past.windows}
    several = len(labels.union(names, (one.account for one in past.readings))) > 1

    def named(label: str) -> tuple[str, ...]:
        return (names.get(label, label),) if several else ()

    parts = [_hits(past.hits, named, zone, width)]
    if past.raises:
        parts += [Text(), _raises(past.raises, named, zone, width)]
    if past.changes:
        parts += [Text(), _changes(past.changes, named, zone, width)]
    if past.windows:
        parts += [Text(), _windows(past.windows, named, zone, width)]
    return Group(*parts, Text(), _readings(past, named, zone, width))


Rows = list[dict[str, str]]
_TEXTS = frozenset(("Account", "Window", "Locked out", "Resets", "Source", "Elsewhere"))


def _table(title: str, first: str, layouts: Sequence[Sequence[str]], rows: Rows, named: Named, width: int) -> Table:
    """With the most columns that fit. The account comes second, where there are several; at last it goes, too."""
    account = ("Account",) if named("") else ()
    every = [*((*account, *columns) for columns in layouts), layouts[-1]]
    return fitting(first, every, rows, width, left=_TEXTS, title=title)


def _own(named: Named, label: str) -> dict[str, str]:
    return dict(zip(("Account",), named(label), strict=False))


def _hits(hits: tuple[PastHit, ...], named: Named, zone: tzinfo | None, width: int) -> RenderableType:
    if not hits:
        return Text("No limit has been reached so far.")
    rows: Rows = []
    for past in hits:
        hit, locked_ms = past.part.hit, past.part.locked_ms
        rows.append({
            "Reached": format_date_and_clock(hit.at, zone), **_own(named, past.part.account),
            "Window": window_name(hit.window),
            "Locked out": format_duration(locked_ms / 1000) if locked_ms is not None else "?",
            "Block tokens": format_short(past.block_tokens), "Block cost": format_money(past.block_cost),
            "Week tokens": format_short(past.week_tokens), "Week cost": format_money(past.week_cost),
        })  # fmt: skip
    layouts = (
        ("Window", "Locked out", "Block tokens", "Block cost", "Week tokens", "Week cost"),
        ("Window", "Locked out", "Block cost", "Week cost"),
        ("Window", "Locked out"),
    )
    return _table("Limits reached, with the usage until then", "Reached", layouts, rows, named, width)


def _raises(raises: tuple[RaisePart, ...], named: Named, zone: tzinfo | None, width: int) -> RenderableType:
    rows = [
        {
            "Raised": format_date_and_clock(part.raised.at, zone), **_own(named, part.account),
            "Window": window_name(part.raised.window), "Used before": f"{100 * part.raised.before:.0f} %",
            "Used after": f"{100 * part.raised.after:.0f} %",
        }
        for part in raises
    ]  # fmt: skip
    layouts = (("Window", "Used before", "Used after"), ("Window", "Used after"))
    return _table("Limits raised", "Raised", layouts, rows, named, width)


def _changes(changes: tuple[ChangePart, ...], named: Named, zone: tzinfo | None, width: int) -> RenderableType:
    rows = [
        {
            "Since": format_date_and_clock(part.change.at, zone), **_own(named, part.account),
            "Window": window_name(part.window), "Before": f"about {format_money(part.change.before)}",
            "After": f"about {format_money(part.change.after)}",
            "By": f"{100 * (part.change.after / part.change.before - 1):+.0f} %",
        }
        for part in changes
    ]  # fmt: skip
    layouts = (("Window", "Before", "After", "By"), ("Window", "After", "By"), ("Window", "By"))
    return _table("Limits changed, in dollars of list price", "Since", layouts, rows, named, width)


def _windows(windows: tuple[PastWindow, ...], named: Named, zone: tzinfo | None, width: int) -> RenderableType:
    rows = [
        {
            "Ended": format_day_and_clock(one.end.end, zone), **_own(named, one.account),
            "Window": window_name(one.window), "Used": f"{100 * one.end.observation.share:.0f} %",
            "Spent here": format_money(one.end.observation.spent),
            "Elsewhere": f"about {100 * one.elsewhere:.0f} % of it" if one.elsewhere is not None else "",
        }
        for one in windows
    ]  # fmt: skip
    layouts = (("Window", "Used", "Spent here", "Elsewhere"), ("Window", "Used", "Spent here"), ("Window", "Used"))
    return _table("Windows that are over", "Ended", layouts, rows, named, width)


def _readings(past: PastLimits, named: Named, zone: tzinfo | None, width: int) -> RenderableType:
    if not past.readings:
        return Text("No usage reports from Claude in the last 30 days.")
    rows: Rows = []
    for one in past.readings:
        reading, resets_at = one.reading, one.reading.resets_at
        rows.append({
            "Reported": format_day_and_clock(reading.observed_at, zone), **_own(named, one.account),
            "Window": window_name(reading.window), "Used": f"{100 * reading.utilization:.0f} %",
            "Resets": format_day_and_clock(resets_at, zone) if resets_at is not None else "?",
            "Source": f"{reading.source}{'' if one.used else ' (not used)'}",
        })  # fmt: skip
    layouts = (("Window", "Used", "Resets", "Source"), ("Window", "Used", "Resets"), ("Window", "Used"))
    return _table("Usage reports from Claude", "Reported", layouts, rows, named, width)
