"""`claude-tracker rollback`, and the part of `./start.sh install` that is not Bash."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from exporter import __version__
from exporter.cli.clock import clock
from exporter.cli.options import common
from exporter.cli.output import say
from exporter.cli.wiring.locking import this_process
from exporter.cli.wiring.running_service import running_service
from exporter.errors import InstallationError
from exporter.ingest.lock import COMMAND
from exporter.installation import folder
from exporter.installation.folder import AppFolder
from exporter.installation.running import Running, find_trackers
from exporter.installation.update import Update, activate, roll_back


@click.command("activate", hidden=True)
@common.database_option
def activate_command(database: Path) -> None:
    """Use the version that runs this command, after `./start.sh install` installed it."""
    app, bin_folder = _app(), Path.home() / ".local" / "bin"
    folder.check_link(app, bin_folder)
    activate(_update(app, database, "install"), Path(sys.prefix), [database])
    link = folder.link_command(app, bin_folder)
    say(f"claude-tracker {__version__} is installed: {link}")
    if (previous := app.state().previous) is not None:
        say(f"`claude-tracker rollback` goes back to {version_of(previous)}")
    if str(bin_folder) not in os.environ.get("PATH", "").split(os.pathsep):
        say(f"{bin_folder} is not on your PATH: add it in your shell's profile, or run {link}")


@click.command()
@common.database_option
def rollback(database: Path) -> None:
    """Go back to the version before the last `./start.sh install`, with the database as it was then."""
    app = _app()
    say(f"claude-tracker {version_of(roll_back(_update(app, database, 'rollback')))} is in use again")


def version_of(installed: Path) -> str:
    """The version in a folder such as 1.0.0-2."""
    return installed.name.rpartition("-")[0]


def _app() -> AppFolder:
    """The installation that this command is part of. Raises InstallationError."""
    app = folder.app_folder_of(Path(sys.prefix))
    if app is None:
        raise InstallationError("this claude-tracker was not installed with `./start.sh install`")
    return app


def _update(app: AppFolder, database: Path, command: str) -> Update:
    running = _running(database, app)
    return Update(app, __version__, running, this_process(COMMAND, command, clock()), lambda line: say(f"  {line}"))


def _running(database: Path, app: AppFolder) -> list[Running]:
    """What to stop before an update. A service must come before the processes, or it starts its own again."""
    service = running_service(database)
    others = find_trackers(database, app.path, app.path / "tracker.log")
    return others if service is None else [service, *(one for one in others if database not in one.databases)]
