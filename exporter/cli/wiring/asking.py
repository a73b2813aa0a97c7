"""Asks the installed client for the limits: once for a command, or regularly while a tracker runs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.cli.clock import clock
from exporter.cli.names import spool_folder
from exporter.cli.options import config_file

if TYPE_CHECKING:
    from exporter.engine.jobs import Job
    from exporter.ingest.limits.asking import Asking

CHECK_SECONDS = 30.0
TAKEN_SECONDS = 3.0
"""A running tracker reads an answer at once."""


def asking_of(database: Path, config_dirs: Sequence[Path], every: int = 0) -> Asking:
    """`every`: ms between regular questions, 0 for a single one."""
    from exporter.ingest.limits.asking import Asking
    from exporter.sources.limits.client import ask

    folder = config_dirs[0].absolute() if config_dirs else None
    return Asking(database, Path(spool_folder(str(database))), partial(ask, os.environ, folder), clock, every)


def ask_once(database: Path, config_dirs: Sequence[Path]) -> None:
    """Ask, and give a running tracker the time to take the answer. Raises ClientError."""
    from exporter.sources.limits.spool import has_spooled

    asking_of(database, config_dirs).ask()
    until = time.monotonic() + TAKEN_SECONDS
    while has_spooled(Path(spool_folder(str(database)))) and time.monotonic() < until:
        time.sleep(0.05)


def jobs_of(database: Path, config_dirs: Sequence[Path]) -> list[Job]:
    """The regular question, if the configuration asks for it."""
    context = click.get_current_context(silent=True)
    every: int = context.meta.get(config_file.ASK_EVERY, 0) if context is not None else 0
    if not every:
        return []
    from exporter.engine.jobs import BackgroundTask

    return [(BackgroundTask("limits", asking_of(database, config_dirs, every).ask_when_due), CHECK_SECONDS)]
