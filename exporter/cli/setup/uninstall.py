"""`claude-tracker uninstall`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click
import platformdirs

from exporter.cli.names import NAME
from exporter.cli.options import common
from exporter.cli.output import say
from exporter.cli.setup import claude, skill
from exporter.cli.setup.command import dry_run_option, settings_option, yes_option
from exporter.cli.setup.places import record_of, service_of
from exporter.cli.setup.prompts import ask
from exporter.errors import LockedError, ServiceError, SettingsError
from exporter.ingest import lock
from exporter.installation.folder import app_folder_of, is_own_link

_SUFFIXES = ("", "-wal", "-shm", ".lock", ".spool", ".setup.json")
"""What belongs to a database, by what follows its name."""


@click.command()
@common.database_option
@settings_option
@click.option("--data", is_flag=True, help="Remove the database with your history, too.")
@dry_run_option
@yes_option
def uninstall(database: Path, file: Path, data: bool, dry_run: bool, yes: bool) -> None:
    """Undo what setup and service changed: each change is shown first. The data stays unless you say --data."""
    record = record_of(database)
    done = [
        _service(database, dry_run=dry_run, yes=yes),
        *(
            claude.change(name, database, file, record, undo=True, dry_run=dry_run, yes=yes)
            for name in ("hooks", "statusline")
        ),
        _skill(file, database, dry_run=dry_run, yes=yes),
    ]
    _remove(_caches(), "the caches", dry_run=dry_run)
    if data:
        _remove_data(database, dry_run=dry_run, yes=yes)
    else:
        say(f"Your data stays: {database}")
    if not all(done):
        raise click.Abort
    _remove_program(dry_run=dry_run)


def _skill(settings: Path, database: Path, *, dry_run: bool, yes: bool) -> bool:
    """Only where there is one."""
    if not skill.skill_file(settings).exists():
        return True
    return skill.change(settings, record_of(database), undo=True, dry_run=dry_run, yes=yes)


def _service(database: Path, *, dry_run: bool, yes: bool) -> bool:
    from exporter.cli.setup import service

    try:
        found = service_of(database)
    except ServiceError:  # a platform without services
        return True
    return service.remove(found, record_of(database), dry_run=dry_run, yes=yes)


def _remove_program(*, dry_run: bool) -> None:
    """What `./start.sh install` made; other installers remove their own."""
    app = app_folder_of(Path(sys.prefix))
    if app is None:
        say("To remove the program, use what installed it, such as `pipx uninstall` or `uv tool uninstall`.")
        return
    link = Path.home() / ".local" / "bin" / NAME
    ours = [link] if is_own_link(app, link) else []
    _remove([*ours, app.path], "the program", dry_run=dry_run)


def _caches() -> list[Path]:
    return [Path(platformdirs.user_cache_dir(NAME, appauthor=False))]


def _remove_data(database: Path, *, dry_run: bool, yes: bool) -> None:
    """Raises LockedError while a tracker writes it."""
    paths = [database.with_name(database.name + suffix) for suffix in _SUFFIXES]
    paths.append(Path(platformdirs.user_state_dir(NAME, appauthor=False)))
    if not dry_run:
        if (tracker := lock.tracker_of(database)) is not None:
            raise LockedError(f"{tracker} writes {database}: run `claude-tracker stop` first")
        question = f"Delete {database}? Claude keeps transcripts for 30 days only: what is older is lost"
        if not ask(question, "the data stays", yes=yes, default=False):
            raise click.Abort
    _remove(paths, "the data", dry_run=dry_run)


def _remove(paths: list[Path], what: str, *, dry_run: bool) -> None:
    found = [path for path in paths if os.path.lexists(path)]
    if not found:
        return
    listed = ", ".join(map(str, found))
    if dry_run:
        say(f"Dry run: would remove {what}: {listed}")
        return
    for path in found:
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except OSError as error:
            raise SettingsError(f"cannot remove {path}: {error.strerror}") from error
    say(f"Removed {what}: {listed}")
