"""Puts a new version into use, and goes back to the one before.

    stop what runs ─▶ copy databases ─▶ migrate ─▶ point `current` to the new version ─▶ start what ran

Whatever fails on the way, the version before is in use again afterwards, with its databases and with what ran.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from exporter.errors import InstallationError, LockedError, TrackerError, reason
from exporter.ingest import lock
from exporter.ingest.lock import Holder
from exporter.installation.folder import AppFolder, Copy, State
from exporter.installation.running import Running
from exporter.store.database import copying


class Update(NamedTuple):
    """What an update, or going back, works on.

    `version`: the one whose code this is. `running`: what to stop meanwhile. `holder`: of the databases' locks
    meanwhile. `say`: prints a line for each step.
    """

    app: AppFolder
    version: str
    running: Sequence[Running]
    holder: Holder
    say: Callable[[str], None]


def activate(update: Update, new: Path, databases: Sequence[Path]) -> None:
    """Use the version in the folder `new` from now on. `databases`: those to migrate, next to those of what runs.

    Raises ForeignDatabaseError if a newer version wrote one, without stopping anything; other TrackerErrors.
    """
    paths = _distinct([*databases, *(path for one in update.running for path in one.databases)])
    migrating = [path for path in paths if copying.needs_migration(path)]
    before = update.app.state()
    copies: list[Copy] = []
    stopped: list[Running] = []
    started: list[Running] = []
    try:
        _stop(update, stopped)
        with _locked(migrating, update.holder):
            for path in migrating:
                copies.append(_copy(path, update))
                copying.migrate(path, update.say)
        update.app.change(State(new, before.current, copies))
        _start(update, stopped, started, update.app.command())
    except BaseException as error:
        _undo(update, before, copies, stopped, started)
        if isinstance(error, OSError):
            raise InstallationError(f"cannot update {update.app.path}: {reason(error)}") from error
        raise
    update.app.remove_others()


def roll_back(update: Update) -> Path:
    """Use the previous version again, with its copies of the databases; those of this version are kept next to them.

    Returns the folder of the version in use. Raises InstallationError if there is no previous one; TrackerError.
    """
    state = update.app.state()
    if state.previous is None:
        raise InstallationError("there is no version to go back to")
    if missing := [one.copy for one in state.copies if not Path(one.copy).exists()]:
        raise InstallationError(f"the copy of the database {missing[0]} is missing; nothing was changed")
    stopped: list[Running] = []
    try:
        _stop(update, stopped)
        with _locked([Path(one.database) for one in state.copies], update.holder):
            for one in state.copies:
                _exchange(one, update)
        update.app.change(State(state.previous, None, []))
    except OSError as error:
        raise InstallationError(f"cannot go back in {update.app.path}: {reason(error)}") from error
    finally:
        _start(update, stopped, [], update.app.command())
    return state.previous


def _copy(path: Path, update: Update) -> Copy:
    copied = copying.copy(path, f"before-{update.version}")
    update.say(f"Copied the database to {copied}, because the new version changes it for good")
    return Copy(str(path), str(copied))


def _exchange(one: Copy, update: Update) -> None:
    """Put a copy back, and keep the database of this version."""
    database = Path(one.database)
    if database.exists():
        update.say(f"Kept the present database as {copying.copy(database, f'from-{update.version}')}")
    copying.put_back(Path(one.copy), database)
    update.say(f"Put back {database} as it was before the update")


def _undo(
    update: Update, before: State, copies: Sequence[Copy], stopped: Sequence[Running], started: Sequence[Running]
) -> None:
    """Restore what was before a failed update, also if a step fails: the first error is the one to show."""
    for one in started:
        with suppress(TrackerError):
            one.stop()
    with suppress(TrackerError), _locked([Path(one.database) for one in copies], update.holder):
        for copy in copies:
            copying.put_back(Path(copy.copy), Path(copy.database))
    with suppress(OSError):
        update.app.change(before)
    for one in stopped:
        with suppress(TrackerError):
            update.say(f"Started {one.start(None)} again")


def _stop(update: Update, stopped: list[Running]) -> None:
    for one in update.running:
        one.stop()
        stopped.append(one)
        update.say(f"Stopped {one}")


def _start(update: Update, stopped: Sequence[Running], started: list[Running], command: Path) -> None:
    for one in stopped:
        started.append(one.start(command))
        update.say(f"Started {started[-1]} again, in the background")


def _distinct(paths: Sequence[Path]) -> list[Path]:
    return list(dict.fromkeys(path.resolve() for path in paths))


def _locked(databases: Sequence[Path], holder: Holder) -> ExitStack:
    """Hold the locks of these databases. Raises LockedError naming a process that uses one."""
    with ExitStack() as stack:
        for path in databases:
            taken = lock.acquire(path, holder)
            if taken is None:
                raise LockedError(f"{lock.held_by(path) or 'another process'} is using {path}: stop it, then try again")
            stack.callback(taken.release)
        return stack.pop_all()
