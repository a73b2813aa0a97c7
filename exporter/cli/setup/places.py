"""Where setup keeps what it made, and how the service starts the tracker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exporter.cli.options import common
from exporter.cli.setup.record import Record

if TYPE_CHECKING:
    from exporter.service.definition import Service


def record_of(database: Path) -> Record:
    """Next to the database."""
    return Record(database.with_name(f"{database.name}.setup.json"))


def service_of(database: Path, listen: str | None = None, config_dirs: tuple[Path, ...] = ()) -> Service:
    """The service that runs the tracker with this database. Raises ServiceError."""
    from exporter.cli.setup.service import of_platform
    from exporter.cli.wiring.environment import config_argument

    named = ["--database", str(database)] if database != common.default_database().resolve() else []
    named += ["--listen", listen] if listen is not None else []
    named += [part for folder in config_dirs for part in ("--config-dir", str(folder.absolute()))]
    return of_platform([*config_argument(), "run", *named])
