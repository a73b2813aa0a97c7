"""The table of `report cache`: the use of the prompt cache by day, and its misses."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from exporter.domain.text import visible
from exporter.domain.usage.prompt_cache import Misses
from exporter.report.formatting import format_cost, format_count, format_exact, format_short
from exporter.snapshot.cache_part import CacheUsed
from exporter.snapshot.usage.cache_history import CacheHistory

_NOTES = """\
Hit ratio: of all input, what was read from the cache. Rewritten: tokens
written again after the cache had expired, and what that cost more than
reading them, by list price.
"""


_TITLES = ("Hit ratio", "Input", "Read", "Written", "Rewritten", "Cost")
_FEWER = ("Hit ratio", "Input", "Rewritten", "Cost")
MIN_FULL_WIDTH = 76
"""Columns of a terminal that has room for all."""


def cache(found: CacheHistory, source: str, width: int) -> Group:
    """A row per day, the totals, and the misses by cause; with fewer columns if not all fit into `width`."""
    if not found.days:
        return Group(Text("No usage in this period.", style="bold"), Text(visible(source), style="dim"))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Date", no_wrap=True)
    titles = _TITLES if width >= MIN_FULL_WIDTH else _FEWER
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    for date, used in (*found.days, ("Total", found.total)):
        cells = dict(zip(_TITLES, _cells(used), strict=True))
        table.add_row(date, *(cells[title] for title in titles), style="bold" if date == "Total" else None)
    return Group(table, Text(), Text(_misses(found.misses)), Text(), Text(f"{_NOTES}{visible(source)}", style="dim"))


def _cells(used: CacheUsed) -> list[str]:
    tokens, rewritten = used.tokens, used.rewritten
    return [
        "–" if used.hit_ratio is None else f"{100 * used.hit_ratio:.1f} %",
        format_short(tokens.all_input),
        format_short(tokens.cache_read),
        format_short(tokens.cache_write_5m + tokens.cache_write_1h),
        format_short(rewritten.tokens),
        format_cost(rewritten.cost, lacks=rewritten.unpriced),
    ]


def _misses(misses: Misses) -> str:
    """The misses by cause, the most frequent first."""
    if not misses.requests:
        return "Misses are not known: the status line reports them (`setup statusline`)."
    text = (
        f"{misses.misses:,} {'miss' if misses.misses == 1 else 'misses'} in {format_count(misses.requests, 'request')}"
    )
    causes = sorted(misses.by_cause.items(), key=lambda one: (-one[1], one[0]))
    named = ", ".join(f"{cause.replace('_', ' ')} {format_exact(count)}" for cause, count in causes)
    return f"{text}{f': {named}' if named else ''}, as the status line reports."
