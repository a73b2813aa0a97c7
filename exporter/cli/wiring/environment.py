"""What commands need from their environment: a database to use, the price cache, and logging."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from exporter.cli.names import NAME
from exporter.cli.options import config_file
from exporter.cli.options.page import check_texts
from exporter.cli.output import say
from exporter.domain.log_lines import FORMAT, JsonLines, LogLines

if TYPE_CHECKING:  # not needed by commands that do not read
    import click

    from exporter.cli.options.fleet import FleetSettings
    from exporter.domain.usage.price_table import Table
    from exporter.sources.prices import PriceList


def check_database(database: Path) -> None:
    """Refuse another program's database, and warn about a synced folder. Raises ForeignDatabaseError."""
    from exporter.store.database import opening

    opening.check(database)
    _warn_about_synced_folder(database)


def _warn_about_synced_folder(database: Path) -> None:
    """A sync service can replace a database during a write."""
    from exporter.store.database.place import synced_by

    if synced_by(database) is not None:
        say(
            f"warning: {database} is in a synced folder, which can damage it; choose another one with --database",
            err=True,
        )


def rates_file() -> Path:
    """The cache of prices between runs."""
    return Path(platformdirs.user_cache_dir(NAME, appauthor=False)) / "rates.json"


def user_prices() -> Table:
    """The prices in the configuration file of the command that runs. Not in another thread."""
    context = _context()
    found: Table = context.meta.get(config_file.USER_PRICES, {}) if context is not None else {}
    return found


def page_texts(token: str | None) -> bool:
    """Whether the configuration file lets the API show texts. Raises ConfigurationError if no token is set."""
    context = _context()
    return check_texts(context is not None and context.meta.get(config_file.PAGE_TEXTS, False), token)


def fleet() -> FleetSettings | None:
    """The store of many machines in the configuration file of the command that runs."""
    context = _context()
    found: FleetSettings | None = context.meta.get(config_file.FLEET) if context is not None else None
    return found


def is_database_named() -> bool:
    """Whether the user named the database of the command that runs."""
    from click.core import ParameterSource

    context = _context()
    return context is not None and context.get_parameter_source("database") is not ParameterSource.DEFAULT


def _context() -> click.Context | None:
    """Of the command that runs; None without one, and where click is not used."""
    import click

    return click.get_current_context(silent=True)


def named_config() -> Path | None:
    """The configuration file given with `--config`; None for the default one."""
    context = _context()
    named: Path | None = context.find_root().params.get("config") if context is not None else None
    return named


def config_file_in_use() -> Path:
    """The configuration file, whether or not it exists."""
    return named_config() or config_file.default_config_file()


def config_argument() -> list[str]:
    """The configuration file that the user named with --config, for a child of the command that runs."""
    named = named_config()
    return ["--config", str(named.absolute())] if named is not None else []


def price_list(user: Table | None = None) -> PriceList:
    """The prices for the command that runs. `user`: the user's own; by default those in its configuration file."""
    from exporter.sources.prices import PriceList

    return PriceList(rates_file(), user_prices() if user is None else user)


def format_log_lines() -> None:
    """For commands without a log: what they log nevertheless, such as an unreadable file, is one line too."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(LogLines("%(message)s"))


def log_to_stderr(form: str = "text") -> None:
    """For long-running commands: log every message with its time, on a terminal only warnings and errors.

    `form`: `text`, or `json` for one object per line.
    """
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(JsonLines() if form == "json" else LogLines(FORMAT))
    logging.basicConfig(level=logging.WARNING if sys.stderr.isatty() else logging.INFO, handlers=[to_stderr])
    for verbose in ("apscheduler", "watchdog"):
        logging.getLogger(verbose).setLevel(logging.WARNING)
