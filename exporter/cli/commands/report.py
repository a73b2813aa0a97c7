"""`claude-tracker report`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.days import Day, Lasting, first_shown
from exporter.cli.output import print_json, print_report, say_lines
from exporter.cli.wiring import updates
from exporter.domain.calendar.day import Span, Unit, date_of, span_of
from exporter.errors import ConfigurationError, DatabaseError
from exporter.snapshot.usage.filters import Wanted
from exporter.store.reader import Reader

if TYPE_CHECKING:  # --json does not import it
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

FORMATS = ("table", "json", "csv", "markdown")


class Given(NamedTuple):
    """What a report is asked for."""

    reader: Reader
    span: Span
    zone: tzinfo | None
    shape: str
    source: str


@click.command()
@click.argument("kind", type=click.Choice([*UNITS, *GROUPS, *OTHERS]), metavar="[KIND]", required=False)
@common.reading_options
@common.timezone_option
@click.option("--since", type=Day(), help="First day. Default: the first day with data; for `plan`, four weeks ago.")
@click.option("--until", type=Day(), help="Last day.")
@click.option("--last", type=Lasting(), help="Only so many days, weeks or months up to today: 7d, 4w or 3m.")
@click.option("--breakdown", type=click.Choice(list(GROUPS)), help="Show what each row consists of, by this.")
@click.option("--project", help="Only of this project, as `report projects` names it.")
@click.option("--model", help="Only of this model or family: opus, `Opus 4.8` or claude-opus-4-8.")
@click.option("--session", help="Only of this session: its id, or its first characters.")
@click.option(
    "--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print it."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def report(
    kind: str | None,
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    since: Day.Found | None,
    until: Day.Found | None,
    last: Lasting.Found | None,
    breakdown: str | None,
    project: str | None,
    model: str | None,
    session: str | None,
    shape: str,
    as_json: bool,
) -> None:
    """Show usage over time. Reads new transcript entries first, unless a tracker does.

    KIND is daily, weekly, monthly, blocks, projects, models or sessions, with a row for each one; chains, for main
    sessions and subagents; skills, agents, plugins, mcp (servers) or efforts, for what responses ran under; tools, with
    the calls of each; weeks, which shows how much of each week's limit was used, and what a full 5-hour window cost of
    it; cache, which shows the use of the prompt cache by day; or plan, which shows typical usage by hour of the week
    and in a 5-hour block that starts now. Without KIND: the last 14 days, each by model.
    """
    today, wanted = date_of(clock(), zone), Wanted(project, model, session)
    if last is not None and (since is not None or until is not None):
        raise ConfigurationError("--last stands for --since and --until: give either")
    first, final = (None if one is None else one.on(today) for one in (since, until))
    if last is not None:
        first = last.since(today)
    if kind is None:
        kind, breakdown = "daily", breakdown or "models"
        if first is None and final is None:
            first = first_shown(today)
    _check(kind, breakdown, wanted, first, final)
    worker = updates.start_worker_to_show(database)
    reader = Reader(database)
    source, _ = updates.catch_up_if_unlocked(reader, "report", config_dirs, worker, processes)
    if reader.first_read_at() is None:
        raise DatabaseError(f"{database} contains no data yet. {source}")
    source = updates.with_imported(updates.with_missing(source, reader, config_dirs), reader)
    source = f"{source} {updates.last_change(reader.committed_at(), clock())}"
    given = Given(reader, span_of(first, final, zone), zone, "json" if as_json else shape, source)
    if kind == "plan":
        _plan(given, given.span if first or final else None)
    elif kind in OTHERS:
        {"blocks": _blocks, "weeks": _weeks, "tools": _tools, "cache": _cache}[kind](given)
    else:
        _used(given, kind, breakdown, wanted)


def _check(kind: str, breakdown: str | None, wanted: Wanted, since: date | None, until: date | None) -> None:
    """Raises ConfigurationError for what does not go together."""
    if breakdown is not None and kind in OTHERS:
        raise ConfigurationError(f"--breakdown does not apply to {kind}")
    if not wanted.is_everything and kind in OTHERS:
        raise ConfigurationError(f"--project, --model and --session do not apply to {kind}")
    if since is not None and until is not None and until < since:
        raise ConfigurationError(f"--until {until} is before --since {since}")


def _answered(given: Given, answer: Callable[[], Mapping[str, Any]]) -> bool:
    """Print it for a program, unless it is to be a table; returns whether it was printed."""
    if given.shape == "table":
        return False
    if given.shape == "json":
        print_json(answer())
        return True
    from exporter.report import plain

    rows = plain.flat_rows(answer())
    say_lines((plain.as_csv(rows) if given.shape == "csv" else plain.as_markdown(rows)).removesuffix("\n"))
    return True


def _used(given: Given, kind: str, breakdown: str | None, wanted: Wanted) -> None:
    from exporter.snapshot.usage import groupings, imported, usage_history, usage_json

    reader, span, zone, _, source = given
    within = GROUPS[breakdown] if breakdown is not None else None
    before: tuple[ImportedUsage, ...] = ()
    if kind in UNITS:
        unit, key = UNITS[kind]
        found = usage_history.periods_by(reader, unit, span, zone, within, wanted)
        before = imported.imported_periods(reader, unit, span, zone) if wanted.is_everything else ()
    else:
        key = GROUPS[kind]
        found = groupings.grouped(reader, span, key, within, wanted)

    def answer() -> Mapping[str, Any]:
        json = usage_json.grouped_json(found, key, zone, within)
        return {**json, "imported": imported.imported_json(before, key)} if kind in UNITS else json

    if not _answered(given, answer):
        from exporter.report import usage

        print_report(lambda width: usage.used(key, found, source, width, within, zone, before))


def _tools(given: Given) -> None:
    from exporter.snapshot.usage import tools

    found = tools.calls(given.reader, given.span)
    if not _answered(given, lambda: tools.calls_json(found, given.zone)):
        from exporter.report.tools import tool_calls

        print_report(lambda _: tool_calls(found, given.source))


def _blocks(given: Given) -> None:
    from exporter.snapshot.usage import usage_history, usage_json

    items = usage_history.used_blocks(given.reader, given.span, clock())
    if not _answered(given, lambda: usage_json.blocks_json(items, given.zone)):
        from exporter.report import usage

        print_report(lambda width: usage.blocks(items, given.source, width, given.zone))


def _weeks(given: Given) -> None:
    from exporter.snapshot.limits import weeks

    items = weeks.past_weeks(given.reader, given.span, clock())
    if not _answered(given, lambda: weeks.weeks_json(items, given.zone)):
        from exporter.report.weeks import weeks as table

        print_report(lambda width: table(items, given.source, width, given.zone))


def _cache(given: Given) -> None:
    from exporter.snapshot.usage import cache_history, cache_json

    found = cache_history.cache_history(given.reader, given.span, given.zone)
    if not _answered(given, lambda: cache_json.history_json(found, given.zone)):
        from exporter.report.cache import cache

        print_report(lambda width: cache(found, given.source, width))


def _plan(given: Given, span: Span | None) -> None:
    from exporter.snapshot.usage import usage_history, usage_json

    plan = usage_history.planning(given.reader, span, clock(), given.zone)
    if not _answered(given, lambda: usage_json.plan_json(plan, given.zone)):
        from exporter.report.plan import plan_tables

        print_report(lambda width: plan_tables(plan, given.source, width, given.zone))
