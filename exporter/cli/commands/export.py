"""`claude-tracker export`."""

from __future__ import annotations

from datetime import date, tzinfo
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.types import Date, UserPath
from exporter.cli.output import count, say, standard_output
from exporter.cli.progress import steps_bar
from exporter.domain.calendar.day import span_of
from exporter.domain.sync import PRIVACY
from exporter.errors import ConfigurationError, DatabaseError
from exporter.store.exporting.tables import BY_NAME, tables_at
from exporter.store.reader import Reader

if TYPE_CHECKING:
    from exporter.store.exporting.columns import Level, Table
    from exporter.transfer.export import Export


@click.command()
@common.database_option
@common.timezone_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "sqlite"]),
    default="csv",
    show_default=True,
    help="Format: CSV, JSON lines, or an SQLite file.",
)
@click.option(
    "-o",
    "--output",
    type=UserPath(path_type=Path),
    show_default="standard output, for one table",
    help="Folder with a file per table; with --format sqlite, a file.",
)
@click.option("--table", "name", type=click.Choice(list(BY_NAME)), help="Only this table.")
@click.option("--since", type=Date(), show_default="the first day", help="First day.")
@click.option("--until", type=Date(), show_default="today", help="Last day.")
@click.option(
    "--privacy",
    type=click.Choice(PRIVACY),
    default=PRIVACY[0],
    show_default=True,
    help="How much is exported: no project names, with project names, or everything, for import.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def export(
    database: Path,
    zone: tzinfo | None,
    form: str,
    output: Path | None,
    name: str | None,
    since: date | None,
    until: date | None,
    privacy: Level,
    force: bool,
) -> None:
    """Write sessions, blocks, hours and limits as a spreadsheet, JSON lines or SQLite. Also while a tracker runs.

    Texts of prompts and answers are never in it. What `--privacy full` writes can be imported on another machine.
    """
    tables = _tables(name, privacy)
    if output is None and (name is None or form == "sqlite"):
        raise ConfigurationError("choose where to write with --output, or one table with --table")
    if since is not None and until is not None and until < since:
        raise ConfigurationError(f"--until {until} is before --since {since}")
    from exporter.transfer.export import Export, wanted_at

    days = span_of(since, until, zone)
    wanted = wanted_at(privacy, days.start if since is not None else None, days.end if until is not None else None)
    out = standard_output()  # before the bar, which replaces it
    with Reader(database).view() as connection, steps_bar("exporting") as progress:
        if connection is None:
            raise DatabaseError(f"there is no database {database}: check --database")
        exported = Export(connection, tables, wanted, clock(), progress)
        _write(exported, form, output or out, force=force)
    if output is not None:
        rows = count(sum(exported.rows.values()), "row")
        say(f"Wrote {rows} in {count(len(exported.rows), 'table')} to {output} (privacy: {privacy})", err=True)


def _tables(name: str | None, level: Level) -> tuple[Table, ...]:
    """Raises ConfigurationError for a table that this level does not have."""
    shown = tables_at(level)
    if name is None:
        return shown
    if BY_NAME[name] not in shown:
        raise ConfigurationError(f"--table {name} names sessions and IDs: it needs --privacy full")
    return (BY_NAME[name],)


def _write(exported: Export, form: str, output: Path | IO[str], *, force: bool) -> None:
    if not isinstance(output, Path):
        exported.to_stream(output, form)
    elif form == "sqlite":
        exported.to_database(output, force=force)
    else:
        exported.to_folder(output, form, force=force)
