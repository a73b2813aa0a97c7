"""`claude-tracker backup`, `restore`, `check` and `repair`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.types import UserPath
from exporter.cli.output import count, print_json, say, say_lines
from exporter.cli.progress import reading_bar, steps_bar
from exporter.cli.wiring import environment, locking, updates
from exporter.cli.wiring.folders import roots_of
from exporter.errors import ConfigurationError, DatabaseError
from exporter.ingest.workers.process import start_worker

if TYPE_CHECKING:  # heavy
    from exporter.ingest.repairing import Repaired
    from exporter.store.damage.integrity import Findings


@click.command()
@common.database_option
@click.option("-o", "--output", required=True, type=UserPath(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def backup(database: Path, output: Path, force: bool) -> None:
    """Write the database to one file, checked, also while a tracker runs."""
    from exporter.store.damage import saving

    _refuse_missing(database)
    if output.exists() and not force:
        raise ConfigurationError(f"{output} exists: choose another file, or replace it with --force")
    if output.exists() and output.samefile(database):
        raise ConfigurationError(f"{output} is the database itself: choose another file")
    with steps_bar("copying") as report:
        saving.save(database, output, report)
    say(f"Wrote {database} to {output} ({count(output.stat().st_size, 'byte')}), and checked it.")


@click.command()
@click.argument("source", metavar="FILE", type=UserPath(dir_okay=False, path_type=Path))
@common.database_option
def restore(source: Path, database: Path) -> None:
    """Put a backup in the place of the database, which is kept under another name.

    FILE is checked first, and not changed. The counters on /metrics go on from what they showed. What was used since
    the backup is read from the transcripts that still exist, when a tracker starts.
    """
    from exporter.store.damage import saving

    if source.exists() and database.exists() and source.samefile(database):
        raise ConfigurationError(f"{source} is the database itself: choose another file")
    with locking.alone(database, "restore", clock()):
        kept = saving.restore(source, database)
    was = f" The database before is {kept}." if kept is not None else ""
    say(f"Restored {database} from {source}.{was}")


@click.command()
@common.database_option
@common.json_option("Print what was found as JSON.")
def check(database: Path, as_json: bool) -> None:
    """Read the whole database: its structure, its indexes, and totals against their rows. Also while a tracker runs.

    Exits with 1 if it is damaged. It finds no changed byte inside a stored number, unless a total disagrees.
    """
    from exporter.store.damage import integrity
    from exporter.store.database import damage_mark as mark
    from exporter.store.database.owner import file_id

    _refuse_missing(database)
    file = file_id(database)
    found = integrity.check(database)
    if found.is_whole:
        mark.clear(database)
    else:
        mark.put(database, file, found.sentence())
    if as_json:
        print_json(_findings_json(found, database))
    elif found.is_whole:
        say(f"{database} is whole: its structure, its indexes and its totals.")
    else:
        advice = f"{database} is damaged. Save what can be saved: claude-tracker repair"
        say_lines("\n".join([*_findings_text(found), advice]))
    if not found.is_whole:
        raise click.exceptions.Exit(1)


def _findings_json(found: Findings, database: Path) -> object:
    return {
        "database": str(database),
        "whole": found.is_whole,
        "structure": list(found.structure),
        "totals": [{"total": one.name, "stored": one.stored, "rows": one.rows} for one in found.totals],
    }


def _findings_text(found: Findings) -> list[str]:
    totals = [f"total of {one.name}: {one.stored} stored, {one.rows} by its rows" for one in found.totals]
    return [*found.structure, *totals]


@click.command()
@common.reading_options
@click.option("--force", is_flag=True, help="Also where nothing is damaged.")
def repair(database: Path, config_dirs: tuple[Path, ...], processes: bool, force: bool) -> None:
    """Save what can be read of a damaged database into a new one, and read the transcripts again.

    The damaged file is kept under another name. What is lost is named.
    """
    from exporter.store.damage import integrity
    from exporter.store.database import damage_mark as mark

    _refuse_missing(database)
    worker = start_worker()
    from exporter.ingest import repairing

    with locking.alone(database, "repair", clock()):
        if not force and integrity.check(database).is_whole:
            mark.clear(database)
            say(f"{database} is whole; nothing to do")
            return
        with steps_bar("saving tables") as steps, reading_bar() as progress:
            done = repairing.repair(
                database,
                roots_of(config_dirs)(),
                clock,
                steps,
                progress,
                prices=environment.price_list(),
                worker=worker,
            )
    say_lines("\n".join(_repaired_text(done, database)))


def _repaired_text(done: Repaired, database: Path) -> list[str]:
    lines = [
        f"{one.table}: {count(one.gaps, 'gap')} that cannot be read, {count(one.refused, 'row')} without sense"
        for one in done.saved
        if not one.is_whole
    ]
    if not done.saved:
        lines.append("Nothing could be read of the damaged file: all is from the transcripts.")
    back = done.responses - done.responses_saved
    lines.append(f"{count(done.responses_saved, 'response')} saved, {back} more read from the transcripts.")
    lines.append("What was only in the damaged places, and in no transcript any more, is lost.")
    lines.append(f"Repaired {database}. The damaged one is {done.kept}.")
    return lines


def _refuse_missing(database: Path) -> None:
    if updates.is_new(database):
        raise DatabaseError(f"there is no database {database}: check --database")
