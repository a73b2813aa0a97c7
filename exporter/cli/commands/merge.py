"""`claude-tracker merge` and `claude-tracker import`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.types import UserPath
from exporter.cli.output import print_json, say_lines
from exporter.cli.progress import reading_bar
from exporter.cli.wiring import environment, updates
from exporter.cli.wiring.folders import account_files, roots_of

if TYPE_CHECKING:  # heavy
    from exporter.store.merging.merge import Merged
    from exporter.store.store import Store

_DRY_RUN = click.option("--dry-run", is_flag=True, help="Only show what would be new.")
_JSON = common.json_option("Print the result as JSON.")


@click.command()
@click.argument("source", metavar="FILE", type=UserPath(path_type=Path))
@common.reading_options
@_DRY_RUN
@_JSON
def merge(
    source: Path, database: Path, config_dirs: tuple[Path, ...], processes: bool, dry_run: bool, as_json: bool
) -> None:
    """Take in what the database of another machine holds. FILE is not changed.

    Its sessions, responses, blocks and limits are in all reports then, nothing twice. The counters on /metrics stay as
    they are: your metrics store can have the other machine's figures already. You can merge a newer copy at any time.
    """
    from exporter.ingest import merging

    merging.check_source(source, database)
    with _caught_up(database, config_dirs, processes, "merge") as store:
        merged = merging.merge(store, source, database, clock(), dry_run=dry_run)
    _show(merged, source, database, dry_run, as_json)


@click.command("import")
@click.argument("source", metavar="FILE", type=UserPath(path_type=Path))
@common.reading_options
@_DRY_RUN
@_JSON
def import_command(
    source: Path, database: Path, config_dirs: tuple[Path, ...], processes: bool, dry_run: bool, as_json: bool
) -> None:
    """Take in an export with everything, or the database of an earlier tracker. FILE is not changed.

    FILE is what `export --privacy full` wrote, as a folder of JSON lines or an SQLite file; or an earlier
    claude_usage.db, of whose sessions only an estimate of tokens is known: they are listed as imported and are in no
    total. The counters on /metrics stay as they are.
    """
    from exporter.transfer.importing import find_taker

    take = find_taker(source, database, dry_run=dry_run)
    with _caught_up(database, config_dirs, processes, "import") as store:
        merged = take(store, clock())
    _show(merged, source, database, dry_run, as_json)


@contextmanager
def _caught_up(database: Path, config_dirs: tuple[Path, ...], processes: bool, command: str) -> Iterator[Store]:
    """The database under the lock, after what is new in transcripts was read: that counts as usual."""
    updates.refuse_unknown_name(database)
    from exporter.cli.wiring.sampler import sampler_for
    from exporter.ingest import catch_up
    from exporter.sources.limits.account_files import AccountFiles

    prices, roots = environment.price_list(), roots_of(config_dirs)
    with updates.exclusive(database, command), reading_bar() as progress:
        ingest, store, _ = catch_up.open_caught_up(
            database,
            roots,
            clock,
            updates.print_progress,
            progress,
            prices=prices,
            take_sample=sampler_for(database, roots, wanted=processes),
            accounts=AccountFiles(account_files(config_dirs)).changed,
        )
        try:
            ingest.finish_reading_again(progress)
            yield store
        finally:
            store.close()
            prices.save()


def _show(merged: Merged, source: Path, database: Path, dry_run: bool, as_json: bool) -> None:
    from exporter.report.merging import merged_json, merged_text

    if as_json:
        print_json(merged_json(merged, dry_run=dry_run))
        return
    say_lines(merged_text(merged, source, database, dry_run=dry_run))
