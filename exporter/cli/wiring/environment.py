"""Options shared by the commands: flags over environment over a TOML file over defaults, by click's own means."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import platformdirs

from exporter.cli.names import NAME

_SYNCED = (
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud",
    "mobile documents",
    "nextcloud",
    "syncthing",
)


def warn_of_sync(database: Path) -> None:
    """A synced folder may replace a database while it is written."""
    if any(name in part.lower() for part in database.parts for name in _SYNCED):
        click.echo(
            f"warning: {database} lies in a synced folder, which can damage it; name another with --database",
            err=True,
        )


def rates_file() -> Path:
    """Where prices are kept between runs."""
    return Path(platformdirs.user_cache_dir(NAME, appauthor=False)) / "rates.json"


def log_to_stderr() -> None:
    """For what runs long, or for what does: every message with its time."""
    import logging

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("apscheduler", "watchdog"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
