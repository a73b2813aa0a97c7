"""`claude-tracker report`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.types import Date
from exporter.cli.output import print_json, print_report
from exporter.cli.wiring import updates
from exporter.domain.calendar.day import Span, Unit, span_of
from exporter.errors import ConfigurationError, DatabaseError
from exporter.store.reader import Reader

if TYPE_CHECKING:  # --json does not import it
    from rich.console import RenderableType

    from exporter.domain.usage.imported import ImportedUsage

UNITS: dict[str, tuple[Unit, str]] = {
    "daily": ("day", "date"),
    "weekly": ("week", "week"),
    "monthly": ("month", "month"),
}
"""By kind of report: the period of a row, and the row's key."""
GROUPS: dict[str, str] = {
    "projects": "project",
    "models": "model",
    "sessions": "session",
    "chains": "chain",
    "skills": "skill",
    "agents": "agent",
    "plugins": "plugin",
    "mcp": "mcp",
    "efforts": "effort",
}
"""By kind of report: the row's key."""
OTHERS = ("blocks", "weeks", "tools", "cache", "plan")


@click.command()
@click.argument("kind", type=click.Choice([*UNITS, *GROUPS, *OTHERS]), metavar="KIND")
@common.reading_options
@common.timezone_option
@click.option("--since", type=Date(), help="First day. Default: the first day with data; for `plan`, four weeks ago.")
@click.option("--until", type=Date(), help="Last day.")
@click.option("--breakdown", type=click.Choice(list(GROUPS)), help="Show what each row consists of, by this.")
@common.json_option("Print the result as JSON.")
def report(
    kind: str,
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    since: date | None,
    until: date | None,
    breakdown: str | None,
    as_json: bool,
) -> None:
    """Show usage over time. Reads new transcript entries first, unless a tracker does.

    KIND is daily, weekly, monthly, blocks, projects, models or sessions, with a row for each one; chains, for main
    sessions and subagents; skills, agents, plugins, mcp (servers) or efforts, for what responses ran under; tools, with
    the calls of each; weeks, which shows how much of each week's limit was used, and what a full 5-hour window cost of
    it; cache, which shows the use of the prompt cache by day; or plan, which shows typical usage by hour of the week
    and in a 5-hour block that starts now.
    """
    if breakdown is not None and kind in OTHERS:
        raise ConfigurationError(f"--breakdown does not apply to {kind}")
    if since is not None and until is not None and until < since:
        raise ConfigurationError(f"--until {until} is before --since {since}")
    worker = updates.start_worker_to_show(database)
    reader = Reader(database)
    source, _ = updates.catch_up_if_unlocked(reader, "report", config_dirs, worker, processes)
    if reader.first_read_at() is None:
        raise DatabaseError(f"{database} contains no data yet. {source}")
    source = updates.with_imported(updates.with_missing(source, reader, config_dirs), reader)
    source = f"{source} {updates.last_commit(reader.committed_at())}"
    span = span_of(since, until, zone)
    if kind == "plan":
        _plan(reader, span if since or until else None, source, zone, as_json)
    elif kind == "blocks":
        _blocks(reader, span, source, zone, as_json)
    elif kind == "weeks":
        _weeks(reader, span, source, zone, as_json)
    elif kind == "tools":
        _tools(reader, span, source, zone, as_json)
    elif kind == "cache":
        _cache(reader, span, source, zone, as_json)
    else:
        _used(kind, breakdown, reader, span, source, zone, as_json)


def _used(
    kind: str, breakdown: str | None, reader: Reader, span: Span, source: str, zone: tzinfo | None, as_json: bool
) -> None:
    from exporter.snapshot.usage import groupings, imported, usage_history, usage_json

    within = GROUPS[breakdown] if breakdown is not None else None
    before: tuple[ImportedUsage, ...] = ()
    if kind in UNITS:
        unit, key = UNITS[kind]
        found = usage_history.periods_by(reader, unit, span, zone, within)
        before = imported.imported_periods(reader, unit, span, zone)
    else:
        key = GROUPS[kind]
        found = groupings.grouped(reader, span, key, within)
    if as_json:
        answer = usage_json.grouped_json(found, key, zone, within)
        print_json({**answer, "imported": imported.imported_json(before, key)} if kind in UNITS else answer)
        return
    from exporter.report import usage

    _print(lambda width: usage.used(key, found, source, width, within, zone, before))


def _tools(reader: Reader, span: Span, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.usage import tools

    found = tools.calls(reader, span)
    if as_json:
        print_json(tools.calls_json(found, zone))
        return
    from exporter.report.tools import tool_calls

    _print(lambda _: tool_calls(found, source))


def _blocks(reader: Reader, span: Span, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.usage import usage_history, usage_json

    items = usage_history.used_blocks(reader, span, clock())
    if as_json:
        print_json(usage_json.blocks_json(items, zone))
        return
    from exporter.report import usage

    _print(lambda width: usage.blocks(items, source, width, zone))


def _weeks(reader: Reader, span: Span, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.limits import weeks

    items = weeks.past_weeks(reader, span, clock())
    if as_json:
        print_json(weeks.weeks_json(items, zone))
        return
    from exporter.report.weeks import weeks as table

    _print(lambda _: table(items, source, zone))


def _cache(reader: Reader, span: Span, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.usage import cache_history, cache_json

    found = cache_history.cache_history(reader, span, zone)
    if as_json:
        print_json(cache_json.history_json(found, zone))
        return
    from exporter.report.cache import cache

    _print(lambda width: cache(found, source, width))


def _plan(reader: Reader, span: Span | None, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.usage import usage_history, usage_json

    plan = usage_history.planning(reader, span, clock(), zone)
    if as_json:
        print_json(usage_json.plan_json(plan, zone))
        return
    from exporter.report.plan import plan_tables

    _print(lambda width: plan_tables(plan, source, width, zone))


def _print(render: Callable[[int], RenderableType]) -> None:
    from exporter.report.usage import MIN_WIDTH

    print_report(render, MIN_WIDTH)
