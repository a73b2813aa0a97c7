"""`claude-tracker backfill`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, tzinfo
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import click

from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.options.types import Date, Duration, Label, UserPath
from exporter.cli.progress import steps_bar
from exporter.cli.wiring import locking
from exporter.domain.calendar.day import span_of
from exporter.domain.calendar.timestamp import minute
from exporter.domain.limits.plan_settings import PlanSettings
from exporter.errors import ConfigurationError, DatabaseError, LockedError, TargetError
from exporter.ingest import lock
from exporter.store.reader import Reader, View

if TYPE_CHECKING:
    from exporter.backfill.history import Setting
    from exporter.backfill.target import Target


class HistoryRequest(NamedTuple):
    """What history is asked for. `labels`: of the target that is scraped. `begin`, `end`: ms, None where not given."""

    labels: dict[str, str]
    begin: int | None
    end: int | None
    setting: Setting


@click.command()
@common.database_option
@common.timezone_option
@common.plan_options
@click.option(
    "--load", type=click.Choice(["prometheus", "victoriametrics"]), help="Fill what this store lacks of the history."
)
@click.option(
    "--data",
    type=UserPath(file_okay=False, path_type=Path),
    show_default="that of ./start.sh stack",
    help="The data folder of the Prometheus to load, running or not.",
)
@click.option("--url", metavar="URL", help="The address of the VictoriaMetrics to load, as in http://127.0.0.1:8428.")
@click.option("-o", "--output", metavar="FILE", help="Write the whole history into a file instead; - for the output.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["openmetrics", "victoriametrics"]),
    default="openmetrics",
    show_default=True,
    help="Of the file: for promtool's `create-blocks-from openmetrics`, or VictoriaMetrics' /api/v1/import/prometheus.",
)
@click.option("--check", is_flag=True, help="Only tell what differs today from what was loaded.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be loaded.")
@click.option("--from", "since", type=Date(), show_default="the first day", help="From this day on.")
@click.option("--to", "until", type=Date(), show_default="three hours ago", help="Up to the end of this day.")
@click.option("--step", type=Duration(), default="5m", show_default=True, help="Between samples; it divides an hour.")
@click.option("--job", default="claude-tracker", show_default=True, help="The label `job` of the live series.")
@click.option("--instance", default="127.0.0.1:3001", show_default=True, help="Their label `instance`.")
@click.option("--label", "more", type=Label(), multiple=True, help="Another label they have. Repeatable.")
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
    job: str,
    instance: str,
    more: tuple[tuple[str, str], ...],
) -> None:
    """Bring the history into a Prometheus or VictoriaMetrics that began later, so that it joins what is scraped.

    Loads what the store lacks, up to three hours ago: it can be run again at any time, and doubles nothing.
    """
    from exporter.backfill.history import Setting
    from exporter.backfill.loading import Loading
    from exporter.metrics.history_text import RESERVED
    from exporter.store import backfills

    if [load is not None, output is not None, check].count(True) != 1:
        raise ConfigurationError("say one of --load (what to fill), -o (the file to write) and --check")
    if (load == "victoriametrics") != (url is not None):
        raise ConfigurationError("--load victoriametrics takes --url URL, and nothing else does")
    if url is not None and not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"--url {url}: write the whole address, as in http://127.0.0.1:8428")
    if data is not None and load != "prometheus":
        raise ConfigurationError("--data goes with --load prometheus")
    labels = {"job": job, "instance": instance, **dict(more)}
    if taken := sorted(RESERVED & labels.keys()):
        raise ConfigurationError(f"--label {taken[0]}: our own series have that label")
    if since is not None and until is not None and until < since:
        raise ConfigurationError(f"--to {until} is before --from {since}")
    days = span_of(since, until, zone)
    asked = HistoryRequest(
        labels,
        days.start if since is not None else None,
        days.end if until is not None else None,
        Setting(clock(), step, plan, zone),
    )
    with _figures(database) as connection:
        if check:
            _check(connection)
        elif output is not None:
            _write(connection, asked, output, form)
        else:
            with _alone(database), _target(load, data, url, labels) as target:
                loading = Loading(connection, target, labels, asked.setting, *_span(connection, asked))
                click.echo(loading.in_words())
                if not dry_run and loading.spans:
                    with steps_bar("loading history") as progress:
                        loaded, told = loading.load(progress)
                    backfills.keep(database, loaded)
                    click.echo(told)


@contextmanager
def _figures(database: Path) -> Iterator[View]:
    reader = Reader(database)
    if reader.first_read_at() is None:
        raise DatabaseError(
            f"there are no figures in {database} yet: read the transcripts with `claude-tracker ingest`"
        )
    with reader.view() as connection:
        assert connection is not None
        yield connection


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """One load at a time; a tracker may run beside it."""
    own = database.with_name(f"{database.name}-backfill")
    taken = lock.acquire(own, locking.me(lock.COMMAND, "backfill", clock()))
    if taken is None:
        raise LockedError(
            f"{lock.held_by(own) or 'another claude-tracker'} is loading history already; wait for its end"
        )
    try:
        yield
    finally:
        taken.release()


@contextmanager
def _target(load: str | None, data: Path | None, url: str | None, labels: dict[str, str]) -> Iterator[Target]:
    from exporter.backfill.prometheus import Prometheus
    from exporter.backfill.victoriametrics import VictoriaMetrics

    if url is not None:
        yield VictoriaMetrics(url, labels)
        return
    promtool = shutil.which("promtool")
    if promtool is None:
        raise TargetError("there is no promtool, which makes Prometheus' blocks: it comes with Prometheus")
    folder = data or common.default_database().parent / "stack" / "prometheus"
    if not folder.is_dir():
        named = "name the --storage.tsdb.path of your Prometheus with --data"
        hint = named if data is not None else f"start Prometheus once by ./start.sh stack, or {named}"
        raise TargetError(f"there is no folder {folder}: {hint}")
    if any(folder.iterdir()) and not any(folder.glob("*/meta.json")) and not (folder / "wal").is_dir():
        raise TargetError(f"{folder} is no data folder of a Prometheus: name its --storage.tsdb.path with --data")
    with Prometheus(folder.resolve(), labels, promtool) as prometheus:
        yield prometheus


def _span(connection: View, asked: HistoryRequest) -> tuple[int, int]:
    """What of the history is asked for, `[begin, end)` ms. Raises ConfigurationError where that is nothing."""
    from exporter.backfill import gaps, history

    first, last = history.beginning(connection), gaps.end_of_history(asked.setting.now)
    if first is None or first >= last:
        raise ConfigurationError("there is no history yet that is older than three hours")
    begin = max(first, asked.begin) if asked.begin is not None else first
    end = min(last, asked.end) if asked.end is not None else last
    if begin >= end:
        raise ConfigurationError(f"the history is from {minute(first)} to {minute(last)}: nothing of it is asked for")
    return begin, end


def _write(connection: View, asked: HistoryRequest, output: str, form: str) -> None:
    from exporter.backfill.gaps import Gap, spans
    from exporter.backfill.history import History
    from exporter.backfill.prometheus import seconds
    from exporter.metrics.history_text import EOF, HistoryText, with_time
    from exporter.store.database import meta

    as_of = meta.committed_at(connection) or 0  # not the clock's: what is written depends on the database alone
    asked = asked._replace(setting=asked.setting._replace(now=as_of))
    found = spans([Gap(None, None)], *_span(connection, asked), asked.setting.step)
    history = History(connection, found, asked.setting, HistoryText(asked.labels))
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
    """The output, or a file that appears when it is whole."""
    if output == "-":
        yield sys.stdout
        return
    path, made = Path(output), Path(f"{output}.part")
    try:
        with made.open("w", encoding="utf-8") as file:
            yield file
        os.replace(made, path)
    except OSError as error:
        raise TargetError(f"cannot write {path}: {error.strerror}") from error
    finally:
        made.unlink(missing_ok=True)


def _check(connection: View) -> None:
    from exporter.backfill import differences
    from exporter.store import backfills

    if not (loaded := backfills.kept(connection)):
        click.echo("Nothing was loaded from this database.")
    for one in loaded:
        changed = differences.differences(connection, one)
        same = f"The history until {minute(one.until)} that was loaded into {one.target} is as it is known today."
        click.echo(differences.in_words(one, changed, clock()) if changed else same)
