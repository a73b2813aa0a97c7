"""`claude-tracker backfill`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, tzinfo
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.loading import check_options
from exporter.cli.options.types import Date, Duration, Label, UserPath
from exporter.cli.output import say, say_lines, standard_output
from exporter.cli.progress import steps_bar
from exporter.cli.wiring.backfill import backfill_lock, open_target
from exporter.domain.calendar.day import span_of
from exporter.domain.calendar.timestamp import format_minute
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import ConfigurationError, DatabaseError, TargetError, reason
from exporter.store.reader import Reader, View

if TYPE_CHECKING:
    from exporter.backfill.history import HistorySettings
    from exporter.backfill.target import Target


DEFAULT_LABELS = {"job": "claude-tracker", "instance": "127.0.0.1:3001"}
"""Of a file, for which nothing is asked."""


class HistoryRequest(NamedTuple):
    """The requested history. `labels`: of the scraped target. `start`, `end`: ms, None if not set."""

    labels: dict[str, str]
    start: int | None
    end: int | None
    setting: HistorySettings


@click.command()
@common.database_option
@common.display_options
@click.option(
    "--load",
    type=click.Choice(["prometheus", "victoriametrics"]),
    help="Metrics store into which to import missing history.",
)
@click.option(
    "--data",
    type=UserPath(file_okay=False, path_type=Path),
    show_default="that of ./start.sh stack",
    help="Data folder of Prometheus, which may be running.",
)
@click.option(
    "--url",
    metavar="URL",
    show_default="of Prometheus: http://127.0.0.1:9090",
    help="URL of the store, such as http://127.0.0.1:8428.",
)
@click.option("-o", "--output", metavar="FILE", help="Write the history to a file instead; - for standard output.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["openmetrics", "victoriametrics"]),
    default="openmetrics",
    show_default=True,
    help="Format of the file: for promtool's `create-blocks-from openmetrics`, or VictoriaMetrics' import API.",
)
@click.option("--check", is_flag=True, help="Only show how the imported history differs from today's data.")
@click.option("--dry-run", is_flag=True, help="Only show what would be imported.")
@click.option("--from", "since", type=Date(), show_default="the first day", help="First day to import.")
@click.option("--to", "until", type=Date(), show_default="three hours ago", help="Last day to import.")
@click.option(
    "--step", type=Duration(), default="5m", show_default=True, help="Time between samples; must divide an hour."
)
@click.option("--job", show_default="that of the store's samples", help="Label `job` of the live series.")
@click.option("--instance", show_default="that of the store's samples", help="Label `instance` of the live series.")
@click.option("--label", "more", type=Label(), multiple=True, help="Additional label of the live series. Repeatable.")
def backfill(
    database: Path,
    zone: tzinfo | None,
    plan: PlanSettings,
    load: str | None,
    data: Path | None,
    url: str | None,
    output: str | None,
    form: str,
    check: bool,
    dry_run: bool,
    since: date | None,
    until: date | None,
    step: int,
    job: str | None,
    instance: str | None,
    more: tuple[tuple[str, str], ...],
) -> None:
    """Import history into Prometheus or VictoriaMetrics, so that it joins the scraped series.

    Imports only what the store is missing, except for the last three hours. You can run it again at any time. The
    store has to scrape this tracker: it is found by its id, and the history gets the labels of its samples.
    """
    from exporter.backfill.finding import find_labels
    from exporter.backfill.history import HistorySettings
    from exporter.store.database import meta

    given = {name: value for name, value in (("job", job), ("instance", instance)) if value is not None}
    labels = (DEFAULT_LABELS if output is not None else {}) | given | dict(more)
    check_options(load, data, url, output, labels, since, until, check=check)
    days = span_of(since, until, zone)
    request = HistoryRequest(
        labels,
        days.start if since is not None else None,
        days.end if until is not None else None,
        HistorySettings(clock(), step, plan, zone),
    )
    with _read_database(database) as connection:
        if check:
            _check(connection)
        elif output is not None:
            _write(connection, request, output, form)
        else:
            with (
                open_target(load or "", data, url, labels) as target,
                nullcontext() if dry_run else backfill_lock(database),
            ):
                found = find_labels(target, meta.tracker_id(connection), labels, request.setting.now)
                target.use(found)
                _load(database, connection, target, request._replace(labels=found), dry_run=dry_run)


def _load(database: Path, connection: View, target: Target, request: HistoryRequest, *, dry_run: bool) -> None:
    from exporter.backfill.loading import Backfill
    from exporter.store import backfills

    backfill = Backfill(connection, target, request.labels, request.setting, *_span(connection, request))
    say_lines(backfill.describe())
    if not dry_run and backfill.spans:
        with steps_bar("loading history") as progress:
            loaded, message = backfill.load(progress)
        backfills.save_record(database, loaded)
        say_lines(message)


@contextmanager
def _read_database(database: Path) -> Iterator[View]:
    reader = Reader(database)
    if reader.first_read_at() is None:
        raise DatabaseError(f"{database} contains no data yet: run `claude-tracker ingest`")
    with reader.view() as connection:
        assert connection is not None
        yield connection


def _span(connection: View, request: HistoryRequest) -> tuple[int, int]:
    """The requested part of the history, `[start, end)` ms. Raises ConfigurationError if it is empty."""
    from exporter.backfill import gaps, history

    first, last = history.start_of_history(connection), gaps.end_of_history(request.setting.now)
    if first is None or first >= last:
        raise ConfigurationError("no history yet: only data older than three hours can be loaded")
    start = max(first, request.start) if request.start is not None else first
    end = min(last, request.end) if request.end is not None else last
    if start >= end:
        raise ConfigurationError(
            f"the history is from {format_minute(first)} to {format_minute(last)}: "
            "choose days in this range with --from and --to"
        )
    return start, end


def _write(connection: View, request: HistoryRequest, output: str, form: str) -> None:
    from exporter.backfill.gaps import Gap, spans
    from exporter.backfill.history import History
    from exporter.backfill.prometheus import seconds
    from exporter.metrics.history_text import EOF, HistoryText, with_time
    from exporter.store.database import meta

    # Not the clock's time: the file depends on the database alone, unless that was written by a clock that was ahead.
    as_of = min(meta.committed_at(connection) or 0, clock())
    request = request._replace(setting=request.setting._replace(now=as_of))
    found = spans([Gap(None, None)], *_span(connection, request), request.setting.step)
    history = History(connection, found, request.setting, HistoryText(request.labels))
    is_open = form == "openmetrics"
    with _file(output) as file, steps_bar("writing history") as progress:
        if is_open:
            file.write(history.head())
        for at, samples in history.steps(progress):
            file.write(with_time(samples, seconds(at) if is_open else str(at)))
        if is_open:
            file.write(EOF)


@contextmanager
def _file(output: str) -> Iterator[IO[str]]:
    """Standard output, or a file that is renamed to its name when complete."""
    if output == "-":
        yield standard_output()
        return
    path, temporary = Path(output), Path(f"{output}.part")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            yield file
        os.replace(temporary, path)
    except OSError as error:
        raise TargetError(f"cannot write {path}: {reason(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _check(connection: View) -> None:
    from exporter.backfill import differences
    from exporter.store import backfills

    if not (loaded := backfills.load_records(connection)):
        say("No history has been loaded from this database.")
    for one in loaded:
        changed = differences.differences(connection, one)
        same = f"The history until {format_minute(one.until)} loaded into {one.target} matches today's data."
        say_lines(differences.describe_differences(one, changed, clock()) if changed else same)
