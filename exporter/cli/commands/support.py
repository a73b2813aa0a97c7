"""`claude-tracker support`."""

from __future__ import annotations

import io
import os
import platform
import sys
import zipfile
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path

import click

from exporter.cli.options.config_file import known_names
from exporter.cli.options.examining import ExaminingCommand, examining_options
from exporter.cli.options.sync import SyncSettings
from exporter.cli.options.types import UserPath
from exporter.cli.output import say, say_lines
from exporter.domain.text import visible
from exporter.errors import ConfigurationError, reason

DEFAULT = "claude-tracker-support.zip"
_DATE = (1980, 1, 1, 0, 0, 0)


@click.command(cls=ExaminingCommand)
@examining_options
@click.option(
    "-o",
    "--output",
    type=UserPath(dir_okay=False, path_type=Path),
    default=DEFAULT,
    show_default=True,
    help="File to write the bundle to.",
)
@click.option("--yes", is_flag=True, help="Write it without confirmation.")
@click.pass_context
def support(
    context: click.Context,
    database: Path,
    config_dirs: tuple[Path, ...],
    listen: tuple[str, int],
    token: str | None,
    zone: tzinfo | None,
    sync_settings: SyncSettings,
    prometheus_url: str,
    grafana_url: str,
    output: Path,
    yes: bool,
) -> None:
    """Write a bundle that helps to find a fault, after showing it.

    It has no names of projects, ids, e-mail addresses or texts.
    """
    from exporter import __version__
    from exporter.cli.wiring.doctor import addresses_of, place_of
    from exporter.doctor import bundle
    from exporter.doctor.examine import examine
    from exporter.doctor.gather import support as gathered
    from exporter.store.database.private_texts import sqlite_version

    addresses = addresses_of(context, listen, token, prometheus_url, grafana_url)
    place = place_of(database, config_dirs, addresses, zone, sync_settings)
    redaction = gathered.redaction_of(place, Path.home(), platform.node())
    options, variables = known_names(context.find_root())
    parts = {
        "versions": bundle.versions(__version__, sqlite_version()),
        "configuration": bundle.configuration(gathered.configured(place), options, gathered.variables(variables)),
        "database": gathered.database(place),
        "health": gathered.health(place),
    }
    log = bundle.log_lines(gathered.log(place), redaction)
    files = bundle.files(examine(place), parts, log, redaction)
    for name, content in files.items():
        say_lines(f"── {name}\n{content.decode()}")
    _ask(output, yes=yes)
    _write(output, files)
    say(f"Wrote {output}. Nothing was sent.", err=True)


def _ask(output: Path, *, yes: bool) -> None:
    """Raises ConfigurationError without a terminal, and click's Abort if the answer is no."""
    if output.exists():
        raise ConfigurationError(f"{output} already exists: remove it, or choose another file with --output")
    if yes:
        return
    if not _has_terminal():
        raise ConfigurationError("nothing was written: no terminal to confirm on (use --yes)")
    click.confirm(f"Write this to {visible(output)}?", default=True, abort=True)


def _has_terminal() -> bool:
    """Whether the user sees what would be written, and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _write(output: Path, files: Mapping[str, bytes]) -> None:
    """Write a zip file without times and owners, which only you can read. Raises ConfigurationError."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    try:
        with os.fdopen(os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content.getvalue())
    except OSError as error:
        raise ConfigurationError(f"cannot write {output}: {reason(error)}; choose another with --output") from error
