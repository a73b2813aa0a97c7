"""`claude-tracker report`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.commands.ingest import start_worker_if_new
from exporter.cli.commands.status import catch_up_if_free, last_commit
from exporter.cli.options import common
from exporter.cli.options.types import Date
from exporter.cli.output import print_json, print_report
from exporter.domain.calendar.day import Span, Unit, span_of
from exporter.errors import ConfigurationError, DatabaseError
from exporter.store.reader import Reader

if TYPE_CHECKING:  # a report as JSON is printed without it
    from rich.console import RenderableType

UNITS: dict[str, tuple[Unit, str]] = {
    "daily": ("day", "date"),
    "weekly": ("week", "week"),
    "monthly": ("month", "month"),
}
"""The period of a row, and what it is called."""


@click.command()
@click.argument("kind", type=click.Choice([*UNITS, "blocks", "projects", "models", "plan"]), metavar="KIND")
@common.database_option
@common.config_dir_option
@common.timezone_option
@common.processes_option
@click.option("--since", type=Date(), help="From this day on; of `plan`: by itself four weeks back.")
@click.option("--until", type=Date(), help="Up to the end of this day.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def report(
    kind: str,
    database: Path,
    config_dirs: tuple[Path, ...],
    zone: tzinfo | None,
    processes: bool,
    since: date | None,
    until: date | None,
    as_json: bool,
) -> None:
    """What was used, and when. Reads what is new first, unless a tracker does.

    KIND is daily, weekly, monthly, blocks, projects or models, for a row of each, or plan: what is mostly used at which
    hour of the week, and what a block started now would cover.
    """
    if since is not None and until is not None and until < since:
        raise ConfigurationError(f"--until {until} is before --since {since}")
    hand = start_worker_if_new(database)
    reader = Reader(database)
    source, _ = catch_up_if_free(reader, "report", config_dirs, hand, processes)
    if reader.first_read_at() is None:
        raise DatabaseError(f"there are no figures in {database} yet. {source}")
    source = f"{source} {last_commit(reader.committed_at())}"
    span = span_of(since, until, zone)
    if kind == "plan":
        _plan(reader, span if since or until else None, source, zone, as_json)
    elif kind == "blocks":
        _blocks(reader, span, source, zone, as_json)
    else:
        _used(kind, reader, span, source, zone, as_json)


def _used(kind: str, reader: Reader, span: Span, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.usage import usage_history, usage_json

    if kind in UNITS:
        unit, key = UNITS[kind]
        items = usage_history.periods(reader, unit, span, zone)
    elif kind == "projects":
        key, items = "project", usage_history.projects(reader, span)
    else:
        key, items = "model", usage_history.models(reader, span)
    if as_json:
        as_told = usage_json.models_json(items, zone) if kind == "models" else usage_json.used_json(items, key, zone)
        print_json(as_told)
        return
    from exporter.report import usage

    _print(lambda width: usage.used(key.title(), items, source, width))


def _blocks(reader: Reader, span: Span, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.usage import usage_history, usage_json

    items = usage_history.used_blocks(reader, span, clock())
    if as_json:
        print_json(usage_json.blocks_json(items, zone))
        return
    from exporter.report import usage

    _print(lambda width: usage.blocks(items, source, width, zone))


def _plan(reader: Reader, span: Span | None, source: str, zone: tzinfo | None, as_json: bool) -> None:
    from exporter.snapshot.usage import usage_history, usage_json

    plan = usage_history.planning(reader, span, clock(), zone)
    if as_json:
        print_json(usage_json.plan_json(plan, zone))
        return
    from exporter.report.plan import plan_tables

    _print(lambda width: plan_tables(plan, source, width, zone))


def _print(render: Callable[[int], RenderableType]) -> None:
    from exporter.report.usage import NARROWEST

    print_report(render, NARROWEST)
