"""`claude-tracker service`."""

from __future__ import annotations

from pathlib import Path

import click

from exporter.cli.options import common
from exporter.cli.options.types import Listen
from exporter.cli.setup.command import dry_run_option, yes_option
from exporter.cli.setup.places import record_of, service_of


@click.group()
def service() -> None:
    """Start the tracker at each login: a user unit of systemd, or a launchd agent."""


@service.command()
@common.database_option
@common.config_dir_option
@click.option("--listen", type=Listen(), default=None, help="Address to serve on.  [default: that of run]")
@dry_run_option
@yes_option
def install(
    database: Path, config_dirs: tuple[Path, ...], listen: tuple[str, int] | None, dry_run: bool, yes: bool
) -> None:
    """Write the service's file and start it, now and at each login. Other options: in the configuration file."""
    from exporter.cli.setup import service as services

    address = f"{listen[0]}:{listen[1]}" if listen is not None else None
    found = service_of(database, address, config_dirs)
    if not services.install(found, database, record_of(database), dry_run=dry_run, yes=yes):
        raise click.Abort


@service.command()
@common.database_option
@dry_run_option
@yes_option
def uninstall(database: Path, dry_run: bool, yes: bool) -> None:
    """Stop the service and remove its file. The data stays."""
    from exporter.cli.setup import service as services

    if not services.remove(service_of(database), record_of(database), dry_run=dry_run, yes=yes):
        raise click.Abort


@service.command()
@common.database_option
def start(database: Path) -> None:
    """Start it now."""
    _control(database, "start")


@service.command()
@common.database_option
def stop(database: Path) -> None:
    """Stop it until the next login."""
    _control(database, "stop")


@service.command()
@common.database_option
def restart(database: Path) -> None:
    """Stop it and start it again."""
    _control(database, "restart")


@service.command()
@common.database_option
def status(database: Path) -> None:
    """Show whether it runs, as the platform says."""
    _control(database, "status")


@service.command()
@common.database_option
@click.option("--follow", is_flag=True, help="Show new lines as they come.")
def logs(database: Path, follow: bool) -> None:
    """Show its log."""
    _control(database, "follow" if follow else "logs")


def _control(database: Path, what: str) -> None:
    from exporter.cli.setup import service as services

    found = service_of(database)
    services.control(found, getattr(found, what))
