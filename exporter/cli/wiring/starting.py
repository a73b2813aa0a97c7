"""What `run` says once everything is read."""

from __future__ import annotations

import logging
import shutil
import sys
from typing import TYPE_CHECKING

from exporter.cli.clock import clock
from exporter.cli.names import NAME, as_called, short_path
from exporter.cli.output import say_lines
from exporter.cli.wiring.folders import Roots, nothing_found_message
from exporter.cli.wiring.tracker import TrackerSettings
from exporter.domain.usage.bounds import EARLIEST
from exporter.errors import DatabaseError
from exporter.snapshot.snapshot_json import model_totals
from exporter.snapshot.take import take_current
from exporter.store.reader import Reader
from exporter.store.usage.responses import first_at_or_after

if TYPE_CHECKING:
    from exporter.report.starting import Found

log = logging.getLogger(__name__)


def announce(settings: TrackerSettings, roots: Roots, address: str, took: float) -> None:
    """Say what was found, and where to see it. `took`: seconds."""
    from exporter.report.starting import start_lines  # heavy: tables

    try:
        found = _found(settings, roots, took)
    except DatabaseError as error:  # the tracker says that too, when it goes on
        log.debug("no summary: %s", error)
        return
    width = shutil.get_terminal_size().columns if sys.stderr.isatty() else None
    setup = as_called(f"`{NAME} setup`").strip("`")
    say_lines(
        "\n".join(start_lines(found, address, short_path(str(settings.database)), setup, width, settings.zone)),
        err=True,
    )


def _found(settings: TrackerSettings, roots: Roots, took: float) -> Found:
    from exporter.report.starting import Found
    from exporter.report.verdict import by_urgency, sentence_of

    reader = Reader(settings.database)
    try:
        current = take_current(reader, clock(), settings.zone, plan=settings.plan)
        with reader.view() as connection:
            since = first_at_or_after(connection, EARLIEST) if connection is not None else None
    finally:
        reader.close()
    models = model_totals(current.totals) if current is not None else ()
    first = by_urgency(current.accounts)[0] if current is not None else None
    is_known = first is not None and first.verdict.window is not None
    several = current is not None and len(current.accounts) > 1
    return Found(
        current.health.files if current is not None else 0,
        sum(use.responses for use in models),
        sum(use.cost for use in models),
        not any(use.unpriced for use in models),
        since,
        took,
        sentence_of(first, named=several) if first is not None and is_known else None,
        nothing_found_message(roots) if not models else None,
    )
